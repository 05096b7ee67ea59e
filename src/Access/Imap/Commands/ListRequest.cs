using UnifiedMsg.Access.Imap.Wire;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>The arguments of LIST, extended or not. RFC 9051 §6.3.9, RFC 5258.</summary>
internal sealed class ListRequest
{
    // Each pattern is matched with each folder.
    private const int MaxPatterns = 32;

    public bool OnlySubscribed { get; private set; }

    public bool OnlySpecialUse { get; private set; }

    public bool RecursiveMatch { get; private set; }

    public bool ReturnSubscribed { get; private set; }

    public string Reference { get; private set; } = "";

    public List<string> Patterns { get; } = [];

    /// <summary>What STATUS is to tell of each, or null.</summary>
    public List<string>? Status { get; private set; }

    public static bool TryParse(WireReader reader, out ListRequest request)
    {
        var list = request = new ListRequest();
        if (!reader.Expect(' ')) return false;
        if (reader.Sees('(') && !(reader.TryList(() => list.TrySelection(reader)) && reader.Expect(' '))) return false;
        if (!reader.TryAString(out var reference) || !reader.Expect(' ')) return false;
        list.Reference = reference;
        var patterns = reader.Sees('(') ? reader.TryList(() => list.TryPattern(reader), MaxPatterns) : list.TryPattern(reader);
        if (!patterns) return false;
        if (reader.Take(' ') && !(reader.TakeWord("RETURN"u8) && reader.Expect(' ') && reader.TryList(() => list.TryReturn(reader))))
            return reader.Fail("Bad RETURN options");
        if (list.RecursiveMatch && !list.OnlySubscribed) return reader.Fail("RECURSIVEMATCH needs SUBSCRIBED");
        return reader.ExpectEnd();
    }

    private bool TryPattern(WireReader reader)
    {
        if (!reader.TryListPattern(out var pattern)) return false;
        if (pattern.Length > ImapLimits.MailboxNameOctets) return reader.Fail("The pattern is too long");
        Patterns.Add(pattern);
        return true;
    }

    private bool TrySelection(WireReader reader)
    {
        if (!reader.TryKeyword(out var word)) return false;
        switch (word)
        {
            case "SUBSCRIBED":
                OnlySubscribed = ReturnSubscribed = true;
                return true;
            case "SPECIAL-USE":
                return OnlySpecialUse = true;
            case "RECURSIVEMATCH":
                return RecursiveMatch = true;
            case "REMOTE":
                // There are no mailboxes elsewhere.
                return true;
            default:
                return reader.Fail($"Unknown selection option {word}");
        }
    }

    private bool TryReturn(WireReader reader)
    {
        if (!reader.TryKeyword(out var word)) return false;
        switch (word)
        {
            case "SUBSCRIBED":
                return ReturnSubscribed = true;
            case "CHILDREN" or "SPECIAL-USE":
                // These are told in any case.
                return true;
            case "STATUS":
                if (!reader.Expect(' ') || !StatusItems.TryParse(reader, out var items)) return false;
                Status = items;
                return true;
            default:
                return reader.Fail($"Unknown return option {word}");
        }
    }
}
