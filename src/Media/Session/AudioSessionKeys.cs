using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Session;

/// <summary>What a call flow does with keys.</summary>
public static class AudioSessionKeys
{
    /// <summary>Plays a clip until it ends or one of <paramref name="keys"/> is pressed; others are ignored.</summary>
    /// <returns>The key that stopped it, or null.</returns>
    /// <exception cref="OperationCanceledException">The token fired, or the session was closed.</exception>
    public static async Task<char?> PlayUntilKeyAsync(this AudioSession session, AudioClip clip, string keys, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pressed = session.NextKeyAsync(keys, stop.Token);
        var played = session.PlayAsync(clip, stop.Token);
        await Task.WhenAny(pressed, played);
        await stop.CancelAsync();
        try
        {
            await played;
        }
        catch (OperationCanceledException) when (pressed.IsCompletedSuccessfully && !cancellationToken.IsCancellationRequested)
        {
            return await pressed;
        }
        try
        {
            return await pressed;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Waits for one of <paramref name="keys"/>; others are ignored.</summary>
    /// <exception cref="OperationCanceledException">The token fired, or the session was closed.</exception>
    public static async Task<char> NextKeyAsync(this AudioSession session, string keys, CancellationToken cancellationToken)
    {
        await foreach (var key in session.Keys.ReadAllAsync(cancellationToken))
        {
            if (keys.Contains(key, StringComparison.Ordinal))
                return key;
        }
        throw new OperationCanceledException("The session was closed");
    }

    /// <summary>Reads digits until the terminator, the last one, or a pause.</summary>
    /// <param name="session">The call.</param>
    /// <param name="most">How many digits at most.</param>
    /// <param name="terminator">The key that ends the entry; not part of it.</param>
    /// <param name="wait">How long to wait for each key.</param>
    /// <param name="time">The clock of the wait.</param>
    /// <param name="cancellationToken">That of the call.</param>
    /// <returns>What was pressed; empty when nothing was.</returns>
    /// <exception cref="OperationCanceledException">The token fired, or the session was closed.</exception>
    public static async Task<string> ReadDigitsAsync(
        this AudioSession session, int most, char terminator, TimeSpan wait, TimeProvider time, CancellationToken cancellationToken)
    {
        var digits = "";
        while (digits.Length < most)
        {
            using var pause = new CancellationTokenSource(wait, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(pause.Token, cancellationToken);
            try
            {
                var key = await session.NextKeyAsync("0123456789*#ABCD", either.Token);
                if (key == terminator)
                    break;
                digits += key;
            }
            catch (OperationCanceledException) when (pause.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                break;
            }
        }
        return digits;
    }
}
