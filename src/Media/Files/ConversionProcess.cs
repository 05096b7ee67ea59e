using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace UnifiedMsg.Media.Files;

/// <summary>Runs a program between a stream and its output. No shell is between: arguments arrive as they are.</summary>
internal static class ConversionProcess
{
    // Of complaints the last lines say most.
    private const int MaxComplaint = 4096;

    /// <summary>Runs it to its end; when the token fires, it is killed.</summary>
    /// <exception cref="InvalidDataException">It can't be started, failed, or gave more than <paramref name="maxOutput"/> bytes.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public static async Task<byte[]> RunAsync(
        string program, IEnumerable<string> arguments, Stream input, int maxOutput, CancellationToken cancellationToken)
    {
        using var process = Start(program, arguments);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var feeding = FeedAsync(input, process, over.Token);
            var complaint = ReadLastAsync(process.StandardError.BaseStream, over.Token);
            var output = await ReadAsync(process.StandardOutput.BaseStream, maxOutput, over.Token)
                ?? throw new InvalidDataException($"{program} gave more than {maxOutput} bytes");
            await process.WaitForExitAsync(over.Token);
            if (process.ExitCode != 0)
                throw new InvalidDataException($"{program} ended with exit code {process.ExitCode}: {LastLine(await complaint)}");
            await feeding;
            return output;
        }
        finally
        {
            Kill(process);
            await over.CancelAsync();
        }
    }

    private static Process Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception fault)
        {
            throw new InvalidDataException($"{program} can't be started: {fault.Message}", fault);
        }
    }

    // Who has enough closes the pipe before all of the file went through it.
    private static async Task FeedAsync(Stream input, Process process, CancellationToken cancellationToken)
    {
        try
        {
            await input.CopyToAsync(process.StandardInput.BaseStream, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
        catch (Exception fault) when (fault is InvalidOperationException or Win32Exception)
        {
            // It ended in the same moment.
        }
    }

    private static async Task<byte[]?> ReadAsync(Stream stream, int most, CancellationToken cancellationToken)
    {
        var output = new MemoryStream();
        var buffer = new byte[65536];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (output.Length + read > most)
                return null;
            output.Write(buffer, 0, read);
        }
        return output.ToArray();
    }

    private static async Task<string> ReadLastAsync(Stream stream, CancellationToken cancellationToken)
    {
        var last = "";
        var buffer = new byte[MaxComplaint];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            last += Encoding.UTF8.GetString(buffer, 0, read);
            last = last[Math.Max(0, last.Length - MaxComplaint)..];
        }
        return last;
    }

    private static string LastLine(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Length == 0 ? "it said nothing" : lines[^1];
    }
}
