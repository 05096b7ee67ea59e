using System.Buffers;
using System.Text;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registrar;
using UnifiedMsg.Sip.Requests;
using UnifiedMsg.Sip.Subscriptions;
using UnifiedMsg.Sip.Transfers;

namespace UnifiedMsg.Fuzz;

/// <summary>Fuzz targets of the SIP parsers.</summary>
public static class SipTargets
{
    /// <summary>The target: a good message means the same after it was written and read again; parties can be read of any INVITE.</summary>
    public static void Message(ReadOnlySpan<byte> input)
    {
        var result = SipParser.Parse(input);
        if (!result.IsGood)
            return;
        var message = result.Message!;
        var written = SipMessageWriter.Write(message);
        var again = SipParser.Parse(written);
        if (!again.IsGood || !SipMessageWriter.Write(again.Message!).AsSpan().SequenceEqual(written))
            throw new InvalidOperationException($"The message differs after reading it: {again.Error}");
        if (message is not SipRequest request)
            return;
        CallPartiesReader.Read(request, trusted: true);
        var response = SipParser.Parse(SipMessageWriter.Write(request.CreateResponse(200, null, "tag")));
        if (!response.IsGood || response.Message!.To!.Tag is null)
            throw new InvalidOperationException($"The response to it is malformed: {response.Error}");
    }

    /// <summary>The target: what is cut out of a stream does not depend on how the stream was split.</summary>
    public static void Framing(ReadOnlySpan<byte> input)
    {
        var whole = Frames(input.ToArray(), input.Length + 1);
        var split = Frames(input.ToArray(), 7);
        if (!whole.SequenceEqual(split))
            throw new InvalidOperationException($"[{string.Join(", ", whole)}] became [{string.Join(", ", split)}].");
    }

    /// <summary>The target: a URI that is read is written as it was.</summary>
    public static void Uri(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (!SipUri.TryParse(text, out var uri))
            return;
        if (uri.ToString() != text || !SipUri.Parse(text).IsSameAs(uri))
            throw new InvalidOperationException("The URI differs after reading it.");
        _ = uri.WithoutParameters();
        if (uri.IsSip && !SipUri.TryParse(uri.WithParameter("transport", "tcp").ToString(), out _))
            throw new InvalidOperationException("The URI can't be read with one parameter more.");
    }

    /// <summary>The target: an address that is read can be written and read.</summary>
    public static void Address(ReadOnlySpan<byte> input)
    {
        if (NameAddress.TryParse(Encoding.UTF8.GetString(input), out var address) && !NameAddress.TryParse(address.ToString(), out _))
            throw new InvalidOperationException("The address can't be read after writing it.");
    }

    /// <summary>The target: a Via that is read can be written and read.</summary>
    public static void Via(ReadOnlySpan<byte> input)
    {
        if (ViaHeader.TryParse(Encoding.UTF8.GetString(input), out var via) && !ViaHeader.TryParse(via.ToString(), out _))
            throw new InvalidOperationException("The Via can't be read after writing it.");
    }

    /// <summary>The target: whatever a server asks for, the answer to it can be read, and names what was asked for.</summary>
    public static void Challenge(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (text.AsSpan().ContainsAny('\r', '\n', '\0'))
            return;
        var challenged = new SipResponse(401);
        challenged.Headers.Add(SipHeaderNames.WwwAuthenticate, text);
        var request = new SipRequest(SipMethods.Register, SipUri.Parse("sip:example.test"));
        if (!new DigestClient(new SipCredentials("alice", "secret")).TryAuthorize(request, challenged))
            return;
        if (!DigestChallenge.TryParse(text, out var challenge) || !DigestAuthorization.TryParse(request.Headers[SipHeaderNames.Authorization]!, out var answer)
            || (answer.Realm, answer.Use.Nonce, answer.Use.Algorithm, answer.Use.Qop) != (challenge.Realm, challenge.Nonce, challenge.Algorithm, challenge.Qop))
            throw new InvalidOperationException("The answer is not to what was asked.");
    }

    /// <summary>The target: bindings that a REGISTER asks for can be written.</summary>
    public static void Registration(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (text.AsSpan().ContainsAny('\r', '\n', '\0'))
            return;
        var request = new SipRequest(SipMethods.Register, SipUri.Parse("sip:example.test"));
        request.Headers.Add(SipHeaderNames.Contact, text);
        foreach (var contact in RegisterOrder.Read(request)?.Contacts ?? [])
        {
            if (!NameAddress.TryParse(contact.Address.ToString(), out _) || contact.Preference is < 0 or > 1 || contact.Expires < TimeSpan.Zero)
                throw new InvalidOperationException("The contact can't be read after writing it.");
        }
    }

    private static readonly (string Name, string Value)[] Fields =
    [
        (SipHeaderNames.Via, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"), (SipHeaderNames.MaxForwards, "70"), (SipHeaderNames.From, "<sip:a@b>;tag=1"),
        (SipHeaderNames.To, "<sip:c@d>"), (SipHeaderNames.CallId, "1"), (SipHeaderNames.CSeq, "1 OPTIONS"),
    ];

    /// <summary>The target: wherever a redirect leads, the request that goes there can be read.</summary>
    public static void Redirect(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (text.AsSpan().ContainsAny('\r', '\n', '\0'))
            return;
        var response = new SipResponse(302);
        response.Headers.Add(SipHeaderNames.Contact, text);
        var targets = new TargetSet(SipUri.Parse("sip:a@example.test"), SipMethods.Options, 10);
        for (; targets.MoveOn(response); response = new SipResponse(480))
        {
            var request = new SipRequest(SipMethods.Options, targets.Current.Uri);
            foreach (var (name, value) in Fields)
                request.Headers.Add(name, value);
            foreach (var header in targets.Current.Headers ?? [])
                request.Headers.Add(header.Name, header.Value);
            var read = SipParser.Parse(SipMessageWriter.Write(request));
            if (!read.IsGood || read.Message is not SipRequest again || !again.Uri.IsSameAs(request.Uri) || again.Uri.Headers is not null
                || again.Headers.Count(h => h.Name is not SipHeaderNames.ContentLength) != request.Headers.Count)
                throw new InvalidOperationException($"The request differs after reading it: {read.Error}");
        }
    }

    /// <summary>The target: the small grammars, none of which may fail.</summary>
    public static void Small(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        CSeqHeader.TryParse(text, out _);
        RAckHeader.TryParse(text, out _);
        SessionExpiresHeader.TryParse(text, out _);
        SessionExpiresHeader.TryParseMinimum(text, out _);
        if (ReasonHeader.TryParse(text, out var reason) && !text.Any(char.IsControl) && !ReasonHeader.TryParse(reason.ToString(), out _))
            throw new InvalidOperationException("The Reason can't be read after writing it.");
        if (ReplacesHeader.TryParse(text, out var replaces) && ReplacesHeader.TryParse(replaces.ToString(), out var again) && again != replaces)
            throw new InvalidOperationException("The Replaces is another one after writing it.");
        StatusFragment.TryParse(input, out _, out _);
        DigestChallenge.TryParse(text, out _);
        SubscriptionStatus.TryParse(text, out _);
        DigestAuthorization.TryParse(text, out _);
        MessageWaitingSummary.TryParse(text, out _);
        DtmfInfo.TryParse("application/dtmf-relay", text, out _);
        DtmfInfo.TryParse("application/dtmf", text, out _);
        SipListenPoint.TryParse(text, out _);
        SipParameters.TryParse(text, uri: false, out _);
    }

    private static List<string> Frames(byte[] input, int size)
    {
        var framer = new SipStreamFramer();
        var frames = new List<string>();
        var pending = new List<byte>();
        foreach (var chunk in input.Chunk(size))
        {
            pending.AddRange(chunk);
            var buffer = new ReadOnlySequence<byte>(pending.ToArray());
            SipFrame frame;
            while ((frame = framer.TryRead(ref buffer, out var message)) != SipFrame.Incomplete)
            {
                frames.Add($"{frame} {message.Length}");
                // What follows on a broken stream depends on what had come: nobody reads it.
                if (frame == SipFrame.Broken)
                    return frames;
            }
            pending = [.. buffer.ToArray()];
        }
        return frames;
    }
}
