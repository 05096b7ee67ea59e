using System.Buffers.Binary;
using System.Net;
using System.Text;
using DnsClient;
using DnsClient.Protocol;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registration;
using UnifiedMsg.Sip.Resolution;
using UnifiedMsg.Sip.Subscriptions;
using UnifiedMsg.Sip.Tracing;
using UnifiedMsg.Sip.Transfers;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Fuzz;

/// <summary>Fuzz targets of the header fields that say one thing each, and of what a name server, a trace and a body give.</summary>
public static class SipFieldTargets
{
    private static readonly NameAddress Us = NameAddress.Parse("<sip:vm@um.example.test>");

    /// <summary>The target: an RAck that is read is written as it means.</summary>
    public static void RAck(ReadOnlySpan<byte> input) => Same(input, static text => RAckHeader.TryParse(text, out var value) ? value : (RAckHeader?)null);

    /// <summary>The target: a Replaces that is read can be sent, and means the same.</summary>
    public static void Replaces(ReadOnlySpan<byte> input) => Same(input, static text => ReplacesHeader.TryParse(text, out var value) ? value : null);

    /// <summary>The target: a Session-Expires or Min-SE that is read is written as it means, and can be waited for.</summary>
    public static void SessionExpires(ReadOnlySpan<byte> input)
    {
        Same(input, static text => SessionExpiresHeader.TryParse(text, out var value) ? value : (SessionExpiresHeader?)null);
        if (SessionExpiresHeader.TryParseMinimum(Encoding.UTF8.GetString(input), out var seconds) && SessionInterval.EndsBefore(seconds) > seconds)
            throw new InvalidOperationException("The session ends before it begins.");
    }

    /// <summary>The target: a Reason that is read is written as it means.</summary>
    public static void Reason(ReadOnlySpan<byte> input)
    {
        if (!input.ContainsAnyInRange((byte)0, (byte)31))
            Same(input, static text => ReasonHeader.TryParse(text, out var value) ? value : null);
    }

    /// <summary>The target: a Content-Disposition.</summary>
    public static void Disposition(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (ContentDisposition.TryParse(text, out var value) && ContentDisposition.IsSession(text) != (value.Type == ContentDisposition.Session))
            throw new InvalidOperationException("The disposition is two things.");
    }

    /// <summary>The target: a Content-Type in the first line, and the body that it is of; what is found in it was in it.</summary>
    public static void Body(ReadOnlySpan<byte> input)
    {
        if (Request(SipMethods.Invite, SipHeaderNames.ContentType, input, out var rest) is not { } invite)
            return;
        invite.Body = rest.ToArray();
        if (SessionBody.Find(invite) is { } session && session.Length > rest.Length)
            throw new InvalidOperationException("The session is longer than the body.");
    }

    /// <summary>The target: an Accept.</summary>
    public static void Accept(ReadOnlySpan<byte> input)
    {
        if (Request(SipMethods.Invite, SipHeaderNames.Accept, input, out _) is { } invite && Capabilities.AcceptsSessions(invite.Headers)
            && !invite.Headers[SipHeaderNames.Accept]!.Contains('/'))
            throw new InvalidOperationException("What names no type accepts one.");
    }

    /// <summary>The target: an Event names a package by a token.</summary>
    public static void Event(ReadOnlySpan<byte> input)
    {
        if (Request(SipMethods.Subscribe, SipHeaderNames.Event, input, out _) is { } subscribe && EventHeader.Of(subscribe) is { } value && !SipGrammar.IsToken(value.Package))
            throw new InvalidOperationException("The package is no token.");
    }

    /// <summary>The target: a Subscription-State, whose times can be waited for.</summary>
    public static void SubscriptionState(ReadOnlySpan<byte> input)
    {
        if (SubscriptionStatus.TryParse(Encoding.UTF8.GetString(input), out var status)
            && (status.State.Length == 0 || status.Expires < TimeSpan.Zero || status.RetryAfter < TimeSpan.Zero))
            throw new InvalidOperationException("The state makes no sense.");
    }

    /// <summary>The target: whoever is named in Refer-To can be called: the INVITE of it can be written and read.</summary>
    public static void ReferTo(ReadOnlySpan<byte> input)
    {
        if (!NameAddress.TryParse(Encoding.UTF8.GetString(input), out var target))
            return;
        var refer = Request(SipMethods.Refer, SipHeaderNames.ReferredBy, "<sip:alice@example.test>"u8, out _)!;
        var call = new ReferRequest(refer, target, null, new IPEndPoint(IPAddress.Loopback, 5060)).ToCall(Us);
        var invite = new SipRequest(SipMethods.Invite, call.Target);
        foreach (var header in call.Headers)
            invite.Headers.Add(header.Name, header.Value);
        if (SipParser.Parse(SipMessageWriter.Write(invite)).Message is SipRequest again && again.Headers.Count != invite.Headers.Count + 1)
            throw new InvalidOperationException("The call has other header fields than were put into it.");
    }

    /// <summary>The target: a Retry-After, and what a registrar grants.</summary>
    public static void Times(ReadOnlySpan<byte> input)
    {
        var response = new SipResponse(200);
        if (Request(SipMethods.Register, SipHeaderNames.RetryAfter, input, out var rest) is not { } request)
            return;
        response.Headers.CopyFrom(request.Headers, SipHeaderNames.RetryAfter);
        if (Request(SipMethods.Register, SipHeaderNames.Contact, rest, out var expires) is { } contact)
            response.Headers.CopyFrom(contact.Headers, SipHeaderNames.Contact);
        if (Request(SipMethods.Register, SipHeaderNames.Expires, expires, out _) is { } times)
            response.Headers.CopyFrom(times.Headers, SipHeaderNames.Expires);
        if (response.RetryAfter < TimeSpan.Zero || RegistrationTiming.Granted(response, Us.Uri, TimeSpan.Zero) < TimeSpan.Zero)
            throw new InvalidOperationException("A time is in the past.");
        RegistrationTiming.Refresh(RegistrationTiming.Granted(response, null, TimeSpan.FromHours(1)), new Random(1));
    }

    /// <summary>The target: keys that are told in INFO.</summary>
    public static void Keys(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        DtmfInfo.TryParse("application/dtmf-relay", text, out _);
        DtmfInfo.TryParse("application/dtmf", text, out _);
    }

    /// <summary>The target: how a transfer goes.</summary>
    public static void Fragment(ReadOnlySpan<byte> input)
    {
        if (StatusFragment.TryParse(input, out var status, out var reason) && (status is < 100 or > 699 || reason.AsSpan().ContainsAny('\r', '\n')))
            throw new InvalidOperationException("The status is none.");
    }

    /// <summary>The target: what a trace gives away has the length that it had, and can be drawn.</summary>
    public static void Trace(ReadOnlySpan<byte> input)
    {
        var masked = SecretMask.Masked(input);
        if (masked.Length != input.Length)
            throw new InvalidOperationException("The length gives the secret away.");
        var here = new IPEndPoint(IPAddress.Loopback, 5060);
        var message = new TracedMessage(DateTimeOffset.UnixEpoch, false, SipTransportKind.Udp, here, here, masked);
        foreach (var line in CallLadder.Draw(new TracedExchange("c1", "1", 0, [message]), full: true))
        {
            if (line is null)
                throw new InvalidOperationException("A line is none.");
        }
    }

    /// <summary>The target: servers come in an order that is none of the name server's making, each once, the lower priorities first.</summary>
    public static void Servers(ReadOnlySpan<byte> input)
    {
        var records = new List<SrvRecord>();
        for (; input.Length >= 5; input = input[5..])
        {
            var info = new ResourceRecordInfo($"s{input[0]}.example.test", ResourceRecordType.SRV, QueryClass.IN, 60, 0);
            records.Add(new SrvRecord(info, input[0], BinaryPrimitives.ReadUInt16BigEndian(input[1..]), BinaryPrimitives.ReadUInt16BigEndian(input[3..]),
                DnsString.Parse("h.example.test")));
        }
        var sorted = ServiceOrder.Sort(records, new Random(1));
        if (sorted.Count != records.Count || sorted.Distinct().Count() != records.Distinct().Count())
            throw new InvalidOperationException("A server was lost.");
        for (var i = 1; i < sorted.Count; i++)
        {
            if (sorted[i - 1].Priority > sorted[i].Priority)
                throw new InvalidOperationException("A later server comes first.");
        }
    }

    /// <summary>The target: an address of ours or of a peer, as messages write it, can be read.</summary>
    public static void Addresses(ReadOnlySpan<byte> input)
    {
        if (input.Length is not (4 or 16 or 20))
            return;
        var address = input.Length == 20 ? new IPAddress(input[..16], BinaryPrimitives.ReadUInt32BigEndian(input[16..])) : new IPAddress(input);
        var own = new OwnAddresses(null).Towards(address, new IPEndPoint(IPAddress.Parse("192.0.2.1"), 5060));
        var text = OwnAddresses.WithoutZone(address);
        if (!ViaHeader.TryParse($"SIP/2.0/UDP {own.HostPort};received={text};branch=z9hG4bK1", out var via) || via.Parameters["received"] != text
            || !SipUri.TryParse($"sip:a@{(text.Contains(':') ? $"[{text}]" : text)}", out var uri) || uri.Address is not { } again
            || !again.GetAddressBytes().AsSpan().SequenceEqual(address.GetAddressBytes()))
            throw new InvalidOperationException($"{address} can't be read after writing it.");
    }

    private static void Same<T>(ReadOnlySpan<byte> input, Func<string, T?> parse)
    {
        if (parse(Encoding.UTF8.GetString(input)) is not { } value)
            return;
        var text = value.ToString()!;
        // It must be possible to put it into a message.
        new SipHeaders().Add("X", text);
        if (!value.Equals(parse(text)))
            throw new InvalidOperationException($"'{text}' differs after reading it.");
    }

    /// <summary>A request with one header field, the first line of the input; null when no message could have held it.</summary>
    private static SipRequest? Request(string method, string name, ReadOnlySpan<byte> input, out ReadOnlySpan<byte> rest)
    {
        var end = input.IndexOf((byte)'\n');
        rest = end < 0 ? default : input[(end + 1)..];
        var text = Encoding.UTF8.GetString(end < 0 ? input : input[..end]);
        if (SipGrammar.HasStrayControl(text))
            return null;
        var request = new SipRequest(method, Us.Uri);
        request.Headers.Add(name, text);
        return request;
    }
}
