using UnifiedMsg.Interop.Programs;

namespace UnifiedMsg.Interop.FullDisk;

/// <summary>A disk of its own for a test (tmpfs), which can be filled up without harm to anybody. Mounting takes root, or sudo without a password.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _ballast;

    private SmallDisk(string path)
    {
        Path = path;
        _ballast = System.IO.Path.Combine(path, "ballast");
    }

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <summary>Mounts one.</summary>
    /// <param name="mebibytes">Its size.</param>
    public static async Task<SmallDisk> MountAsync(int mebibytes)
    {
        var path = Directory.CreateTempSubdirectory("um-disk").FullName;
        await RunAsync("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m,mode=0777", "tmpfs", path);
        return new SmallDisk(path);
    }

    /// <summary>Fills it, but for some octets.</summary>
    public void Fill(int left)
    {
        using var file = File.Create(_ballast, bufferSize: 0);
        try
        {
            for (var block = new byte[4096]; ;)
                file.Write(block);
        }
        catch (IOException)
        {
            file.SetLength(Math.Max(0, file.Length - left));
        }
    }

    /// <summary>Makes room again.</summary>
    public void Free() => File.Delete(_ballast);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await RunAsync("umount", Path);
        Directory.Delete(Path);
    }

    private static Task RunAsync(string program, params string[] arguments) => Environment.IsPrivilegedProcess
        ? ExternalProgram.RunAsync(program, "/", Installation.Guard, arguments)
        : ExternalProgram.RunAsync("sudo", "/", Installation.Guard, ["-n", program, .. arguments]);
}
