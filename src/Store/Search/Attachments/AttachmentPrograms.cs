using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using UnifiedMsg.Database;
using UnifiedMsg.Mime;

namespace UnifiedMsg.Store.Search.Attachments;

/// <summary>
/// Reads documents by programs, each in a folder of its own, with limits of memory, processor, files and time, and nothing of our environment.
/// A document is hostile input to a large parser, which is why this is off by default.
/// </summary>
internal sealed class AttachmentPrograms(IReadOnlyList<AttachmentProgram> programs, string workFolder, TimeSpan timeout, TimeProvider time) : IAttachmentTexts
{
    /// <summary>Sets the limits; part of every Debian.</summary>
    public const string Limiter = "prlimit";

    /// <summary>A larger document is not read.</summary>
    private const long MaxInput = 32 << 20;

    /// <summary>More text of one document is not searched: a small file may stand for very much text.</summary>
    private const int MaxOutput = 4 << 20;

    private static readonly string[] Limits = ["--as=1073741824", "--cpu=20", "--fsize=67108864", "--nofile=64", "--"];

    public async ValueTask<string?> ReadAsync(MessagePart part, Stream content, CancellationToken cancellationToken)
    {
        if (programs.FirstOrDefault(each => each.Reads(part)) is not { } program)
            return null;
        string folder = Path.Combine(workFolder, $"search-{Guid.NewGuid():N}");
        PrivateFiles.CreateFolder(folder);
        try
        {
            string input = Path.Combine(folder, "input" + program.Endings[0]);
            return await WriteAsync(part, content, input, cancellationToken) ? await RunAsync(program, folder, input, cancellationToken) : "";
        }
        finally
        {
            System.IO.Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<bool> WriteAsync(MessagePart part, Stream content, string path, CancellationToken cancellationToken)
    {
        await using Stream? decoded = MessageText.OpenDecoded(content, part);
        if (decoded is null)
            return false;
        await using FileStream file = PrivateFiles.Open(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        byte[] buffer = new byte[64 << 10];
        int read;
        while ((read = await decoded.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (file.Length + read > MaxInput)
                return false;
            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
        return true;
    }

    private async Task<string> RunAsync(AttachmentProgram program, string folder, string input, CancellationToken cancellationToken)
    {
        using var ends = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ends.Token, cancellationToken);
        using var process = new Process { StartInfo = Start(program, folder, input) };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return ""; // It was there at the start, and is not any more.
        }
        try
        {
            process.StandardInput.Close();
            Task drained = process.StandardError.BaseStream.CopyToAsync(Stream.Null, either.Token);
            string text = await ReadAsync(process.StandardOutput.BaseStream, either.Token);
            process.Kill(entireProcessTree: true); // It has said all it has, or all that is wanted.
            await drained;
            return text;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "";
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static ProcessStartInfo Start(AttachmentProgram program, string folder, string input)
    {
        var start = new ProcessStartInfo(Limiter)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (string[])[.. Limits, program.Name, .. program.Arguments])
            start.ArgumentList.Add(argument == "{input}" ? input : argument);
        string? path = Environment.GetEnvironmentVariable("PATH");
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        start.Environment["HOME"] = folder;
        start.Environment["TMPDIR"] = folder;
        start.Environment["LC_ALL"] = "C.UTF-8";
        return start;
    }

    private static async Task<string> ReadAsync(Stream output, CancellationToken cancellationToken)
    {
        var octets = new MemoryStream();
        byte[] buffer = new byte[64 << 10];
        int read;
        while (octets.Length < MaxOutput && (read = await output.ReadAsync(buffer, cancellationToken)) > 0)
            octets.Write(buffer, 0, read);
        return Encoding.UTF8.GetString(octets.GetBuffer(), 0, (int)Math.Min(octets.Length, MaxOutput));
    }

    /// <summary>The programs of these that can be run, and the packages of those that can't.</summary>
    public static (List<AttachmentProgram> Found, List<string> Missing) Find(IEnumerable<AttachmentProgram> wanted)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        bool limiter = folders.Any(folder => File.Exists(Path.Combine(folder, Limiter)));
        var found = new List<AttachmentProgram>();
        var missing = new List<string>();
        foreach (AttachmentProgram program in wanted)
        {
            if (limiter && folders.Any(folder => File.Exists(Path.Combine(folder, program.Name))))
                found.Add(program);
            else
                missing.Add(limiter ? program.Package : "util-linux");
        }
        return (found, missing);
    }
}
