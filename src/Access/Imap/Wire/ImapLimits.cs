namespace UnifiedMsg.Access.Imap.Wire;

/// <summary>Limits of the wire syntax, each with its reason.</summary>
internal static class ImapLimits
{
    /// <summary>Octets of a command with its literals, the message of APPEND apart. RFC 9051 §4 asks for 8,192 at least; long
    /// UID sets of synchronising clients need more.</summary>
    public const int CommandOctets = 64 * 1024;

    /// <summary>The same before log-in: names, passwords and SASL responses are short.</summary>
    public const int CommandOctetsBeforeLogin = 16 * 1024;

    /// <summary>Search keys within keys; each level is a stack frame.</summary>
    public const int SearchNesting = 16;

    /// <summary>Items of one FETCH and keys of one SEARCH: more is no client's need, and each is work for every message.</summary>
    public const int ListItems = 256;

    /// <summary>Levels of a part number.</summary>
    public const int PartLevels = 40;

    /// <summary>Octets of a mailbox name.</summary>
    public const int MailboxNameOctets = 1024;

    /// <summary>Octets of a keyword: it is stored with every message that has it.</summary>
    public const int KeywordOctets = 100;

    /// <summary>Keywords in one command.</summary>
    public const int Keywords = 64;
}
