using System.Data.Common;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Maintenance;

namespace UnifiedMsg.Store.Checking;

/// <summary>Collects what a check finds, in bounded memory, and has it mended where that was asked for.</summary>
internal sealed class Findings(bool mends, ProblemPlaces places, Action<string>? onProgress)
{
    private readonly List<StoreProblem> _problems = [];
    private readonly List<string> _notes = [];
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public long Folders { get; set; }

    public long Items { get; set; }

    public long Contents { get; set; }

    public StoreReport Report => new(Folders, Items, Contents, _problems, _counts, _notes);

    public void Note(string text)
    {
        if (_notes.Count < StoreReport.MaxProblems)
            _notes.Add(text);
    }

    public void Progress(string text) => onProgress?.Invoke(text);

    /// <summary>A problem, and what mends it; the mending says what it did, or null when it could not.</summary>
    public async Task AddAsync(string kind, long id, string text, Func<Task<string?>>? mend = null)
    {
        _counts[kind] = _counts.GetValueOrDefault(kind) + 1;
        // Before it is mended, since what can't be read is in no place any more then.
        (IReadOnlyList<ProblemPlace> where, long count) = _problems.Count < StoreReport.MaxProblems || mends ? await places.FindAsync(kind, id) : ([], 0);
        string? repair = mends && mend is not null ? await MendAsync(text, mend) : null;
        if (_problems.Count < StoreReport.MaxProblems || repair is not null)
            _problems.Add(new StoreProblem(kind, id, text, repair) { CanMend = mend is not null, Places = where, PlaceCount = count });
    }

    // What can't be mended keeps nothing else from being mended: its unit left everything as it was.
    private async Task<string?> MendAsync(string text, Func<Task<string?>> mend)
    {
        try
        {
            return await mend();
        }
        catch (Exception fault) when (fault is DbException or StoreException or ContentException or IOException or UnauthorizedAccessException)
        {
            Note($"{text}; it could not be mended: {fault.Message}");
            return null;
        }
    }
}
