using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using UnifiedMsg.Mime;

namespace UnifiedMsg.Store.Threads;

/// <summary>
/// The numbers by which a message finds its thread: one for each message id that it has or refers to, together with its base subject.
/// RFC 8621 §3: messages are of one thread if they have an id in common and the same base subject.
/// </summary>
internal static class ThreadKeys
{
    // A long discussion names hundreds of ids; the first and the latest ones find the thread as well, at the cost of as many statements.
    private const int MaxReferences = 8;
    private const int MaxInReplyTo = 2;
    private const int MaxIdLength = 998; // RFC 5322 §2.1.1: a line

    public static long[] Of(Envelope envelope) => Of(envelope.Subject, envelope.MessageId, envelope.InReplyTo, envelope.References);

    public static long[] Of(string? subject, string? messageId, string? inReplyTo, string? references)
    {
        List<string> ids = Ids(references);
        if (ids.Count > MaxReferences)
            ids.RemoveRange(1, ids.Count - MaxReferences);
        ids.AddRange(Ids(inReplyTo).Take(MaxInReplyTo));
        ids.AddRange(Ids(messageId).Take(1));
        if (ids.Count == 0)
            return [];
        string suffix = "\n" + BaseSubject.Of(subject);
        return [.. ids.Select(id => Hash(id + suffix)).Distinct()];
    }

    // A strong hash, since message ids are strangers' to choose: nobody makes a message that falls into a thread it does not know.
    private static long Hash(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return BinaryPrimitives.ReadInt64BigEndian(hash);
    }

    // msg-id = "<" id-left "@" id-right ">"; what stands between and around them is passed over.
    private static List<string> Ids(string? field)
    {
        var ids = new List<string>();
        ReadOnlySpan<char> rest = field;
        while (rest.IndexOf('<') is var start and >= 0)
        {
            rest = rest[(start + 1)..];
            int end = rest.IndexOfAny('<', '>');
            if (end < 0)
                break;
            if (rest[end] == '>' && end is > 0 and <= MaxIdLength)
                ids.Add(rest[..end].ToString());
            rest = rest[(rest[end] == '<' ? end : end + 1)..];
        }
        return ids;
    }
}
