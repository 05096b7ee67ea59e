using System.Globalization;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Registrar;

/// <summary>
/// What a REGISTER makes of the bindings that are there: all of what it asks for, or nothing (RFC 3261 §10.3 steps 6 to 8).
/// </summary>
internal sealed class BindingChanges(
    RegistrarOptions options, SipRequest request, RegisterOrder order, string addressOfRecord, SipFlow flow, DateTimeOffset now)
{
    private readonly uint _sequence = request.CSeq!.Value.Number;

    /// <summary>Why nothing was changed; 200 when all is well.</summary>
    public int Status { get; private set; } = 200;

    /// <summary>The bindings that hold afterwards.</summary>
    public IReadOnlyList<SipBinding> Bindings { get; private set; } = [];

    /// <summary>Those of them that were not there before.</summary>
    public List<SipBinding> Added { get; } = [];

    /// <summary>The new bindings; null when there is no change.</summary>
    public IReadOnlyList<SipBinding>? Apply(IReadOnlyList<SipBinding> present)
    {
        Status = 200;
        Added.Clear();
        var bindings = present.Where(b => b.Expires > now).ToList();
        Bindings = bindings;
        if (!order.RemovesAll && order.Contacts.Count == 0)
            return null;
        // A request that is older than what it would change, such as one that was held up on its way.
        var concerned = order.RemovesAll ? bindings : bindings.Where(b => order.Contacts.Any(c => b.IsSameAs(Create(c))));
        if (concerned.Any(b => b.CallId == request.CallId && b.Sequence >= _sequence))
            return Refuse(500, present);
        if (order.RemovesAll)
            return Bindings = [];
        foreach (var contact in order.Contacts)
            Apply(bindings, contact);
        return bindings.Count > options.MaxBindings ? Refuse(403, present) : bindings;
    }

    private void Apply(List<SipBinding> bindings, RegisterContact contact)
    {
        var binding = Create(contact);
        var known = bindings.RemoveAll(b => b.IsSameAs(binding)) > 0;
        if (contact.Expires == TimeSpan.Zero)
            return;
        bindings.Add(binding);
        if (!known)
            Added.Add(binding);
    }

    private IReadOnlyList<SipBinding>? Refuse(int status, IReadOnlyList<SipBinding> present)
    {
        Status = status;
        Added.Clear();
        Bindings = present;
        return null;
    }

    private SipBinding Create(RegisterContact contact)
    {
        var asked = contact.Expires ?? options.MaxExpires;
        var parameters = contact.Address.Parameters;
        return new SipBinding
        {
            AddressOfRecord = addressOfRecord,
            Contact = contact.Address.Uri,
            CallId = request.CallId!,
            Sequence = _sequence,
            Expires = now + (asked < options.MaxExpires ? asked : options.MaxExpires),
            Preference = contact.Preference,
            Instance = parameters["+sip.instance"],
            RegistrationId = int.TryParse(parameters["reg-id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0,
            Path = [.. request.Headers.Values(SipHeaderNames.Path)],
            Transport = flow.Kind,
            Source = flow.Remote,
            IsDirect = request.Headers.Values(SipHeaderNames.Via).Count() == 1,
            UserAgent = request.Headers[SipHeaderNames.UserAgent],
        };
    }
}
