using UnifiedMsg.Interop.Programs;

namespace UnifiedMsg.Interop.Faults;

/// <summary>A disk that fails when it is told to: a library of a few lines between the server and the C library.</summary>
internal sealed class FaultyDisk(string library, string control, string folder)
{
    /// <summary>Compiles it.</summary>
    /// <param name="workFolder">Where to.</param>
    /// <param name="folder">Below which files fail.</param>
    public static async Task<FaultyDisk> CreateAsync(string workFolder, string folder)
    {
        var library = Path.Combine(workFolder, "faulty-disk.so");
        await ExternalProgram.RunAsync(
            "gcc", workFolder, Installation.Guard, "-shared", "-fPIC", "-O1", "-o", library, Path.Combine(AppContext.BaseDirectory, "Faults", "faulty-disk.c"), "-ldl");
        return new FaultyDisk(library, Path.Combine(workFolder, "faults"), folder);
    }

    /// <summary>What the environment of the program must have.</summary>
    public Dictionary<string, string> Environment => new()
    {
        ["LD_PRELOAD"] = library,
        ["FAULTY_DISK_SWITCH"] = control,
        ["FAULTY_DISK_FOLDER"] = folder,
    };

    /// <summary>So many of a hundred writes and syncs fail from now on.</summary>
    public void Fail(int percent)
    {
        // Whole at once, since the program reads it at any moment.
        File.WriteAllText(control + ".new", percent.ToString());
        File.Move(control + ".new", control, overwrite: true);
    }

    /// <summary>It works again.</summary>
    public void Heal() => File.Delete(control);
}
