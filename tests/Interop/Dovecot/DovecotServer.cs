using MailKit.Net.Imap;
using MailKit.Security;
using UnifiedMsg.Interop.Programs;

namespace UnifiedMsg.Interop.Dovecot;

/// <summary>
/// Dovecot (2.3) on a free port of loopback, with a configuration and a folder of its own, as nobody in particular. Everybody has the same
/// password and a Maildir, whose levels are separated by dots.
/// </summary>
internal sealed class DovecotServer : IAsyncDisposable
{
    /// <summary>The password of everybody.</summary>
    public const string Password = "dovecot-secret";

    private readonly string _folder;
    private readonly ExternalProgram _program;

    private DovecotServer(string folder, int port, ExternalProgram program) => (_folder, Port, _program) = (folder, port, program);

    /// <summary>Where it listens, TLS from the first octet.</summary>
    public int Port { get; }

    /// <summary>Starts it.</summary>
    /// <param name="certificate">The certificate (PEM) that it shows.</param>
    /// <param name="key">Its key.</param>
    public static async Task<DovecotServer> StartAsync(string certificate, string key)
    {
        var folder = Directory.CreateTempSubdirectory("um-dovecot").FullName;
        var port = FreePort.Next();
        File.Copy(certificate, Path.Combine(folder, "cert.pem"));
        File.Copy(key, Path.Combine(folder, "key.pem"));
        Directory.CreateDirectory(Path.Combine(folder, "home"));
        // As root it would want users of its own for its parts, which only its package makes.
        var isRoot = Environment.UserName == "root";
        var (user, group) = isRoot ? ("nobody", "nogroup") : (Environment.UserName, (await ExternalProgram.RunAsync("id", folder, Installation.Guard, "-gn")).Trim());
        await File.WriteAllTextAsync(Path.Combine(folder, "dovecot.conf"), Configuration(folder, port, user, group));
        await GiveAsync(folder);
        string[] line = ["dovecot", "-F", "-c", Path.Combine(folder, "dovecot.conf")];
        var program = isRoot ? ExternalProgram.Start("runuser", folder, ["-u", user, "--", .. line]) : ExternalProgram.Start(line[0], folder, line[1..]);
        var server = new DovecotServer(folder, port, program);
        using var first = await ControlPort.ConnectAsync(program, port);
        return server;
    }

    /// <summary>A client of somebody, logged in.</summary>
    public async Task<ImapClient> LogInAsync(string user)
    {
        var client = new ImapClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync("127.0.0.1", Port, SecureSocketOptions.SslOnConnect);
        await client.AuthenticateAsync(user, Password);
        return client;
    }

    /// <summary>Where the Maildir of somebody lies.</summary>
    public string Maildir(string user) => Path.Combine(_folder, "home", user, "Maildir");

    /// <summary>Gives files that were put there to it.</summary>
    public Task GiveAsync() => GiveAsync(_folder);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static Task GiveAsync(string folder) => Environment.UserName == "root"
        ? ExternalProgram.RunAsync("chown", folder, Installation.Guard, "-R", "nobody:nogroup", folder)
        : Task.CompletedTask;

    private static string Configuration(string folder, int port, string user, string group) => $$"""
        base_dir = {{folder}}/run
        state_dir = {{folder}}/state
        log_path = {{folder}}/log
        protocols = imap
        listen = 127.0.0.1
        ssl = required
        ssl_cert = <{{folder}}/cert.pem
        ssl_key = <{{folder}}/key.pem
        default_internal_user = {{user}}
        default_internal_group = {{group}}
        default_login_user = {{user}}
        first_valid_uid = 1
        mail_location = maildir:~/Maildir
        mail_max_keyword_length = 100
        namespace inbox {
          inbox = yes
          separator = .
        }
        passdb {
          driver = static
          args = password={{Password}}
        }
        userdb {
          driver = static
          args = uid={{user}} gid={{group}} home={{folder}}/home/%u allow_all_users=yes
        }
        service imap-login {
          chroot =
          inet_listener imap {
            port = 0
          }
          inet_listener imaps {
            port = {{port}}
            ssl = yes
          }
        }
        service anvil {
          chroot =
        }
        service stats {
          chroot =
        }
        """;
}
