using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.RegularExpressions;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Interop.Thunderbird;

/// <summary>
/// Thunderbird without a screen, set up for alice with a profile of its own. Scripts do in its main window what a person would do; they are
/// the .js files beside this one, and each method here calls the function of its name.
/// </summary>
internal sealed partial class ThunderbirdProgram : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly ExternalProgram _program;
    private readonly Marionette _marionette;
    private readonly string _profile;

    private ThunderbirdProgram(ExternalProgram program, Marionette marionette, string profile) =>
        (_program, _marionette, _profile) = (program, marionette, profile);

    /// <summary>Starts it and sets up alice's account.</summary>
    public static async Task<ThunderbirdProgram> StartAsync(Installation installation, Security security, string password = Installation.Password)
    {
        var profile = Directory.CreateDirectory(Path.Combine(installation.Folder, "profile")).FullName;
        var port = FreePort.Next();
        await File.WriteAllTextAsync(Path.Combine(profile, "user.js"), Preferences(port, profile));
        var program = ExternalProgram.Start(
            "thunderbird", installation.Folder, "--headless", "--no-remote", "--profile", profile, "--marionette", "--remote-allow-system-access");
        try
        {
            var marionette = await Marionette.OpenAsync(await ControlPort.ConnectAsync(program, port), Installation.Guard);
            var thunderbird = new ThunderbirdProgram(program, marionette, profile);
            await thunderbird.SetUpAccountAsync(installation, security, password);
            return thunderbird;
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>Fetches what is new, finds all folders, and stays idle in the inbox.</summary>
    /// <returns>The name of each folder and what Thunderbird uses it for.</returns>
    public Task<Dictionary<string, string>> GetMessagesAsync() => CallAsync<Dictionary<string, string>>("getMessages");

    /// <summary>Waits until a folder is there, and shows just these messages, in any order: subjects, with " Seen" and " Flagged" after them.</summary>
    public Task SeesAsync(string folder, params string[] messages) => CallAsync<bool>("sees", folder, messages);

    /// <summary>Makes a folder.</summary>
    public Task CreateFolderAsync(string name) => CallAsync<bool>("createFolder", name);

    /// <summary>Shows a message until it counts as read.</summary>
    public Task<ShownMessage> ReadMessageAsync(string folder, string subject) => CallAsync<ShownMessage>("readMessage", folder, subject);

    /// <summary>Marks a message as unread.</summary>
    public Task MarkUnreadAsync(string folder, string subject) => CallAsync<bool>("markUnread", folder, subject);

    /// <summary>Gives a message a star.</summary>
    public Task FlagMessageAsync(string folder, string subject) => CallAsync<bool>("flagMessage", folder, subject);

    /// <summary>Deletes a message, which then is in Trash; of those that are left, Thunderbird opens one.</summary>
    public Task DeleteMessageAsync(string folder, string subject) => CallAsync<bool>("deleteMessage", folder, subject);

    /// <summary>Copies a message to another folder.</summary>
    public Task CopyMessageAsync(string folder, string subject, string target) => CallAsync<bool>("copyMessage", folder, subject, target);

    /// <summary>Sends a message and files a copy of it in Sent.</summary>
    public Task SendMessageAsync(string to, string subject, string body) => CallAsync<bool>("sendMessage", new { to, subject, body });

    /// <summary>Saves a message in Drafts.</summary>
    public Task SaveDraftAsync(string to, string subject, string body) => CallAsync<bool>("saveDraft", new { to, subject, body });

    /// <summary>Fails if the server refused a command or did not understand it.</summary>
    public async Task MustBeContentAsync()
    {
        var log = await WireLogAsync();
        Assert.Matches(Greeting(), log);
        Assert.DoesNotMatch(RefusedImap(), log);
        Assert.DoesNotMatch(RefusedSmtp(), log);
    }

    /// <summary>Fails unless it was idle at some time.</summary>
    public async Task MustHaveIdledAsync() => Assert.Matches(Idled(), await WireLogAsync());

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _marionette.Dispose();
        return _program.DisposeAsync();
    }

    // It reaches nothing but this machine's loopback: everything else goes to a proxy that is not there, and every name is this machine's.
    private static string Preferences(int port, string profile) => $$"""
        user_pref("marionette.port", {{port}});
        user_pref("network.proxy.type", 1);
        user_pref("network.proxy.socks", "127.0.0.1");
        user_pref("network.proxy.socks_port", 1);
        user_pref("network.proxy.socks_remote_dns", true);
        user_pref("network.proxy.failover_direct", false);
        user_pref("network.proxy.no_proxies_on", "127.0.0.1");
        user_pref("network.dns.forceResolve", "127.0.0.1");
        user_pref("datareporting.policy.dataSubmissionPolicyBypassNotification", true);
        user_pref("mail.provider.suppress_dialog_on_startup", true);
        user_pref("mailnews.start_page.enabled", false);
        user_pref("mail.biff.show_alert", false);
        user_pref("mail.biff.play_sound", false);
        user_pref("mailnews.smtp.loglevel", "All");
        user_pref("logging.config.clear_on_startup", false);
        user_pref("logging.config.LOG_FILE", "{{profile}}/wire");
        user_pref("logging.config.sync", true);
        user_pref("logging.IMAP", 3);
        user_pref("logging.mailnews.smtp", 4);

        """;

    private static string Scripts()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return string.Join('\n', assembly.GetManifestResourceNames().Where(name => name.EndsWith(".js", StringComparison.Ordinal)).Order().Select(Read));

        string Read(string name)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }
    }

    private async Task SetUpAccountAsync(Installation installation, Security security, string password)
    {
        using var certificate = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(installation.Certificate));
        var (imap, smtp) = security == Security.Tls
            ? (installation.EndPoints.Imaps, installation.EndPoints.Submissions)
            : (installation.EndPoints.Imap, installation.EndPoints.Submission);
        await CallAsync<bool>("setUpAccount", new
        {
            address = $"alice@{TestServer.Domain}",
            password,
            host = "127.0.0.1",
            security = security.ToString(),
            imapPort = imap[0].Port,
            smtpPort = smtp[0].Port,
            certificate = Convert.ToBase64String(certificate.RawData),
        });
    }

    private async Task<T> CallAsync<T>(string function, params object[] arguments)
    {
        try
        {
            var answer = await _marionette.RunAsync($"{Scripts()}\nreturn (async () => ({{ value: (await {function}(...arguments)) ?? true }}))();", arguments);
            return answer is null ? throw new DialogException(await _marionette.DialogAsync()) : answer["value"].Deserialize<T>(Json)!;
        }
        catch (MarionetteException fault)
        {
            Assert.Fail($"{function}: {fault.Message}\n{await WireLogAsync()}");
            throw;
        }
    }

    // What was said between it and the server. It puts its own end to the name of the file.
    private async Task<string> WireLogAsync() =>
        Noise().Replace(await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(_profile, "wire-main.*.moz_log"))), "");

    [GeneratedRegex(@"CreateNewLineFromSocket: \* OK \[CAPABILITY ")]
    private static partial Regex Greeting();

    // Lines such as "...:S-INBOX:CreateNewLineFromSocket: 12 NO [CODE] text"; the lines of a message are logged in the same way.
    [GeneratedRegex(@"CreateNewLineFromSocket: (\d+ (NO|BAD)|\* BAD) .*")]
    private static partial Regex RefusedImap();

    [GeneratedRegex(@"""S: [45]\d\d.*")]
    private static partial Regex RefusedSmtp();

    [GeneratedRegex(@"SendData: \d+ IDLE\s")]
    private static partial Regex Idled();

    // The contents of attachments.
    [GeneratedRegex(@"(?m)^.*CreateNewLineFromSocket: [A-Za-z0-9+/=]{40,}\s*$\n?")]
    private static partial Regex Noise();
}
