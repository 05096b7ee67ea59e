using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.Baresip;

/// <summary>
/// The softphone baresip, which speaks a WAV file from the answer on and hangs up at its end. It is told what to do, and tells what
/// happens, over its control connection: JSON in netstrings.
/// </summary>
internal sealed partial class BaresipPhone : IAsyncDisposable
{
    /// <summary>The caller.</summary>
    public const string Caller = "5550101";

    private static readonly string[] ModuleFolders = ["/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules"];

    /// <summary>Where its modules are.</summary>
    public static string ModuleFolder => ModuleFolders.FirstOrDefault(Directory.Exists) ?? ModuleFolders[0];

    private readonly ExternalProgram _program;
    private readonly TcpClient _control;

    private BaresipPhone(ExternalProgram program, TcpClient control) => (_program, _control) = (program, control);

    /// <summary>Starts one with settings of its own.</summary>
    /// <param name="folder">For its settings.</param>
    /// <param name="codec">The name of the only codec that it offers.</param>
    /// <param name="speech">What it says.</param>
    /// <param name="authority">A PEM file with whom it believes over TLS.</param>
    /// <param name="encryption">How it protects its audio, in its words; null for not at all.</param>
    public static async Task<BaresipPhone> StartAsync(
        string folder, string codec, AudioClip speech, string? authority = null, string? encryption = null)
    {
        var port = FreePort.Next();
        // Only for codecs of 8 kHz a name is enough.
        var (name, rate) = codec switch { "G722" => ("G722/16000/1", 16000), "opus" => ("opus/48000/2", 48000), _ => (codec, 8000) };
        await WavFile.WriteAsync(Path.Combine(folder, "speech.wav"), speech.Resample(rate), CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(folder, "config"), Configuration(folder, port, authority));
        await File.WriteAllTextAsync(Path.Combine(folder, "accounts"), $"\"Carol\" <sip:{Caller}@127.0.0.1>;regint=0;audio_codecs={name}{(encryption is null ? "" : $";mediaenc={encryption}")}\n");
        var program = ExternalProgram.Start("baresip", folder, "-4", "-s", "-f", folder);
        try
        {
            return new BaresipPhone(program, await ControlPort.ConnectAsync(program, port));
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>Calls an extension; done when the call is answered.</summary>
    public Task CallAsync(Installation installation, SipCarrier carrier, string extension = "1001") =>
        CallAsync(Uri(installation, carrier, extension));

    /// <summary>Calls a URI; done when the call is answered.</summary>
    public async Task CallAsync(string uri)
    {
        await TellAsync("dial", uri);
        await WaitForAsync("CALL_ESTABLISHED");
    }

    /// <summary>Calls an extension, whatever comes of it.</summary>
    public Task DialAsync(Installation installation, SipCarrier carrier, string extension = "1001") =>
        TellAsync("dial", Uri(installation, carrier, extension));

    /// <summary>What it wrote so far.</summary>
    public string Output => CleanOutput;

    /// <summary>Presses a key.</summary>
    public Task PressAsync(char key) => TellAsync("sndcode", key.ToString());

    /// <summary>Hangs up.</summary>
    public Task HangUpAsync() => TellAsync("hangup", "");

    /// <summary>Waits until the call is over.</summary>
    /// <returns>Why, in its words.</returns>
    public Task<string> EndOfCallAsync() => WaitForAsync("CALL_CLOSED");

    private static string Uri(Installation installation, SipCarrier carrier, string extension) =>
        $"sip:{extension}@127.0.0.1:{installation.SipPort(carrier)};transport={carrier.ToString().ToLowerInvariant()}";

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _control.Dispose();
        return _program.DisposeAsync();
    }

    private static string Configuration(string folder, int port, string? authority) => $"""
        sip_listen 127.0.0.1:0
        audio_path {folder}
        audio_player aufile,{folder}/heard.wav
        audio_source aufile,{folder}/speech.wav
        audio_alert aufile,{folder}/alert.wav
        ausrc_channels 1
        auplay_channels 1
        module_path {ModuleFolder}
        module g711.so
        module g722.so
        module opus.so
        module aufile.so
        module srtp.so
        module dtls_srtp.so
        rtcp_mux yes
        module_tmp uuid.so
        module_tmp account.so
        module_app menu.so
        module_app ctrl_tcp.so
        ctrl_tcp_listen 127.0.0.1:{port}
        {(authority is null ? "" : $"sip_cafile {authority}")}

        """;

    private async Task TellAsync(string command, string parameters)
    {
        var message = JsonSerializer.Serialize(new { command, @params = parameters });
        await _control.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"{message.Length}:{message},"));
    }

    private async Task<string> WaitForAsync(string type)
    {
        using var guard = new CancellationTokenSource(Installation.Guard);
        try
        {
            for (; ; )
            {
                using var message = JsonDocument.Parse(await ReadAsync(guard.Token));
                if (!message.RootElement.TryGetProperty("type", out var happened))
                    continue;
                if (happened.GetString() == type)
                    return message.RootElement.TryGetProperty("param", out var parameter) ? parameter.GetString()! : "";
                Assert.False(happened.GetString() == "CALL_CLOSED", $"the call ended before {type}:\n{CleanOutput}");
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or EndOfStreamException)
        {
            Assert.Fail($"{type} did not come: {fault.Message}\n{CleanOutput}");
            throw;
        }
    }

    private async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        var stream = _control.GetStream();
        var octet = new byte[1];
        var length = 0;
        for (; ; )
        {
            await stream.ReadExactlyAsync(octet, cancellationToken);
            if (octet[0] == ':')
                break;
            length = length * 10 + octet[0] - '0';
        }
        var message = new byte[length + 1];
        await stream.ReadExactlyAsync(message, cancellationToken);
        return Encoding.UTF8.GetString(message, 0, length);
    }

    // Without the line that counts the seconds of the call.
    private string CleanOutput => Counter().Replace(_program.Output, "");

    [GeneratedRegex(@"\[\d+:\d\d:\d\d\] audio=\S+ \(bit/s\)\s*")]
    private static partial Regex Counter();
}
