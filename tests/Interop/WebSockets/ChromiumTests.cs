using System.Text.RegularExpressions;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.WebSockets;

/// <summary>A call from a real browser: Chromium's WebRTC over WSS, with DTLS-SRTP and ICE.</summary>
[Requires("chromium", package: "chromium")]
public sealed class ChromiumTests
{
    [Fact]
    public async Task What_is_said_in_a_browser_is_in_the_message()
    {
        await using var installation = await StartAsync(SrtpPolicy.Required);
        var speech = await Fixtures.ReadAsync("message-short.wav");
        var page = BrowserPage.For(Server(installation), WavFile.Write(speech), Installation.BeforeSpeaking);
        await using var browser = await OpenAsync(installation, page);
        var over = await EndAsync(browser);
        Assert.Matches($@"{BrowserPage.Over}: \d\d+ packets, energy some", over);
        // The browser brings the sound to 48 kHz and back, in a thread that a busy machine keeps waiting now and then.
        (await installation.OnlyMessageAsync()).MustBeVoiceMail(
            speech.Through(AudioCodec.Pcmu), BrowserPage.Caller, likeness: 0.9, longestGap: TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public async Task Where_SRTP_is_off_a_browser_is_refused()
    {
        await using var installation = await StartAsync(SrtpPolicy.Off);
        var page = BrowserPage.For(Server(installation), WavFile.Write(await Fixtures.ReadAsync("message-short.wav")), TimeSpan.Zero);
        await using var browser = await OpenAsync(installation, page);
        Assert.Contains($"{BrowserPage.Failed}: SIP/2.0 488", await EndAsync(browser), StringComparison.Ordinal);
    }

    private static Task<Installation> StartAsync(SrtpPolicy policy) =>
        Installation.StartAsync(change: options => options with { Media = new MediaSection { Srtp = policy } });

    private static string Server(Installation installation) => $"wss://127.0.0.1:{installation.SipPort(SipCarrier.Wss)}/";

    private static async Task<ExternalProgram> OpenAsync(Installation installation, string page)
    {
        var file = Path.Combine(installation.Folder, "phone.html");
        await File.WriteAllTextAsync(file, page);
        return ExternalProgram.Start(
            "chromium", installation.Folder, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            $"--user-data-dir={Path.Combine(installation.Folder, "chromium")}", "--enable-logging=stderr", "--ignore-certificate-errors",
            "--autoplay-policy=no-user-gesture-required", "--allow-loopback-in-peer-connection", "--disable-background-networking",
            $"file://{file}");
    }

    private static async Task<string> EndAsync(ExternalProgram browser)
    {
        using var guard = new CancellationTokenSource(2 * Installation.Guard);
        try
        {
            while (true)
            {
                if (Regex.Match(browser.Output, $"({BrowserPage.Over}|{BrowserPage.Failed})[^\"]*") is { Success: true } found)
                    return found.Value;
                Assert.False(browser.Ended, browser.Output);
                await Task.Delay(100, guard.Token);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The page said nothing of its call:\n{browser.Output}");
            throw;
        }
    }
}
