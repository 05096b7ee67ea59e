namespace UnifiedMsg.Sip;

/// <summary>What is kept up in rounds until it is stopped, such as a registration. A fault in a round is told, and the next round comes all the same.</summary>
/// <param name="time">The clock.</param>
/// <param name="round">One round; gives how long to wait until the next one.</param>
/// <param name="onFault">Told the fault of a round, or of the end; gives how long to wait.</param>
/// <param name="end">Runs last, when it is stopped.</param>
internal sealed class Upkeep(TimeProvider time, Func<CancellationToken, Task<TimeSpan>> round, Func<Exception, TimeSpan> onFault, Func<Task> end)
{
    // Not disposed: it may be stopped once more after its end, and it holds nothing but memory.
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public void Start() => _running = Task.Run(RunAsync);

    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _running;
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
                await Task.Delay(await RoundAsync(), time, _stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            await EndAsync();
        }
    }

    private async Task EndAsync()
    {
        try
        {
            await end();
        }
        catch (Exception e)
        {
            // Whoever stops it stops others too, and has to get through.
            onFault(e);
        }
    }

    private async Task<TimeSpan> RoundAsync()
    {
        try
        {
            return await round(_stopping.Token);
        }
        catch (Exception e) when (!_stopping.IsCancellationRequested)
        {
            return onFault(e);
        }
    }
}
