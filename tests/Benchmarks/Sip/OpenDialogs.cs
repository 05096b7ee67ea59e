namespace UnifiedMsg.Benchmarks.Sip;

/// <summary>Many calls that are all up at the same time, and what each costs once everything about its set-up is over.</summary>
internal static class OpenDialogs
{
    private const int Rate = 1000;

    // 64*T1 after the last set-up its transaction is gone, and what is left belongs to the dialog.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(36);

    public static async Task MeasureAsync(Figures figures, string folder, int dialogs)
    {
        await using var answerer = await AnswererProcess.StartAsync();
        await SippLoad.RunAsync(folder, answerer.Port, Rate, TimeSpan.FromSeconds(1));
        await WaitAsync(answerer, use => use.Transactions == 0);
        var before = await answerer.AskAsync(memory: true);
        var setUp = TimeSpan.FromSeconds(dialogs / (double)Rate);
        var load = SippLoad.RunAsync(folder, answerer.Port, Rate, setUp, setUp + Rest + Rest);
        await WaitAsync(answerer, use => use.Calls >= dialogs);
        var after = await answerer.AskAsync(memory: true);
        await WaitAsync(answerer, use => use.Transactions == 0);
        var rest = await answerer.AskAsync(memory: true);
        var result = await load;
        figures.PrintAgainst($"{dialogs} dialogs at once, failed", $"{result.Failed}", "0", result.Failed == 0);
        figures.Print("memory of a dialog just set up, and at rest", $"{(after.Live - before.Live) / dialogs:N0} and {(rest.Live - before.Live) / dialogs:N0} octets");
    }

    private static async Task WaitAsync(AnswererProcess answerer, Func<ProcessUse, bool> isThere)
    {
        while (!isThere(await answerer.AskAsync()))
            await Task.Delay(200);
    }
}
