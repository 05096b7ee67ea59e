using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace UnifiedMsg.Speech.Command;

/// <summary>Runs a program and takes what it prints. No shell is between: arguments arrive as they are.</summary>
internal static class EngineProcess
{
    // Of complaints the last lines say most.
    private const int MaxComplaint = 4096;

    /// <summary>Runs it to its end; when the token fires, it is killed with all that it started.</summary>
    /// <exception cref="SpeechException">It can't be started, failed, or printed more than <paramref name="maxOutput"/> bytes.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, int maxOutput, CancellationToken cancellationToken)
    {
        using var process = Start(program, arguments);
        using var tooMuch = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            process.StandardInput.Close();
            var complaint = ReadLastAsync(process.StandardError.BaseStream, tooMuch.Token);
            var output = await ReadAsync(process.StandardOutput.BaseStream, maxOutput, tooMuch.Token)
                ?? throw new SpeechException($"{program} printed more than {maxOutput} bytes", retry: false);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? output
                : throw new SpeechException($"{program} ended with exit code {process.ExitCode}: {LastLine(await complaint)}", retry: true);
        }
        finally
        {
            Kill(process);
            await tooMuch.CancelAsync();
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
            throw new SpeechException($"The speech engine '{program}' can't be started: {fault.Message}", retry: true, fault);
        }
    }

    // Children that still hold our pipes must go too, or reading would wait for them.
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

    private static async Task<string?> ReadAsync(Stream stream, int most, CancellationToken cancellationToken)
    {
        var text = new MemoryStream();
        var buffer = new byte[8192];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (text.Length + read > most)
                return null;
            text.Write(buffer, 0, read);
        }
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
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
