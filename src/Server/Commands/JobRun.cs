using UnifiedMsg.Server.Administration;

namespace UnifiedMsg.Server.Commands;

/// <summary>Follows a job to its end, telling how it stands meanwhile.</summary>
internal static class JobRun
{
    /// <summary>Waits for the end of a job. When interrupted, asks it to end and waits for that.</summary>
    /// <param name="administration">Where it runs.</param>
    /// <param name="state">As it began.</param>
    /// <param name="onState">Called whenever it changed.</param>
    /// <param name="standing">What to say of how far it is when it can't be done; null for nothing.</param>
    /// <param name="cancellationToken">Interrupts.</param>
    /// <exception cref="CommandException">It could not be done.</exception>
    public static async Task<JobState> FollowAsync(
        IAdministration administration, JobState state, Action<JobState>? onState, Func<JobState, string?>? standing, CancellationToken cancellationToken)
    {
        var asked = false;
        while (!state.Ended)
        {
            if (cancellationToken.IsCancellationRequested && !asked)
            {
                asked = true;
                await administration.StopJobAsync(state.Id, CancellationToken.None);
            }
            var version = state.Version;
            // Not broken off: it lasts a second at the most, and one that nobody waits for any more could be the one that is told the end.
            state = await administration.PollJobAsync(new JobPoll(state.Id, version), CancellationToken.None);
            if (state.Version != version)
                onState?.Invoke(state);
        }
        if (state.Fault is not null)
            throw new CommandException(ExitCode.Wrong, $"internal error, please report it: {state.Fault}");
        if (state.Refusal is null)
            return state;
        var where = standing?.Invoke(state) is { } far ? $" ({far})" : "";
        throw new CommandException(asked ? ExitCode.Interrupted : ExitCode.Wrong, state.Refusal + where);
    }
}
