using System.Diagnostics;

namespace UnifiedMsg.KeptStores;

/// <summary>A build of the program, of this commit or an earlier one, and a folder that it works in.</summary>
/// <param name="file"><c>unifiedmsg.dll</c> of the build.</param>
/// <param name="folder">As <c>init</c> lays it out.</param>
/// <param name="environment">Options as environment variables.</param>
internal sealed class InstalledProgram(string file, string folder, IReadOnlyDictionary<string, string> environment)
{
    // System.CommandLine: a command or an option that is not known.
    private const int WrongUsage = 2;

    /// <summary>Runs a command.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public async Task<string> RunAsync(string input, params string[] words) => await TryAsync(input, words)
        ?? throw new InvalidOperationException($"{file} does not know: {string.Join(' ', words)}");

    /// <summary>Runs a command, which this version may not know: then null.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public async Task<string?> TryAsync(string input, params string[] words)
    {
        var start = new ProcessStartInfo("dotnet", [file, .. words])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteLineAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return process.ExitCode switch
        {
            0 => await output,
            WrongUsage => null,
            _ => throw new InvalidOperationException($"{string.Join(' ', words)}: {await output}{await error}"),
        };
    }
}
