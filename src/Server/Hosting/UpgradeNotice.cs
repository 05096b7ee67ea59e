using System.Text.Json;
using UnifiedMsg.Database;

namespace UnifiedMsg.Server.Hosting;

/// <summary>Tells the commands, while a server can't answer them yet, that it is bringing the data folder up to date and how far it is: a file
/// beside the database, for as long as that takes.</summary>
/// <param name="folder">The data folder.</param>
/// <param name="time">The clock.</param>
internal sealed class UpgradeNotice(string folder, TimeProvider time)
{
    private const string FileName = "upgrade.json";

    // Nobody looks more often; and a step may have thousands of pieces.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly string _path = Path.Combine(folder, FileName);
    private SchemaProgress? _last;
    private long _written;

    /// <summary>How far the server is that has the folder, or null when it does something else.</summary>
    public static SchemaProgress? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<SchemaProgress>(File.ReadAllBytes(Path.Combine(folder, FileName)), JsonText.Options);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes how far it is.</summary>
    public void Tell(SchemaProgress progress)
    {
        var isNext = progress.Component != _last?.Component || progress.Number != _last.Number;
        if (!isNext && time.GetElapsedTime(_written) < Pause)
            return;
        (_last, _written) = (progress, time.GetTimestamp());
        try
        {
            // Who reads sees all of it or the one before.
            using (var file = PrivateFiles.Open(_path + ".tmp", FileMode.Create, FileAccess.Write, FileShare.None))
                JsonSerializer.Serialize(file, progress, JsonText.Options);
            File.Move(_path + ".tmp", _path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The upgrade matters more than the word of it; what keeps this file from being written will keep the database from it too.
        }
    }

    /// <summary>It is done; whoever calls this has the folder. One that a killed server left goes too.</summary>
    public void Remove() => File.Delete(_path);
}
