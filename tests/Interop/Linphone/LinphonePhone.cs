using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Server.Administration;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.Linphone;

/// <summary>
/// The softphone Linphone as linphonec, a console that takes one order a line. It plays a WAV file into the call instead of a sound card, and
/// writes what it hears into another.
/// </summary>
internal sealed class LinphonePhone : IAsyncDisposable
{
    /// <summary>The caller.</summary>
    public const string Caller = "5550102";

    private const string Settings = "linphonerc";
    private const string Speech = "speech.wav";
    private const string Heard = "heard.wav";

    // Codecs that the settings do not name are added by the program, switched on.
    private static readonly (string Name, int Rate)[] Codecs = [("PCMU", 8000), ("PCMA", 8000), ("opus", 48000), ("speex", 16000), ("speex", 8000), ("G729", 8000)];

    private readonly ExternalProgram _program;
    private readonly string _folder;

    private LinphonePhone(ExternalProgram program, string folder) => (_program, _folder) = (program, folder);

    /// <summary>What it printed.</summary>
    public string Output => _program.Output;

    /// <summary>Starts one with settings of its own.</summary>
    /// <param name="folder">For its settings.</param>
    /// <param name="carrier">The only transport that it has.</param>
    /// <param name="codec">The name of the only codec that it offers.</param>
    /// <param name="speech">What it says when it is told to.</param>
    /// <param name="authority">A PEM file with whom it believes over TLS.</param>
    /// <param name="srtp">Whether the audio is encrypted (RFC 4568).</param>
    public static async Task<LinphonePhone> StartAsync(
        string folder, SipCarrier carrier, string codec, AudioClip speech, string? authority = null, bool srtp = false)
    {
        await WavFile.WriteAsync(Path.Combine(folder, Speech), speech, CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(folder, Settings), Configuration(carrier, codec, authority, srtp));
        // Its database is in there. It makes no folders, and without a database it starts without transports and says nothing of it.
        Directory.CreateDirectory(Path.Combine(folder, ".local", "share", "linphone"));
        var phone = new LinphonePhone(ExternalProgram.StartForOrders("linphonec", folder, "-c", Path.Combine(folder, Settings)), folder);
        try
        {
            await phone._program.SaysAsync("linphonec> ");
            await phone._program.TellAsync("soundcard use files");
            await phone._program.SaysAsync("Using wav files instead of soundcard.");
            await phone._program.TellAsync($"record {Path.Combine(folder, Heard)}");
            return phone;
        }
        catch
        {
            await phone.DisposeAsync();
            throw;
        }
    }

    /// <summary>Calls an extension; done when the call is answered.</summary>
    public async Task CallAsync(Installation installation, SipCarrier carrier, string extension = "1001")
    {
        await DialAsync(installation, carrier, extension);
        await _program.SaysAsync("Media streams established");
    }

    /// <summary>Calls an extension and waits for nothing.</summary>
    public Task DialAsync(Installation installation, SipCarrier carrier, string extension = "1001") => _program.TellAsync($"call {Uri(installation, carrier, extension)}");

    /// <summary>Speaks. The call goes on at the end of it, with nothing sent.</summary>
    public Task SpeakAsync() => _program.TellAsync($"play {Path.Combine(_folder, Speech)}");

    /// <summary>Hangs up.</summary>
    public Task HangUpAsync() => _program.TellAsync("terminate");

    /// <summary>Registers an extension under a password; done when the registrar has it.</summary>
    public async Task<RegisteredPhone> RegisterAsync(Installation installation, SipCarrier carrier, string extension, string password)
    {
        await _program.TellAsync($"register sip:{extension}@127.0.0.1 {Uri(installation, carrier, null)} {password}");
        return (await installation.RegisteredAsync(1, _program))[0];
    }

    /// <summary>Waits until the call is over.</summary>
    public Task EndOfCallAsync() => _program.SaysAsync(" ended (No error)");

    /// <summary>Waits until the call has failed.</summary>
    public Task FailureAsync() => _program.SaysAsync("> error.");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _program.DisposeAsync();

    // Its TLS finds no addresses in a certificate, only names.
    private static string Uri(Installation installation, SipCarrier carrier, string? user) =>
        $"sip:{(user is null ? "" : $"{user}@")}{(carrier == SipCarrier.Tls ? "localhost" : "127.0.0.1")}:{installation.SipPort(carrier)};transport={carrier.ToString().ToLowerInvariant()}";

    // A port of 0 switches a transport off; -1 is any free one.
    private static string Configuration(SipCarrier carrier, string codec, string? authority, bool srtp) => $"""
        [sip]
        sip_port={(carrier == SipCarrier.Udp ? -1 : 0)}
        sip_tcp_port={(carrier == SipCarrier.Tcp ? -1 : 0)}
        sip_tls_port={(carrier == SipCarrier.Tls ? -1 : 0)}
        bind_address=127.0.0.1
        ipv6_migration_done=1
        use_ipv6=0
        guess_hostname=0
        contact="Carol" <sip:{Caller}@127.0.0.1>
        register_only_when_network_is_up=0
        media_encryption={(srtp ? "srtp" : "none")}
        {(authority is null ? "" : $"root_ca={authority}")}
        [net]
        dns_srv_enabled=0
        [rtp]
        audio_rtp_port={FreePort.Block(2)}
        [sound]
        echocancellation=0
        [video]
        capture=0
        display=0
        automatically_initiate=0
        automatically_accept=0
        {string.Concat(Codecs.Select((each, index) =>
            $"[audio_codec_{index}]\nmime={each.Name}\nrate={each.Rate}\nchannels={(each.Name == "opus" ? 2 : 1)}\nenabled={(each.Name == codec ? 1 : 0)}\n"))}
        """;
}
