using System.IO.Pipelines;
using UnifiedMsg.Network;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Delivery.Smtp.Intake;

/// <summary>A message that comes in the chunks of several BDAT commands (RFC 3030): they go into a pipe that is staged at its other end.</summary>
internal sealed class ChunkedMessage : IAsyncDisposable
{
    private readonly Pipe _pipe = new();
    private readonly Task<IntakeResult> _staging;
    private bool _isTaken;

    public ChunkedMessage(Func<Stream, Task<IntakeResult>> stage) => _staging = StageAsync(stage);

    /// <summary>Adds one chunk; once the message has been refused, chunks are only read.</summary>
    public async ValueTask AddAsync(LiteralStream chunk, CancellationToken cancellationToken)
    {
        while (chunk.Remaining > 0)
        {
            var read = await chunk.ReadAsync(_pipe.Writer.GetMemory(4096), cancellationToken);
            _pipe.Writer.Advance(read);
            var flush = await _pipe.Writer.FlushAsync(cancellationToken);
            if (flush.IsCompleted)
                await chunk.DrainAsync(cancellationToken);
        }
    }

    /// <summary>There are no more chunks.</summary>
    public async ValueTask<IntakeResult> CompleteAsync()
    {
        _isTaken = true;
        await _pipe.Writer.CompleteAsync();
        return await _staging;
    }

    /// <summary>Gives up a message that is not complete.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isTaken)
            return;
        await _pipe.Writer.CompleteAsync(new IOException("the message was given up"));
        try
        {
            var result = await _staging;
            if (result.Content is not null)
                await result.Content.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or ContentException)
        {
            // The first is how the staging learns that the message was given up; a fault before that has no reply to go to any more.
        }
    }

    private async Task<IntakeResult> StageAsync(Func<Stream, Task<IntakeResult>> stage)
    {
        try
        {
            return await stage(_pipe.Reader.AsStream(leaveOpen: true));
        }
        finally
        {
            // Frees a writer that waits for room.
            await _pipe.Reader.CompleteAsync();
        }
    }
}
