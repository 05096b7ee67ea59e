using UnifiedMsg.Access.Imap.Session;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>ENABLE: extensions that change what the server sends. RFC 9051 §6.3.1, RFC 5161.</summary>
internal static class EnableCommand
{
    public static ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        var enabled = new List<string>();
        do
        {
            if (!reader.Expect(' ') || !reader.TryAtom(out var name)) return new(command.Wrong());
            name = name.ToUpperInvariant();
            if (Enable(session, name)) enabled.Add(name);
        }
        while (!reader.AtEnd);
        session.Writer.Text(string.Concat(enabled.Prepend("* ENABLED").Select((word, i) => i == 0 ? word : " " + word))).End();
        return new(Reply.Ok("Enabled"));
    }

    private static bool Enable(ImapSession session, string name)
    {
        switch (name)
        {
            case "CONDSTORE":
                session.CondStore = true;
                return true;
            case "QRESYNC":
                // RFC 7162 §3.2.3: it means CONDSTORE too.
                session.CondStore = session.QResync = true;
                return true;
            case "IMAP4REV2":
                session.Rev2 = session.Writer.Utf8 = true;
                return true;
            case "UTF8=ACCEPT":
                session.Writer.Utf8 = true;
                return true;
            default:
                return false;
        }
    }
}
