using UnifiedMsg.Server.Commands;

namespace UnifiedMsg.Server.Tests.Commands;

/// <summary>One run of the command line inside the test's process, with everything it wrote.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    public static Task<CommandRun> OfAsync(string folder, params string[] arguments) => OfAsync(folder, "", arguments);

    public static async Task<CommandRun> OfAsync(string folder, string input, string[] arguments, Dictionary<string, string>? environment = null)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var context = new CommandContext
        {
            Input = new StringReader(input),
            Output = output,
            Error = error,
            Folder = folder,
            Environment = environment ?? [],
        };
        var exitCode = await CommandLine.RunAsync(arguments, context, TestContext.Current.CancellationToken);
        return new CommandRun(exitCode, output.ToString(), error.ToString());
    }
}
