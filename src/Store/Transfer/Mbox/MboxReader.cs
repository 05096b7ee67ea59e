namespace UnifiedMsg.Store.Transfer.Mbox;

/// <summary>A message out of an mbox file.</summary>
/// <param name="Offset">Where its From_ line is in the file.</param>
/// <param name="Header">What its header said.</param>
/// <param name="Date">The date of its From_ line, or null when that has none.</param>
/// <param name="Content">Its octets.</param>
internal sealed record MboxMessage(long Offset, MboxHeader Header, DateTimeOffset? Date, SpooledContent Content);

/// <summary>
/// Splits an mbox file of any kind: mboxo and mboxrd by their From_ lines, mboxcl and mboxcl2 by their Content-Length where it leads to the
/// next From_ line. Reads on behind whatever is damaged. RFC 4155.
/// </summary>
/// <param name="file">The file; seekable, so that a Content-Length can be tried.</param>
/// <param name="newContent">Makes the place for a message.</param>
/// <param name="onDamage">Takes the place and what is wrong there.</param>
internal sealed class MboxReader(Stream file, Func<SpooledContent> newContent, Action<long, string> onDamage)
{
    /// <summary>A header that is longer is taken as it is: what mailers write for themselves is at its beginning.</summary>
    private const int MaxHeader = 1 << 20;

    private readonly LinePieces _lines = new(file);
    private bool _begun;
    private bool _more;
    private long _offset;
    private DateTimeOffset? _date;

    /// <summary>Where the reading is.</summary>
    public long Position => _lines.Offset;

    /// <summary>The next message, or null at the end. Its content is the caller's.</summary>
    public async ValueTask<MboxMessage?> NextAsync(CancellationToken cancellationToken)
    {
        if (!_begun)
        {
            _begun = true;
            await FindFirstAsync(cancellationToken);
        }
        if (!_more)
            return null;
        (long offset, DateTimeOffset? date) = (_offset, _date);
        SpooledContent content = newContent();
        try
        {
            return new MboxMessage(offset, await ReadMessageAsync(content, cancellationToken), date, content);
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    private async ValueTask FindFirstAsync(CancellationToken cancellationToken)
    {
        bool afterBlank = true;
        bool isTold = false;
        while (await _lines.NextAsync(cancellationToken))
        {
            // The very first line may have lost its date; what else could it be?
            bool isFirst = _lines.Offset == 0 && _lines.Piece.StartsWith("From "u8);
            if (_lines.IsLineStart && ((afterBlank && IsFromLine()) || isFirst))
            {
                Begin();
                return;
            }
            if (!_lines.IsBlank && !isTold)
            {
                onDamage(_lines.Offset, "this is not the beginning of a message; passed over up to the next one");
                isTold = true;
            }
            afterBlank = _lines.IsLineStart ? _lines.IsBlank : afterBlank && _lines.LineEnd == 0;
        }
    }

    private bool IsFromLine() => _lines.IsLineStart && FromLine.TryParse(_lines.Piece, out _);

    private void Begin()
    {
        _more = true;
        _offset = _lines.Offset;
        _date = FromLine.TryParse(_lines.Piece, out DateTimeOffset date) ? date : null;
    }

    private async ValueTask<MboxHeader> ReadMessageAsync(SpooledContent content, CancellationToken cancellationToken)
    {
        var octets = new MemoryStream();
        bool isOpen = true; // Whether the header goes on.
        _more = false;
        bool any;
        while ((any = await _lines.NextAsync(cancellationToken)) && isOpen)
        {
            if (_lines.IsBlank || octets.Length > MaxHeader)
                break;
            // A message that lost its end, with the next one right behind it.
            if (IsFromLine())
            {
                isOpen = false;
                break;
            }
            // In the headers of others a quoted line is what it is.
            int quotes = _lines.IsLineStart && MboxHeader.IsOwn(octets) ? FromLine.Quotes(_lines.Piece) : 0;
            octets.Write(_lines.Piece[(quotes > 0 ? 1 : 0)..]);
        }
        MboxHeader header = MboxHeader.Read(octets.ToArray());
        WriteText(content, header.Octets, header.LineEnds);
        if (any && !isOpen)
        {
            onDamage(_lines.Offset, "a message begins in the header of another one, which is cut off here");
            Begin();
        }
        else if (any)
            await ReadBodyAsync(content, header, cancellationToken);
        CheckSize(content, header);
        return header;
    }

    private async ValueTask ReadBodyAsync(SpooledContent content, MboxHeader header, CancellationToken cancellationToken)
    {
        // The line at hand is the empty one after the header, or where a header became too long.
        bool isQuoted = true;
        long bodyEnd = -1;
        if (_lines.IsBlank && header.ContentLength is { } length)
            (bodyEnd, isQuoted) = await TryLengthAsync(_lines.Offset + _lines.Piece.Length, length, cancellationToken);
        var previous = LineBefore.Text;
        bool isFirst = true;
        long blankAt = 0;
        do
        {
            bool isInside = _lines.Offset < bodyEnd;
            if (!isFirst && !isInside && (bodyEnd >= 0 || previous != LineBefore.Text) && IsFromLine())
            {
                TrimBlank(content, previous, blankAt);
                Begin();
                return;
            }
            if (_lines.IsLineStart)
            {
                previous = !_lines.IsBlank || isInside ? LineBefore.Text : isFirst ? LineBefore.Header : LineBefore.Blank;
                blankAt = content.Length;
            }
            int quotes = _lines.IsLineStart && isQuoted ? FromLine.Quotes(_lines.Piece) : 0;
            WriteLine(content, _lines.Piece[(quotes > 0 ? 1 : 0)..], header.LineEnds);
            isFirst = false;
        }
        while (await _lines.NextAsync(cancellationToken));
        TrimBlank(content, previous, blankAt);
        if (bodyEnd < 0 && header.ContentLength is { } said && _lines.Offset < said)
            onDamage(_lines.Offset, "the file ends before the message does; what is there is imported");
    }

    // The empty line before the next message is not the message's.
    private static void TrimBlank(SpooledContent content, LineBefore previous, long blankAt)
    {
        if (previous == LineBefore.Blank && !content.IsTooLarge)
            content.Trim(blankAt);
    }

    // mboxcl quotes From_ lines, mboxcl2 does not: where one stands unquoted, nothing in the body is quoted.
    private async ValueTask<(long End, bool IsQuoted)> TryLengthAsync(long start, long length, CancellationToken cancellationToken)
    {
        long end = start + length;
        long returnTo = file.Position;
        try
        {
            if (end > file.Length || end < start || !await IsEndAsync(end, cancellationToken))
                return (-1, true);
            file.Position = start;
            var lines = new LinePieces(new BoundedStream(file, length));
            while (await lines.NextAsync(cancellationToken))
            {
                if (lines.IsLineStart && FromLine.TryParse(lines.Piece, out _))
                    return (end, false);
            }
            return (end, true);
        }
        finally
        {
            file.Position = returnTo;
        }
    }

    private async ValueTask<bool> IsEndAsync(long position, CancellationToken cancellationToken)
    {
        file.Position = position;
        var next = new byte[7];
        int read = await file.ReadAtLeastAsync(next, next.Length, throwOnEndOfStream: false, cancellationToken);
        ReadOnlySpan<byte> rest = next.AsSpan(0, read).TrimStart("\r\n"u8);
        return rest.IsEmpty || rest.StartsWith("From "u8);
    }

    private static void WriteText(SpooledContent content, ReadOnlySpan<byte> text, LineEnds ends)
    {
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..(end + 1)];
            WriteLine(content, line, ends);
            text = text[line.Length..];
        }
    }

    private static void WriteLine(SpooledContent content, ReadOnlySpan<byte> piece, LineEnds ends)
    {
        bool isWhole = piece.EndsWith("\n"u8);
        if (!isWhole || ends == LineEnds.AsTheyAre || (ends == LineEnds.Repair && piece.EndsWith("\r\n"u8)))
        {
            content.Write(piece);
            return;
        }
        content.Write(piece[..^1]);
        content.Write("\r\n"u8);
    }

    // Our own export says how long the message was; line ends that the file needed are more than that.
    private void CheckSize(SpooledContent content, MboxHeader header)
    {
        if (header.Size is not { } size || content.IsTooLarge)
            return;
        if (content.Length > size && content.Length - size <= 4)
            content.Trim(size);
        else if (content.Length != size)
            onDamage(_lines.Offset, $"a message that had {size} octets has {content.Length}; what is there is imported");
    }

    private enum LineBefore
    {
        Text,
        Header,
        Blank,
    }
}
