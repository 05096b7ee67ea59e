using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Server.Configuration;

/// <summary>What a registration needs to be one.</summary>
internal static class RegistrationChecks
{
    /// <summary>Every mistake, with its key.</summary>
    public static IEnumerable<(string Path, string Message)> Run(IReadOnlyList<RegistrationSection> registrations)
    {
        var names = new HashSet<string>();
        for (var i = 0; i < registrations.Count; i++)
        {
            var (path, each) = ($"sip.registrations[{i}]", registrations[i]);
            if (each.Address.Length == 0)
                yield return (path, "has no address; write the one that is to be registered, such as address: \"sip:4930123@provider.example\"");
            else if (!IsAddress(each.Address))
                yield return ($"{path}.address", $"\"{each.Address}\" can't be; write a SIP address with a user, such as \"sip:4930123@provider.example\"");
            if (each.User.Length > 0 && each.PasswordFile.Length == 0)
                yield return ($"{path}.user", "needs passwordFile beside it");
            if (each.OutboundProxy.Length > 0 && !(SipUri.TryParse(each.OutboundProxy, out var proxy) && proxy.IsSip))
                yield return ($"{path}.outboundProxy", $"\"{each.OutboundProxy}\" can't be; write a SIP URI such as \"sip:proxy.provider.example\"");
            if (!names.Add(each.Name.Length > 0 ? each.Name : each.Address))
                yield return (path, "has the name of an earlier one; give each a name of its own");
        }
    }

    private static bool IsAddress(string text) => SipUri.TryParse(text, out var uri) && uri is { IsSip: true, User.Length: > 0 };
}
