using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Tracing;

namespace UnifiedMsg.Interop;

/// <summary>Wireshark reads what we capture, whatever carried it.</summary>
[Requires("tshark", package: "tshark")]
public sealed class CaptureTests
{
    [Theory]
    [InlineData("127.0.0.1", SipTransportKind.Udp), InlineData("127.0.0.1", SipTransportKind.Tcp), InlineData("::1", SipTransportKind.Udp)]
    public async Task Each_message_is_decoded_with_its_addresses_and_sound_checksums(string address, SipTransportKind transport)
    {
        var any = new SipListenPoint(transport, new IPEndPoint(IPAddress.Parse(address), 0));
        await using var endpoint = new SipEndpoint(new SipOptions { Listen = [any] }, new Refusing(), NullLoggerFactory.Instance);
        await endpoint.StartAsync(default);
        var port = endpoint.Bound[0].EndPoint.Port;
        var uri = SipUri.Create("bob", address, port, transport == SipTransportKind.Tcp ? "tcp" : null);
        await using var phone = new SipEndpoint(new SipOptions { Listen = [any] }, new Refusing(), NullLoggerFactory.Instance);
        await phone.StartAsync(default);
        var request = phone.CreateRequest(SipMethods.Message, uri, NameAddress.Parse("<sip:alice@example.test>"));
        request.SetBody(new SipBody("text/plain", "a secret between two"));
        Assert.Equal(405, (await phone.SendAsync(request).WaitAsync(Installation.Guard)).Status);

        var exchange = Assert.Single(endpoint.Traces.Find(request.CallId!));
        var folder = Directory.CreateTempSubdirectory("um-capture").FullName;
        var file = Path.Combine(folder, "capture.pcap");
        await File.WriteAllBytesAsync(file, [.. PcapWriter.FileHeader(), .. exchange.Messages.SelectMany(PcapWriter.Packet)]);
        string[] fields = ["sip.Method", "sip.Status-Code", "sip.Call-ID", "udp.dstport", "udp.checksum.status", "ip.checksum.status"];
        var output = await ExternalProgram.RunAsync(
            "tshark", folder, Installation.Guard,
            ["-r", file, "-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-d", $"udp.port=={port},sip", "-T", "fields", "-E", "separator=,", .. fields.SelectMany(f => (string[])["-e", f])]);
        Directory.Delete(folder, recursive: true);
        var lines = output.Split('\n').Select(l => l.Trim()).Where(l => l.Contains(request.CallId!, StringComparison.Ordinal)).ToList();
        // 1 is good; a UDP checksum of zero over IPv4 says that there is none, which is 3.
        var (udp, ip) = address.Contains(':') ? ("1", "") : ("3", "1");
        Assert.Equal($"MESSAGE,,{request.CallId},{port},{udp},{ip}", lines[0]);
        Assert.StartsWith($",405,{request.CallId},", lines[1]);
        Assert.DoesNotContain("secret", output);
    }

    private sealed class Refusing : ISipApplication;
}
