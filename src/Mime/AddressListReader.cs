using System.Text;

namespace UnifiedMsg.Mime;

/// <summary>Reads an address list into the form of IMAP's envelope. Takes what old and broken mailers write; never fails. RFC 5322 §3.4.</summary>
internal static class AddressListReader
{
    private const string Specials = "<>@,:;[";

    /// <summary>The addresses of a header value; none for null.</summary>
    public static IReadOnlyList<EnvelopeAddress> Read(string? value)
    {
        if (string.IsNullOrWhiteSpace(value)) return [];
        var addresses = new List<EnvelopeAddress>();
        var tokens = new HeaderTokenizer(value, Specials);
        var words = new StringBuilder();
        var inGroup = false;
        while (true)
        {
            var token = tokens.Next();
            if (token is HeaderToken.Word or HeaderToken.Quoted or HeaderToken.DomainLiteral)
            {
                AppendWord(words, ref tokens);
                continue;
            }

            var special = token == HeaderToken.End ? ',' : tokens.Text[0];
            switch (special)
            {
                case '<':
                    addresses.Add(ReadAngle(ref tokens, Take(words)));
                    break;
                case '@':
                    special = ReadBare(ref tokens, Take(words), addresses);
                    break;
                case ':' when !inGroup:
                    addresses.Add(new EnvelopeAddress(null, Take(words), null));
                    inGroup = true;
                    break;
            }

            if (special is ',' or ';' && words.Length > 0) addresses.Add(new EnvelopeAddress(null, Take(words), ""));
            if (special == ';' && inGroup)
            {
                addresses.Add(new EnvelopeAddress(null, null, null));
                inGroup = false;
            }

            if (special is ',' or ';') tokens.ForgetComment();
            if (token == HeaderToken.End) break;
        }

        if (inGroup) addresses.Add(new EnvelopeAddress(null, null, null));
        return addresses;
    }

    private static void AppendWord(StringBuilder words, ref HeaderTokenizer tokens)
    {
        if (words.Length > 0 && tokens.SpaceBefore) words.Append(' ');
        words.Append(tokens.Text);
    }

    private static string Take(StringBuilder words)
    {
        var text = words.ToString().Trim();
        words.Clear();
        return text;
    }

    // "<" [ "@" domain *( "," "@" domain ) ":" ] local-part "@" domain ">"; the route (RFC 5322 §4.4) is dropped.
    private static EnvelopeAddress ReadAngle(ref HeaderTokenizer tokens, string phrase)
    {
        var local = new StringBuilder();
        var domain = new StringBuilder();
        var part = local;
        HeaderToken token;
        while ((token = tokens.Next()) != HeaderToken.End)
        {
            if (token != HeaderToken.Special)
            {
                part.Append(tokens.Text);
                continue;
            }

            if (tokens.Text == ">") break;
            if (tokens.Text == "@") part = domain;
            if (tokens.Text == ":")
            {
                domain.Clear();
                local.Clear();
                part = local;
            }
        }

        return new EnvelopeAddress(phrase.Length == 0 ? null : phrase, local.ToString(), domain.ToString());
    }

    // local@domain without brackets, the name perhaps in a comment after it. Returns the character that ended it.
    private static char ReadBare(ref HeaderTokenizer tokens, string local, List<EnvelopeAddress> addresses)
    {
        var domain = new StringBuilder();
        tokens.ForgetComment();
        HeaderToken token;
        while ((token = tokens.Next()) is HeaderToken.Word or HeaderToken.DomainLiteral or HeaderToken.Quoted
               || (token == HeaderToken.Special && tokens.Text is not ("," or ";")))
        {
            if (token != HeaderToken.Special) domain.Append(tokens.Text);
        }

        addresses.Add(new EnvelopeAddress(tokens.Comment, local, domain.ToString()));
        return token == HeaderToken.End ? ',' : tokens.Text[0];
    }
}
