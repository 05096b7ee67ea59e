namespace UnifiedMsg.Store.Transfer;

/// <summary>How far a transfer is.</summary>
/// <param name="Folder">The folder under way.</param>
/// <param name="Messages">Messages transferred.</param>
/// <param name="Known">Messages that an earlier run had transferred.</param>
/// <param name="Refused">Messages that could not be.</param>
/// <param name="Octets">Octets of the messages transferred.</param>
/// <param name="Read">Octets of the source that are done with.</param>
/// <param name="Total">Octets of the source, 0 when nobody knows.</param>
public sealed record TransferProgress(string Folder, long Messages, long Known, long Refused, long Octets, long Read, long Total);

/// <summary>What a transfer came to.</summary>
/// <param name="Folders">Folders transferred.</param>
/// <param name="Messages">Messages transferred now.</param>
/// <param name="Known">Messages that an earlier run had transferred.</param>
/// <param name="Refused">Messages that were not transferred: too large, over quota, unreadable.</param>
/// <param name="Octets">Octets of the messages transferred now.</param>
/// <param name="Notes">What is otherwise than in the source, such as names of folders.</param>
/// <param name="Problems">What is missing: messages refused, places of damage. Not more than some; <paramref name="MoreProblems"/> were left out.</param>
/// <param name="MoreProblems">How many problems are not in the list.</param>
public sealed record TransferReport(
    int Folders, long Messages, long Known, long Refused, long Octets, IReadOnlyList<string> Notes, IReadOnlyList<string> Problems, long MoreProblems)
{
    /// <summary>Whether all that the source had is there.</summary>
    public bool IsWhole => Problems.Count == 0 && Refused == 0;
}

/// <summary>Counts what a transfer does, and keeps what people have to be told.</summary>
/// <param name="onProgress">Called after each step with how far it is; it must be quick.</param>
public sealed class TransferLog(Action<TransferProgress> onProgress)
{
    // A file of rubbish must not fill the memory with complaints, nor the terminal.
    private const int MaxLines = 1000;

    private readonly Lock _lock = new();
    private readonly List<string> _notes = [];
    private readonly List<string> _problems = [];
    private readonly HashSet<string> _told = [];
    private TransferProgress _progress = new("", 0, 0, 0, 0, 0, 0);
    private int _folders;
    private long _more;

    /// <summary>A folder begins.</summary>
    public void BeginFolder(string path, long total)
    {
        lock (_lock)
            _folders++;
        Step(progress => progress with { Folder = path, Total = total });
    }

    /// <summary>Messages were transferred.</summary>
    public void Transferred(long messages, long octets) =>
        Step(progress => progress with { Messages = progress.Messages + messages, Octets = progress.Octets + octets });

    /// <summary>Messages were there from an earlier run.</summary>
    public void Known(long messages) => Step(progress => progress with { Known = progress.Known + messages });

    /// <summary>So many octets of the source are done with.</summary>
    public void Read(long octets) => Step(progress => progress with { Read = progress.Read + octets });

    /// <summary>A message could not be transferred.</summary>
    public void Refuse(string place, string reason)
    {
        Step(progress => progress with { Refused = progress.Refused + 1 });
        Damage(place, reason);
    }

    /// <summary>The source is damaged here; what can be read is read. Told once.</summary>
    public void Damage(string place, string what)
    {
        lock (_lock)
        {
            string line = $"{place}: {what}";
            if (_problems.Count >= MaxLines)
                _more++;
            else if (_told.Add(line))
                _problems.Add(line);
        }
    }

    /// <summary>Something is otherwise than in the source, but nothing is lost. Told once.</summary>
    public void Note(string text)
    {
        lock (_lock)
        {
            if (_notes.Count < MaxLines && _told.Add(text))
                _notes.Add(text);
        }
    }

    /// <summary>What it came to so far.</summary>
    public TransferReport Report()
    {
        lock (_lock)
        {
            return new TransferReport(
                _folders, _progress.Messages, _progress.Known, _progress.Refused, _progress.Octets, [.. _notes], [.. _problems], _more);
        }
    }

    private void Step(Func<TransferProgress, TransferProgress> change)
    {
        TransferProgress progress;
        lock (_lock)
            progress = _progress = change(_progress);
        onProgress(progress);
    }
}
