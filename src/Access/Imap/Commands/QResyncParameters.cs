using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Access.Imap.Wire;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>What a client that knew the mailbox before says of it. RFC 7162 §3.2.5.</summary>
/// <param name="UidValidity">The UIDVALIDITY that it knows.</param>
/// <param name="ModSeq">The change number up to which it knows.</param>
/// <param name="KnownUids">The UIDs that it knows, or null for all.</param>
internal sealed record QResyncParameters(uint UidValidity, long ModSeq, SequenceSet? KnownUids)
{
    /// <summary>Reads <c>SP "(" select-param *(SP select-param) ")"</c>.</summary>
    public static bool TryParse(ImapSession session, WireReader reader, out QResyncParameters? parameters)
    {
        QResyncParameters? found = null;
        var done = reader.TryList(() =>
        {
            if (reader.TakeWord("CONDSTORE"u8)) return session.CondStore = true;
            if (!reader.TakeWord("QRESYNC"u8)) return reader.Fail("Unknown select parameter");
            if (!session.QResync) return reader.Fail("Enable QRESYNC first");
            return reader.Expect(' ') && TryQResync(reader, out found);
        });
        parameters = found;
        return done;
    }

    private static bool TryQResync(WireReader reader, out QResyncParameters? parameters)
    {
        parameters = null;
        if (!reader.Expect('(') || !reader.TryNumber(out uint validity) || !reader.Expect(' ') || !reader.TryNumber(out long modSeq)) return false;
        SequenceSet? known = null;
        if (reader.Take(' '))
        {
            if (!reader.Sees('('))
            {
                if (!SequenceSet.TryParse(reader, out known)) return false;
                if (reader.Take(' ') && !TrySequenceMatch(reader)) return false;
            }
            else if (!TrySequenceMatch(reader))
            {
                return false;
            }
        }

        parameters = new QResyncParameters(validity, modSeq, known);
        return reader.Expect(')');
    }

    // The pairs only spare us from telling of UIDs long gone; we keep what is gone exactly and don't need them.
    private static bool TrySequenceMatch(WireReader reader) =>
        reader.Expect('(') && SequenceSet.TryParse(reader, out _) && reader.Expect(' ') && SequenceSet.TryParse(reader, out _) && reader.Expect(')');
}
