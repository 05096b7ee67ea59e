using UnifiedMsg.Accounts;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Sip.Digest;

namespace UnifiedMsg.Interop.Baresip;

/// <summary>baresip registers straight with us, over UDP by extension and over TCP by address.</summary>
[Requires("baresip", package: "baresip-core")]
public sealed class BaresipRegistrationTests
{
    private const string Password = "long-phone-password";

    [Fact]
    public async Task It_registers_over_both_transports()
    {
        // baresip 1.0 gives up when it is asked for SHA-256 as well.
        var phones = new PhonesSection { Algorithms = [DigestAlgorithm.Md5] };
        await using var installation = await Installation.StartAsync(sip: new SipSection { Phones = phones });
        await installation.Server.Administration.ChangeUserAsync("alice@example.test", new AccountChange(PhonePassword: Password));
        await File.WriteAllTextAsync(Path.Combine(installation.Folder, "accounts"), $"""
            <sip:1001@127.0.0.1:{installation.SipPort(SipCarrier.Udp)}>;auth_user=1001;auth_pass={Password};regint=120
            <sip:1001@127.0.0.1:{installation.SipPort(SipCarrier.Tcp)};transport=tcp>;auth_user=alice@example.test;auth_pass={Password};regint=120

            """);
        await File.WriteAllTextAsync(Path.Combine(installation.Folder, "config"), $"""
            sip_listen 127.0.0.1:{FreePort.Next()}
            module_path {BaresipPhone.ModuleFolder}
            module_tmp account.so
            module g711.so

            """);
        await using var baresip = ExternalProgram.Start("baresip", installation.Folder, "-4", "-s", "-f", installation.Folder);
        var registered = await installation.RegisteredAsync(2, baresip);
        Assert.Equal(["tcp", "udp"], registered.Select(phone => phone.Source.Split(':')[0]).Order());
        Assert.All(registered, phone => Assert.StartsWith("baresip", phone.UserAgent));
    }
}
