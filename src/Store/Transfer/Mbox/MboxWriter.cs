using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Transfer.Mbox;

/// <summary>
/// Writes an mboxrd file under another name, and gives it its own when it is whole. Lines end in LF, as mailers on Unix expect it, where
/// those of the message all end in CRLF; else they stay as they are.
/// </summary>
internal sealed class MboxWriter(string file) : IExportFolder
{
    private const int BufferSize = 128 << 10;

    private readonly FileStream _stream = Begin(file + ".part");

    /// <inheritdoc/>
    public bool Has(Item item, uint uidValidity) => false;

    /// <inheritdoc/>
    public async Task WriteAsync(Item item, uint uidValidity, Stream content, string? seal, CancellationToken cancellationToken)
    {
        LineEnds ends = await EndsOfAsync(content, cancellationToken);
        content.Position = 0;
        _stream.Write(FromLine.Format(item.InternalDate));
        _stream.Write(MboxHeader.Format(item, ends, seal));
        var lines = new LinePieces(content);
        bool isOpen = false;
        while (await lines.NextAsync(cancellationToken))
        {
            if (lines.IsLineStart && FromLine.Quotes(lines.Piece) is >= 0 and < FromLine.MaxQuotes)
                _stream.WriteByte((byte)'>');
            _stream.Write(ends == LineEnds.AllCrLf ? lines.Text : lines.Piece);
            if (ends == LineEnds.AllCrLf && lines.LineEnd > 0)
                _stream.WriteByte((byte)'\n');
            isOpen = lines.LineEnd == 0;
        }
        _stream.Write(isOpen ? "\n\n"u8 : "\n"u8);
    }

    /// <inheritdoc/>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await _stream.FlushAsync(cancellationToken);
        _stream.Flush(flushToDisk: true);
        await _stream.DisposeAsync();
        File.Move(file + ".part", file, overwrite: true);
        PrivateFiles.SyncDirectory(Path.GetDirectoryName(file)!);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    // What an earlier run left half written begins anew. What is new can't be a link that leads elsewhere.
    private static FileStream Begin(string part)
    {
        File.Delete(part);
        return PrivateFiles.Open(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferSize);
    }

    private static async ValueTask<LineEnds> EndsOfAsync(Stream content, CancellationToken cancellationToken)
    {
        content.Position = 0;
        var lines = new LinePieces(content);
        while (await lines.NextAsync(cancellationToken))
        {
            if (lines.LineEnd == 1)
                return LineEnds.AsTheyAre;
        }
        return LineEnds.AllCrLf;
    }
}
