using System.Text.Json;
using UnifiedMsg.Database;

namespace UnifiedMsg.Voicemail.Spool;

/// <summary>
/// The folder of calls whose message is not in a mailbox yet: <c>ID.json</c> says whose it is, <c>ID.wav</c> grows while the caller
/// speaks. A call enters before its caller can say anything and leaves once its message is durable in the mailbox, so whatever
/// is here at the start was cut off by a crash and is still to be delivered.
/// </summary>
public sealed class CallSpool
{
    private readonly string _folder;

    /// <summary>Uses (and makes) the folder.</summary>
    public CallSpool(string folder)
    {
        _folder = folder;
        PrivateFiles.CreateFolder(folder);
    }

    /// <summary>Where the recording of a call lies.</summary>
    public string AudioPath(string id) => Path.Combine(_folder, id + ".wav");

    /// <summary>Enters a call; when this returns, its entry would survive a power cut.</summary>
    public void Enter(SpooledCall call)
    {
        var path = EntryPath(call.Id);
        var unfinished = path + ".new";
        try
        {
            using (var file = PrivateFiles.Open(unfinished, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                JsonSerializer.Serialize(file, call, SpoolJson.Default.SpooledCall);
                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path);
        }
        catch (IOException)
        {
            // Such as a full disk: half an entry would only take more of it.
            File.Delete(unfinished);
            throw;
        }

        KeepNames();
    }

    /// <summary>Makes the names of files durable, and their removal: a recording that is synced but has no name after a power cut is lost.</summary>
    public void KeepNames() => PrivateFiles.SyncDirectory(_folder);

    /// <summary>Removes a call whose message is durable elsewhere. The audio goes first: an entry without audio is still an entry,
    /// audio without an entry would be nobody's.</summary>
    public void Leave(string id)
    {
        // A call whose entry could not be written is delivered all the same and leaves nothing here.
        if (!Directory.Exists(_folder)) return;
        File.Delete(AudioPath(id));
        File.Delete(EntryPath(id));
    }

    /// <summary>Puts a call aside, out of the way of the next start: its mailbox is gone, and a person has to decide.</summary>
    /// <returns>The folder it went to.</returns>
    public string SetAside(string id)
    {
        var aside = Path.Combine(_folder, "undeliverable");
        PrivateFiles.CreateFolder(aside);
        if (File.Exists(AudioPath(id))) File.Move(AudioPath(id), Path.Combine(aside, id + ".wav"), overwrite: true);
        if (File.Exists(EntryPath(id))) File.Move(EntryPath(id), Path.Combine(aside, id + ".json"), overwrite: true);
        return aside;
    }

    /// <summary>The calls in the spool, oldest first; entries that can't be read are given by path.</summary>
    public (IReadOnlyList<SpooledCall> Calls, IReadOnlyList<string> Unreadable) List()
    {
        var calls = new List<SpooledCall>();
        var unreadable = new List<string>();
        foreach (var path in Directory.GetFiles(_folder, "*.json").Order(StringComparer.Ordinal))
        {
            try
            {
                var call = JsonSerializer.Deserialize(File.ReadAllBytes(path), SpoolJson.Default.SpooledCall);
                if (call is not null && path == EntryPath(call.Id)) calls.Add(call);
                else unreadable.Add(path);
            }
            catch (Exception error) when (error is JsonException or IOException)
            {
                unreadable.Add(path);
            }
        }

        return (calls, unreadable);
    }

    /// <summary>Whose entry a file is, by its name.</summary>
    public static string IdOf(string path) => Path.GetFileNameWithoutExtension(path);

    private string EntryPath(string id) => Path.Combine(_folder, id + ".json");
}
