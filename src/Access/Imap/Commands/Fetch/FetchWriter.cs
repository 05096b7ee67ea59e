using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Access.Imap.Wire;
using UnifiedMsg.Mime;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Access.Imap.Commands.Fetch;

/// <summary>Writes the FETCH response of one message. Content goes from the store's stream to the client piece by piece.</summary>
internal sealed class FetchWriter(ImapSession session, IReadOnlyList<FetchItem> items)
{
    private readonly ResponseWriter _writer = session.Writer;

    /// <summary>Whether a summary is needed.</summary>
    public bool NeedsSummary { get; } = items.Any(i => i.Kind is FetchKind.Envelope or FetchKind.Body or FetchKind.BodyStructure or FetchKind.Preview
        or FetchKind.Binary or FetchKind.BinarySize || (i.Section is not null && (i.Section.Part.Count > 0 || i.Section.Text != SectionText.All)));

    /// <summary>Whether the content is needed.</summary>
    public bool NeedsContent { get; } = items.Any(i => i.Section is not null);

    /// <summary>Writes the response, or nothing when the message is gone or can't be read.</summary>
    public async ValueTask<FetchOutcome> WriteAsync(int number, Item item, MessageSummary? summary, bool flagsChanged, CancellationToken cancellationToken)
    {
        if (NeedsSummary && summary is null) return await FindLackAsync(item, cancellationToken);
        var (opened, outcome) = NeedsContent ? await OpenAsync(item, summary, cancellationToken) : (null, FetchOutcome.Written);
        if (outcome != FetchOutcome.Written) return outcome;
        await using var content = opened;
        _writer.Raw("* "u8).Number(number).Raw(" FETCH ("u8);
        var first = true;
        foreach (var wanted in items)
        {
            if (!first) _writer.Raw(" "u8);
            first = false;
            if (wanted.Section is null) WriteSimple(wanted, item, summary);
            else await WriteSectionAsync(wanted, item, summary, content!, cancellationToken);
        }

        if (flagsChanged && !items.Any(i => i.Kind == FetchKind.Flags))
        {
            _writer.Raw(" "u8);
            ChangeAnnouncer.WriteFlagsItem(_writer, item);
        }

        _writer.Raw(")\r\n"u8);
        return FetchOutcome.Written;
    }

    // Why a message has no summary: it is gone, or its content is lost too.
    private async ValueTask<FetchOutcome> FindLackAsync(Item item, CancellationToken cancellationToken)
    {
        try
        {
            await using var content = await session.Store.OpenContentAsync(item.Id, cancellationToken);
            return content is null ? FetchOutcome.Gone : FetchOutcome.Unreadable;
        }
        catch (ContentException)
        {
            return FetchOutcome.Unreadable;
        }
    }

    // A literal that was announced can't be taken back, so whether it can be read must be known before the response begins.
    private async ValueTask<(Stream? Content, FetchOutcome Outcome)> OpenAsync(Item item, MessageSummary? summary, CancellationToken cancellationToken)
    {
        Stream? content = null;
        try
        {
            content = await session.Store.OpenContentAsync(item.Id, cancellationToken);
            if (content is null) return (null, FetchOutcome.Gone);
            if (content is IVerifiedContent verified)
            {
                foreach (var wanted in items)
                {
                    var (offset, count) = RangeOf(wanted, item, summary);
                    await verified.VerifyAsync(offset, count, cancellationToken);
                }
            }

            return (content, FetchOutcome.Written);
        }
        catch (ContentException)
        {
            // The store has logged which content it is and what is wrong with it.
            if (content is not null) await content.DisposeAsync();
            return (null, FetchOutcome.Unreadable);
        }
    }

    // What of the content an item of the response is made of.
    private static (long Offset, long Count) RangeOf(FetchItem wanted, Item item, MessageSummary? summary)
    {
        if (wanted.Section is not { } section) return default;
        if (wanted.Kind is FetchKind.Binary or FetchKind.BinarySize)
        {
            if (section.Part.Count == 0) return (0, item.Size);
            return SectionLocator.FindPart(summary!.Body, section.Part) is { } part ? (part.BodyOffset, part.BodyLength) : default;
        }

        long offset = 0, length = item.Size;
        if (summary is not null && !SectionLocator.TryLocate(summary.Body, item.Size, section, out offset, out length)) return default;
        if (section.Text is SectionText.Fields or SectionText.FieldsNot) return (offset, length);
        var (skip, take) = Partial(wanted, length);
        return (offset + skip, take);
    }

    private void WriteSimple(FetchItem wanted, Item item, MessageSummary? summary)
    {
        switch (wanted.Kind)
        {
            case FetchKind.Uid:
                _writer.Raw("UID "u8).Number(item.Uid);
                break;
            case FetchKind.Flags:
                ChangeAnnouncer.WriteFlagsItem(_writer, item);
                break;
            case FetchKind.InternalDate:
                _writer.Raw("INTERNALDATE \""u8).Text(ImapDate.Format(item.InternalDate)).Raw("\""u8);
                break;
            case FetchKind.Size:
                _writer.Raw("RFC822.SIZE "u8).Number(item.Size);
                break;
            case FetchKind.ModSeq:
                _writer.Raw("MODSEQ ("u8).Number(item.ModSeq).Raw(")"u8);
                break;
            case FetchKind.EmailId:
                _writer.Text($"EMAILID ({ObjectId.Email(item)})");
                break;
            case FetchKind.ThreadId:
                _writer.Text(ObjectId.Thread(item) is { } thread ? $"THREADID ({thread})" : "THREADID NIL");
                break;
            case FetchKind.Envelope:
                _writer.Raw("ENVELOPE "u8);
                StructureWriter.WriteEnvelope(_writer, summary!.Envelope);
                break;
            case FetchKind.Preview:
                _writer.Raw("PREVIEW "u8).String(summary!.Preview);
                break;
            default:
                _writer.Text(wanted.Label).Raw(" "u8);
                StructureWriter.WriteBody(_writer, summary!.Body, wanted.Kind == FetchKind.BodyStructure);
                break;
        }
    }

    private async ValueTask WriteSectionAsync(
        FetchItem wanted, Item item, MessageSummary? summary, Stream content, CancellationToken cancellationToken)
    {
        _writer.Text(wanted.Label).Raw(" "u8);
        if (wanted.Kind is FetchKind.Binary or FetchKind.BinarySize)
        {
            await WriteBinaryAsync(wanted, item, summary!, content, cancellationToken);
            return;
        }

        var section = wanted.Section!;
        long offset = 0, length = item.Size;
        if (summary is not null && !SectionLocator.TryLocate(summary.Body, item.Size, section, out offset, out length))
        {
            _writer.Raw("NIL"u8);
            return;
        }

        if (section.Text is SectionText.Fields or SectionText.FieldsNot)
        {
            var part = section.Part.Count == 0 ? summary!.Body : SectionLocator.FindPart(summary!.Body, section.Part)!.Children[0];
            var header = await MessageText.ReadHeaderAsync(content, part, cancellationToken);
            var fields = FieldFilter.Select(header, section);
            var (start, count) = Partial(wanted, fields.Length);
            _writer.Literal(fields.Span.Slice((int)start, (int)count));
            return;
        }

        var (skip, take) = Partial(wanted, length);
        _writer.LiteralMark(take);
        content.Position = offset + skip;
        await _writer.CopyAsync(content, take, cancellationToken);
    }

    // RFC 3516: the part with its transfer encoding taken off. The size stands before the octets, so it is decoded twice rather than held.
    private async ValueTask WriteBinaryAsync(
        FetchItem wanted, Item item, MessageSummary summary, Stream content, CancellationToken cancellationToken)
    {
        var part = SectionLocator.FindPart(summary.Body, wanted.Section!.Part);
        var whole = wanted.Section.Part.Count == 0;
        if (part is null || (!whole && MessageText.OpenDecoded(content, part) is null))
        {
            _writer.Raw(wanted.Kind == FetchKind.BinarySize ? "0"u8 : "NIL"u8);
            return;
        }

        Stream Open() => whole ? content : MessageText.OpenDecoded(content, part)!;
        var size = whole ? item.Size : await CountAsync(Open(), cancellationToken);
        if (wanted.Kind == FetchKind.BinarySize)
        {
            _writer.Number(size);
            return;
        }

        var (skip, take) = Partial(wanted, size);
        _writer.Raw("~"u8).LiteralMark(take);
        content.Position = 0;
        var decoded = Open();
        await SkipAsync(decoded, skip, cancellationToken);
        await _writer.CopyAsync(decoded, take, cancellationToken);
    }

    private static (long Start, long Count) Partial(FetchItem wanted, long length)
    {
        if (wanted.PartialStart < 0) return (0, length);
        var start = Math.Min(wanted.PartialStart, length);
        return (start, Math.Min(wanted.PartialCount, length - start));
    }

    private static Task<long> CountAsync(Stream stream, CancellationToken cancellationToken) => SkipAsync(stream, long.MaxValue, cancellationToken);

    private static async Task<long> SkipAsync(Stream stream, long count, CancellationToken cancellationToken)
    {
        if (count == 0) return 0;
        var buffer = new byte[8192];
        long skipped = 0;
        while (skipped < count)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, count - skipped)), cancellationToken);
            if (read == 0) break;
            skipped += read;
        }

        return skipped;
    }
}
