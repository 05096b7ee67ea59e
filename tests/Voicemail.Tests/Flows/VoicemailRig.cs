using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Accounts;
using UnifiedMsg.Delivery;
using UnifiedMsg.Delivery.Routing;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Store;
using UnifiedMsg.TestKit;
using UnifiedMsg.Voicemail.Prompts;

namespace UnifiedMsg.Voicemail.Tests.Flows;

/// <summary>Voice mail on a real database and store, with Alice at 1001 and a greeting that is over at once.</summary>
internal sealed class VoicemailRig : IAsyncDisposable
{
    public static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    private readonly Channel<ChangeNotice> _changes = Channel.CreateUnbounded<ChangeNotice>();
    private readonly CancellationTokenSource _guard = new(Guard);
    private readonly Func<VoicemailOptions, VoicemailOptions> _change;
    private IDisposable? _feed;

    private readonly Outages _outages;

    private VoicemailRig(string folder, DataFolder data, Func<VoicemailOptions, VoicemailOptions> change, Outages outages) =>
        (Folder, Data, _change, Submission, _outages) = (folder, data, change, new GatedSubmission(data), outages);

    public string Folder { get; }

    public DataFolder Data { get; }

    public GatedSubmission Submission { get; }

    public VoicemailService Service { get; private set; } = null!;

    public Account Alice { get; private set; } = null!;

    /// <summary>Something to say: speech of some seconds.</summary>
    public static AudioClip Words { get; } = PromptSet.Load()["message-saved"];

    /// <param name="settings">YAML lines of the one step, such as <c>ring: 5s</c>.</param>
    /// <param name="greeting">The greeting; a moment of silence by default.</param>
    /// <param name="change">Changes the options.</param>
    /// <param name="start">Whether to start the service.</param>
    /// <param name="outages">Comes between the service and the database.</param>
    public static async Task<VoicemailRig> StartAsync(
        string settings = "", AudioClip? greeting = null, Func<VoicemailOptions, VoicemailOptions>? change = null, bool start = true,
        Outages? outages = null)
    {
        var folder = Directory.CreateTempSubdirectory("voicemail-").FullName;
        var options = await TestServer.LayOutAsync(folder);
        await WavFile.WriteAsync(
            Path.Combine(options.Dialplans, "greeting.wav"), greeting ?? AudioClip.Silence(TimeSpan.FromSeconds(0.1)), CancellationToken.None);
        foreach (var file in Directory.GetFiles(options.Dialplans, "*.yaml")) File.Delete(file);
        var lines = string.Concat(settings.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => $"    {line.Trim()}\n"));
        await File.WriteAllTextAsync(
            Path.Combine(options.Dialplans, "plan.yaml"),
            "steps:\n  - name: All\n    to: \"{extension}\"\n    mailbox: \"{extension}\"\n    greeting: greeting.wav\n" + lines);
        var data = await DataFolder.OpenAsync(options, NullLoggerFactory.Instance, TimeProvider.System);
        var rig = new VoicemailRig(folder, data, voicemail => (change ?? (same => same))(voicemail with { DialPlans = options.Dialplans }),
            outages ?? new Outages());
        rig._feed = data.Store.Subscribe(null, notice => rig._changes.Writer.TryWrite(notice));
        rig.Alice = await data.Accounts.AddAsync(new NewAccount("alice@example.test", "Alice", "1001"));
        await data.Store.ProvisionAsync(rig.Alice.Id);
        rig.Service = rig.Create();
        if (start) await rig.Service.StartAsync(CancellationToken.None);
        return rig;
    }

    /// <summary>Where the phone calls.</summary>
    public SipUri Uri => SipUri.Create("1001", "127.0.0.1", Service.Endpoint.Bound[0].EndPoint.Port, null);

    /// <summary>Stops the service as the process would and starts another on the same data.</summary>
    public async Task StartAgainAsync()
    {
        await Service.DisposeAsync();
        Service = Create();
        await Service.StartAsync(CancellationToken.None);
    }

    /// <summary>Waits until the mailbox has so many items.</summary>
    public async Task<IReadOnlyList<Item>> InboxAsync(int count)
    {
        while (true)
        {
            var items = await InboxAsync();
            if (items.Count >= count) return items;
            await _changes.Reader.ReadAsync(_guard.Token);
        }
    }

    /// <summary>What is in the mailbox now.</summary>
    public async Task<IReadOnlyList<Item>> InboxAsync()
    {
        var inbox = await Data.Store.FindFolderAsync(Alice.Id, "INBOX");
        return (await Data.Store.ReadFolderAsync(inbox!.Id)).Items;
    }

    /// <summary>The one item of the mailbox: waits for it, then for the end of everything, and looks that there is no second.</summary>
    public async Task<ItemKind> OnlyItemAsync()
    {
        await InboxAsync(1);
        await Service.StopAsync(Guard);
        return Assert.Single(await InboxAsync()).Kind;
    }

    public string SpoolFolder => Data.SpoolFolder;

    public async ValueTask DisposeAsync()
    {
        _feed?.Dispose();
        await Service.DisposeAsync();
        await Data.DisposeAsync();
        _guard.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private VoicemailService Create()
    {
        var options = new VoicemailOptions
        {
            ServiceAddress = "voicemail@example.test",
            DialPlans = "",
            Spool = Data.SpoolFolder,
            RtpAddress = IPAddress.Loopback,
            DeliveryRetry = (TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1)),
        };
        var services = new VoicemailServices
        {
            Database = _outages.Before(Data.Database),
            Accounts = _outages.Before(Data.Accounts),
            Store = _outages.Before(Data.Store),
            Submission = Submission,
            Loggers = NullLoggerFactory.Instance,
            Time = TimeProvider.System,
        };
        var sip = new SipOptions { Listen = [new SipListenPoint(SipTransportKind.Udp, new IPEndPoint(IPAddress.Loopback, 0))] };
        return new VoicemailService(_change(options), sip, services);
    }
}

/// <summary>The real road of messages, which a test can close.</summary>
internal sealed class GatedSubmission(DataFolder data) : ISubmission
{
    private readonly SubmissionService _inner = new(
        new Router(new DeliveryOptions { HostName = "um.example.test", Domains = ["example.test"] }, data.Accounts),
        data.Database, data.Store, data.QueueSignal, NullLogger<SubmissionService>.Instance, TimeProvider.System);

    /// <summary>Says of a message whether it is refused for the moment.</summary>
    public Func<Submission, bool> Refuses { get; set; } = _ => false;

    /// <summary>Completes when a message was refused.</summary>
    public TaskCompletionSource Refused { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken = default)
    {
        if (!Refuses(submission)) return _inner.SubmitAsync(submission, cancellationToken);
        Refused.TrySetResult();
        throw new SubmissionException(452, "4.2.2", "the mailbox is full", submission.Recipients[0]);
    }
}
