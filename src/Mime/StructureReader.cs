using System.Buffers;

namespace UnifiedMsg.Mime;

/// <summary>
/// Reads the part tree of a message in one pass. Broken MIME becomes what RFC 2045 §5.2 says of it: plain text. The line end
/// before a boundary belongs to the boundary (RFC 2046 §5.1.1).
/// </summary>
internal ref struct StructureReader
{
    private const int EndOfMessage = -1;
    private const int NoHit = -2;

    private readonly List<byte[]> _boundaries;
    private LineScanner _lines;
    private long _headerOctets;
    private int _parts;
    private int _lineCount;
    private int _lastLineEnd;

    // Where the last body ended: which boundary was met, whether it closes, and the content's end before it.
    private int _hit;
    private bool _closing;
    private long _contentEnd;
    private int _contentLines;

    public StructureReader(LineScanner lines)
    {
        _lines = lines;
        _boundaries = [];
    }

    /// <summary>Reads the whole message.</summary>
    public MessagePart ReadMessage(out Envelope envelope) => ReadEntity(0, false, true, out envelope!);

    private MessagePart ReadEntity(int depth, bool inDigest, bool isMessage, out Envelope? envelope)
    {
        _parts++;
        var headerOffset = _lines.NextOffset;
        var header = ReadHeader();
        envelope = isMessage ? EnvelopeReader.Read(header) : null;
        var fields = ContentFields.Read(header, inDigest);
        var bodyOffset = _hit == NoHit ? _lines.NextOffset : Math.Max(_contentEnd, headerOffset);
        var firstLine = _hit == NoHit ? _lineCount : _contentLines;
        var children = Array.Empty<MessagePart>() as IReadOnlyList<MessagePart>;
        Envelope? inner = null;
        if (_hit == NoHit) children = ReadBody(depth, ref fields, out inner);
        else fields = fields.IsMultipart || fields.IsMessage ? fields.AsText() : fields;
        // A boundary right after the blank line shares that line end with it: the body is empty, and so no parent ends before it.
        _contentEnd = Math.Max(_contentEnd, bodyOffset);
        return new MessagePart(
            fields.Type, fields.Subtype, fields.Parameters, fields.Id, fields.Description, fields.Encoding, fields.Md5,
            fields.Disposition, fields.DispositionParameters, fields.Languages, fields.Location, headerOffset, bodyOffset,
            _contentEnd - bodyOffset, Math.Max(0, _contentLines - firstLine), children, inner);
    }

    private IReadOnlyList<MessagePart> ReadBody(int depth, ref ContentFields fields, out Envelope? inner)
    {
        inner = null;
        var boundary = fields.Boundary;
        if (depth >= SummaryLimits.MaxDepth || _parts >= SummaryLimits.MaxParts)
        {
            if (fields.IsMultipart || fields.IsMessage) fields = fields.AsOpaque();
        }
        else if (fields.IsMultipart && boundary is not null)
        {
            var children = ReadMultipart(depth, boundary, fields.Subtype == "digest");
            if (children.Count == 0) fields = fields.AsText();
            return children;
        }
        else if (fields.IsMessage && fields.IsIdentity)
        {
            return [ReadEntity(depth + 1, false, true, out inner)];
        }
        else if (fields.IsMultipart)
        {
            fields = fields.AsText();
        }
        else if (fields.IsMessage)
        {
            // RFC 2046 §5.2.1 allows only 7bit, 8bit and binary here: the message inside can't be addressed by offsets.
            fields = fields.AsOpaque();
        }

        SkipBody();
        return [];
    }

    private List<MessagePart> ReadMultipart(int depth, byte[] boundary, bool digest)
    {
        var children = new List<MessagePart>();
        var mine = _boundaries.Count;
        _boundaries.Add(boundary);
        SkipBody();
        while (_hit == mine && !_closing && _parts < SummaryLimits.MaxParts)
            children.Add(ReadEntity(depth + 1, digest, false, out _));
        _boundaries.RemoveAt(mine);
        if (_hit == mine) SkipBody();
        return children;
    }

    // A boundary in the header means that the part has no body; the header then ends there.
    private HeaderBlock ReadHeader()
    {
        var octets = new ArrayBufferWriter<byte>(512);
        _hit = NoHit;
        while (true)
        {
            if (!NextLine()) break;
            if (_hit != NoHit) break;
            var line = _lines.Line;
            if (_lines.AtLineStart && line.Length == _lines.LineEnd) break;
            var room = (int)Math.Min(
                SummaryLimits.MaxHeaderOctets - octets.WrittenCount, SummaryLimits.MaxAllHeaderOctets - _headerOctets);
            if (room <= 0) continue;
            var taken = line[..Math.Min(room, line.Length)];
            octets.Write(taken);
            _headerOctets += taken.Length;
        }

        return new HeaderBlock(octets.WrittenMemory);
    }

    private void SkipBody()
    {
        _hit = NoHit;
        while (_hit == NoHit)
            if (!NextLine()) return;
    }

    // Goes to the next line; notes a boundary or the end of the message in _hit.
    private bool NextLine()
    {
        if (!_lines.Next())
        {
            SetHit(EndOfMessage, true, _lines.NextOffset, _lineCount);
            return false;
        }

        if (_boundaries.Count > 0 && _lines.AtLineStart && _lines.Line.StartsWith("--"u8))
        {
            var hit = FindBoundary(_lines.Line[2..], out var closing);
            if (hit >= 0) SetHit(hit, closing, _lines.Offset - _lastLineEnd, _lineCount - (_lastLineEnd > 0 ? 1 : 0));
        }

        if (_lines.LineEnd > 0) _lineCount++;
        _lastLineEnd = _lines.LineEnd;
        return true;
    }

    private void SetHit(int hit, bool closing, long contentEnd, int contentLines)
    {
        _hit = hit;
        _closing = closing;
        _contentEnd = contentEnd;
        _contentLines = contentLines;
    }

    // The innermost multipart is tried first; an outer one's boundary ends all within it (RFC 2046 §5.1.2).
    private readonly int FindBoundary(ReadOnlySpan<byte> line, out bool closing)
    {
        closing = false;
        var text = line.TrimEnd(" \t\r\n"u8);
        for (var i = _boundaries.Count - 1; i >= 0; i--)
        {
            var boundary = _boundaries[i].AsSpan();
            if (!text.StartsWith(boundary)) continue;
            var rest = text[boundary.Length..];
            if (rest.IsEmpty) return i;
            if (!rest.SequenceEqual("--"u8)) continue;
            closing = true;
            return i;
        }

        return NoHit;
    }
}
