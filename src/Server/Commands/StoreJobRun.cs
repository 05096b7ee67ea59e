using UnifiedMsg.Server.Administration;

namespace UnifiedMsg.Server.Commands;

/// <summary>Has a job done and waits for its end, telling how it stands meanwhile.</summary>
internal static class StoreJobRun
{
    /// <summary>Runs a job to its end. When interrupted, asks it to end and waits for that.</summary>
    /// <exception cref="CommandException">It could not be done.</exception>
    public static async Task<StoreJobState> RunAsync(
        IAdministration administration, StoreJobOrder order, Action<StoreJobState>? onState, CancellationToken cancellationToken)
    {
        var state = await administration.StartJobAsync(order, cancellationToken);
        var asked = false;
        while (!state.Ended)
        {
            if (cancellationToken.IsCancellationRequested && !asked)
            {
                asked = true;
                await administration.StopJobAsync(state.Id, CancellationToken.None);
            }
            var version = state.Version;
            try
            {
                state = await administration.PollJobAsync(new StoreJobPoll(state.Id, version), asked ? CancellationToken.None : cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && !asked)
            {
                continue;
            }
            if (state.Version != version)
                onState?.Invoke(state);
        }
        if (state.Fault is not null)
            throw new CommandException(ExitCode.Wrong, $"internal error, please report it: {state.Fault}");
        if (state.Refusal is not null)
            throw new CommandException(asked ? ExitCode.Interrupted : ExitCode.Wrong, state.Refusal);
        return state;
    }
}
