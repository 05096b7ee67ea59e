using System.Text.Json;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Server.Commands;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Tests.Commands;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Hosting;

/// <summary>Which calls <c>media.srtp</c> takes, as <c>unifiedmsg call</c> with and without <c>--srtp</c> finds it.</summary>
public sealed class SrtpTests
{
    [Theory]
    [InlineData(SrtpPolicy.Off, false, 200, null)]
    [InlineData(SrtpPolicy.Off, true, 488, null)]
    [InlineData(SrtpPolicy.BestEffort, false, 200, null)]
    [InlineData(SrtpPolicy.BestEffort, true, 200, "AEAD_AES_256_GCM")]
    [InlineData(SrtpPolicy.Required, false, 488, null)]
    [InlineData(SrtpPolicy.Required, true, 200, "AEAD_AES_256_GCM")]
    public async Task Policy_decides(SrtpPolicy policy, bool phoneWantsIt, int status, string? suite)
    {
        await using var server = await TestServer.StartAsync(options => options with { Media = new MediaSection { Srtp = policy } });
        await server.AddUserAsync("alice", "1001");
        var target = $"sip:1001@{server.Host.EndPoints.Sip[0].EndPoint}";
        string[] arguments = ["call", target, "--dtmf", "#", "--json", .. phoneWantsIt ? new[] { "--srtp" } : []];
        var run = await CommandRun.OfAsync(Path.GetTempPath(), arguments);
        Assert.Equal(status == 200 ? ExitCode.Done : ExitCode.Wrong, run.ExitCode);
        using var report = JsonDocument.Parse(run.Output);
        Assert.Equal(status, report.RootElement.GetProperty("status").GetInt32());
        Assert.Equal(suite, report.RootElement.TryGetProperty("srtp", out var found) ? found.GetString() : null);
        // The tone was heard, so that what was decrypted is sound.
        Assert.Equal(status == 200, report.RootElement.TryGetProperty("toneAfterSeconds", out var tone) && tone.ValueKind == JsonValueKind.Number);
    }
}
