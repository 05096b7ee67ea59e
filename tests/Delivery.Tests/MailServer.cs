using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Accounts;
using UnifiedMsg.Accounts.Sasl;
using UnifiedMsg.Database;
using UnifiedMsg.Delivery.Queue;
using UnifiedMsg.Delivery.Routing;
using UnifiedMsg.Delivery.Smtp;
using UnifiedMsg.Network;
using UnifiedMsg.Store;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Delivery.Tests;

/// <summary>A whole mail server over a real store in a folder of its own, with the people alice and bob.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    public const string Password = "correct horse battery";
    public static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    private readonly DatabaseHome _home;
    private readonly bool _ownsHome;

    private MailServer(DatabaseHome home, bool ownsHome) => (_home, _ownsHome) = (home, ownsHome);

    public string Folder => _home.Folder;

    public required IDatabase Database { get; init; }

    public required AccountDirectory Accounts { get; init; }

    public required ItemStore Store { get; init; }

    public required SubmissionService Submission { get; init; }

    public required QueueAdmin QueueAdmin { get; init; }

    public required QueueWorker Queue { get; init; }

    public required SmtpServer Smtp { get; init; }

    public required CertificateSource Certificate { get; init; }

    public required FakeExchangers Exchangers { get; init; }

    public static async Task<MailServer> StartAsync(
        string domain = "example.test", DatabaseHome? home = null, TimeProvider? time = null, QueueOptions? queue = null,
        Func<SmtpOptions, SmtpOptions>? configure = null, Func<ISubmission, ISubmission>? submit = null, FakeExchangers? exchangers = null,
        bool work = true, Engine engine = Engine.Sqlite)
    {
        var ownsHome = home is null;
        home ??= await DatabaseHome.CreateAsync(engine);
        time ??= TimeProvider.System;
        exchangers ??= new FakeExchangers();
        var loggers = NullLoggerFactory.Instance;
        var database = await home.OpenAsync([AccountsSchema.Migrations, StoreSchema.Migrations, DeliverySchema.Migrations], time);
        var accounts = await AccountDirectory.OpenAsync(database, new AccountsOptions(), time);
        var store = await ItemStore.OpenAsync(database, new StoreOptions { BlobFolder = Path.Combine(home.Folder, "blobs") }, loggers, time);
        var delivery = new DeliveryOptions { HostName = $"mx.{domain}", Domains = [domain], Postmaster = $"alice@{domain}" };
        var router = new Router(delivery, accounts);
        var signal = new QueueSignal();
        var submission = new SubmissionService(router, database, store, signal, NullLogger<SubmissionService>.Instance, time);
        var bouncer = new Bouncer(delivery, database, store, submission, NullLogger<Bouncer>.Instance, time);
        var certificate = await CertificateAsync(home.Folder);
        var options = new SmtpOptions
        {
            HostName = delivery.HostName,
            Reception = [Loopback()],
            Submission = [Loopback()],
            Submissions = [Loopback()],
            Lmtp = [Loopback()],
            Certificate = certificate,
        };
        var server = new MailServer(home, ownsHome)
        {
            Database = database,
            Accounts = accounts,
            Store = store,
            Submission = submission,
            QueueAdmin = new QueueAdmin(database, store, signal, time),
            Queue = new QueueWorker(delivery, queue ?? new QueueOptions(), database, store, bouncer, exchangers, signal, NullLogger<QueueWorker>.Instance, time),
            Smtp = new SmtpServer(configure?.Invoke(options) ?? options, router, store, submit?.Invoke(submission) ?? submission, bouncer,
                new SaslServer(accounts, new SaslOptions(), loggers, time), loggers, time),
            Certificate = certificate,
            Exchangers = exchangers,
        };
        if (await accounts.FindByAddressAsync($"alice@{domain}") is null)
        {
            await server.AddAsync($"alice@{domain}");
            await server.AddAsync($"bob@{domain}");
        }
        await server.Smtp.StartAsync();
        if (work)
            await server.Queue.StartAsync();
        return server;

        static IPEndPoint Loopback() => new(IPAddress.Loopback, 0);
    }

    public async ValueTask DisposeAsync()
    {
        await Smtp.DisposeAsync();
        await Queue.DisposeAsync();
        await Store.DisposeAsync();
        Accounts.Dispose();
        await Database.DisposeAsync();
        Certificate.Dispose();
        if (_ownsHome)
            await _home.DisposeAsync();
    }

    /// <summary>Submits a short message without a network.</summary>
    public async Task<SubmitResult> SubmitAsync(string sender, params string[] recipients)
    {
        await using var content = await StageAsync($"From: <{sender}>\r\nSubject: hello\r\nMessage-ID: <1@example.test>\r\n\r\nhello\r\n");
        return await Submission.SubmitAsync(new Submission(sender, recipients, content));
    }

    public async Task<StagedContent> StageAsync(string message) =>
        await Store.StageAsync(new MemoryStream(Encoding.UTF8.GetBytes(message)), 1024 * 1024);

    /// <summary>The messages in somebody's INBOX as text, oldest first.</summary>
    public async Task<List<string>> InboxAsync(string address)
    {
        var account = await Accounts.FindByAddressAsync(address);
        var folder = await Store.FindFolderAsync(account!.Id, "INBOX");
        var texts = new List<string>();
        if (folder is null)
            return texts;
        foreach (var item in (await Store.ReadFolderAsync(folder.Id)).Items)
        {
            await using var content = await Store.OpenContentAsync(item.Id);
            var copy = new MemoryStream();
            await content!.CopyToAsync(copy);
            texts.Add(Encoding.UTF8.GetString(copy.ToArray()));
        }
        return texts;
    }

    /// <summary>Waits until an INBOX holds so many messages, by the store's own notices.</summary>
    public async Task<List<string>> WaitForInboxAsync(string address, int count)
    {
        var account = await Accounts.FindByAddressAsync(address);
        var changed = new SemaphoreSlim(0);
        using var subscription = Store.Subscribe(account!.Id, _ => changed.Release());
        while (true)
        {
            var messages = await InboxAsync(address);
            if (messages.Count >= count)
                return messages;
            Assert.True(await changed.WaitAsync(Guard), $"{address} has {messages.Count} of {count} messages");
        }
    }

    private async Task AddAsync(string address)
    {
        var account = await Accounts.AddAsync(new NewAccount(address, address, Password: Password));
        await Store.ProvisionAsync(account.Id);
    }

    private static async Task<CertificateSource> CertificateAsync(string folder)
    {
        var (certificate, key) = (Path.Combine(folder, "cert.pem"), Path.Combine(folder, "key.pem"));
        if (!File.Exists(certificate))
            await SelfSignedCertificate.WriteAsync(certificate, key, ["localhost", "127.0.0.1"], TimeProvider.System);
        return new CertificateSource(certificate, key, NullLogger.Instance);
    }
}
