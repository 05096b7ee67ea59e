using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Accounts;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registrar;
using UnifiedMsg.Store;
using UnifiedMsg.TestKit;
using UnifiedMsg.Voicemail.DialPlans;
using UnifiedMsg.Voicemail.Lamp;

namespace UnifiedMsg.Voicemail.Tests.Lamp;

/// <summary>What the targets of a dial plan are told, which never ask.</summary>
public sealed class MessageWaitingLampTests : IAsyncLifetime
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("lamp-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly Phones _phones = new();
    private DataFolder _data = null!;
    private DialPlanFolder _plans = null!;
    private MessageWaitingLamp _lamp = null!;
    private Account _alice = null!;

    public async ValueTask InitializeAsync()
    {
        var options = await TestServer.LayOutAsync(_folder);
        _data = await DataFolder.OpenAsync(options, NullLoggerFactory.Instance, TimeProvider.System);
        _alice = await _data.Accounts.AddAsync(new NewAccount("alice@example.test", "Alice", "1001"));
        await _data.Store.ProvisionAsync(_alice.Id);
        await WritePlanAsync("sip:{extension}@192.0.2.10");
        _plans = new DialPlanFolder(options.Dialplans, NullLogger<DialPlanFolder>.Instance, TimeProvider.System);
        _lamp = new MessageWaitingLamp(_data.Store, _data.Accounts, _plans, _phones, NullLogger.Instance, _time);
    }

    [Fact]
    public async Task A_change_is_told_at_once_and_once()
    {
        await AppendAsync(ItemKind.VoiceMail);
        Assert.Equal("sip:1001@192.0.2.10 yes 1/0", await _phones.NextAsync());
        await AppendAsync(ItemKind.Mail);
        await AppendAsync(ItemKind.VoiceMail);
        Assert.Equal("sip:1001@192.0.2.10 yes 2/0", await _phones.NextAsync());
    }

    [Fact]
    public async Task Who_started_again_hears_within_a_quarter_of_an_hour()
    {
        await AppendAsync(ItemKind.VoiceMail);
        Assert.Equal("sip:1001@192.0.2.10 yes 1/0", await _phones.NextAsync());
        for (var i = 0; i < 2; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(15));
            Assert.Equal("sip:1001@192.0.2.10 yes 1/0", await _phones.NextAsync());
        }
    }

    [Fact]
    public async Task Phones_that_could_not_be_looked_up_do_not_end_the_telling()
    {
        var gaveUp = _phones.GivesUpOnce();
        await AppendAsync(ItemKind.VoiceMail);
        await gaveUp.WaitAsync(Guard);
        await AppendAsync(ItemKind.VoiceMail);
        Assert.Equal("sip:1001@192.0.2.10 yes 2/0", await _phones.NextAsync());
    }

    [Fact]
    public async Task A_target_that_was_added_to_the_plan_is_told()
    {
        _lamp.TellTargets();
        Assert.Equal("sip:1001@192.0.2.10 no 0/0", await _phones.NextAsync());
        await WritePlanAsync("sip:{extension}@192.0.2.11");
        Assert.Equal("sip:1001@192.0.2.11 no 0/0", await _phones.NextAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _lamp.DisposeAsync();
        _plans.Dispose();
        await _data.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private Task WritePlanAsync(string target) => File.WriteAllTextAsync(
        Path.Combine(_folder, "dialplans", "default.yaml"),
        $"lamp: [\"{target}\"]\nsteps:\n  - {{ name: All, to: \"{{extension}}\", mailbox: \"{{extension}}\" }}\n");

    private async Task AppendAsync(ItemKind kind)
    {
        var inbox = await _data.Store.FindFolderAsync(_alice.Id, "INBOX");
        await using var content = await _data.Store.StageAsync(new MemoryStream(Encoding.ASCII.GetBytes("Subject: x\r\n\r\nx\r\n")), 1000);
        await _data.Store.AppendAsync(inbox!.Id, content, new NewItem(kind));
    }

    /// <summary>Takes down what each target is told, as <c>target waiting new/old</c>.</summary>
    private sealed class Phones : ILampPhones
    {
        private readonly Channel<string> _told = Channel.CreateUnbounded<string>();
        private TaskCompletionSource? _givesUp;

        /// <summary>The next look-up is given up by whoever keeps the phones; done when it was.</summary>
        public Task GivesUpOnce() => (_givesUp = new TaskCompletionSource()).Task;

        public async Task<string> NextAsync() => await _told.Reader.ReadAsync().AsTask().WaitAsync(Guard);

        public ValueTask<IReadOnlyList<SipBinding>> FindAsync(string address, CancellationToken cancellationToken)
        {
            if (Interlocked.Exchange(ref _givesUp, null) is not { } givesUp)
                return new([]);
            givesUp.SetResult();
            throw new OperationCanceledException("the look-up took too long");
        }

        public Task NotifyAsync(SipUri target, SipBody body, CancellationToken cancellationToken)
        {
            var lines = Encoding.ASCII.GetString(body.Content.Span).Split("\r\n");
            string Value(string name) => lines.Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Split(' ')[0];
            _told.Writer.TryWrite($"{target} {Value("Messages-Waiting: ")} {Value("Voice-Message: ")}");
            return Task.CompletedTask;
        }

        public Task NotifyAsync(SipBinding phone, SipBody body, CancellationToken cancellationToken) => throw new InvalidOperationException("no phone is registered");
    }
}
