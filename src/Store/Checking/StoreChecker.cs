using UnifiedMsg.Database;
using UnifiedMsg.Database.Backup;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Maintenance;

namespace UnifiedMsg.Store.Checking;

/// <summary>
/// Verifies every counter, reference and hash of the store, and mends what can be mended when asked to. It runs beside the server:
/// in small reads, and each thing that it mends in a unit of its own that looks again.
/// </summary>
internal sealed class StoreChecker
{
    /// <summary>Contents whose references are counted in one pass over all items: 16 MiB of memory.</summary>
    private const int ContentsPerPass = 4 << 20;

    private readonly IDatabase _database;
    private readonly ProblemPlaces _places;
    private readonly AccountCheck _accounts;
    private readonly ReaderCheck _readers;
    private readonly FolderCheck _folders;
    private readonly ItemCheck _items;
    private readonly ContentCheck _contents;

    public StoreChecker(
        IDatabase database, BlobArea blobs, ContentVerifier verifier, SummaryCheck summaries, ProblemPlaces places, ContentCollector collector, LostContent lost,
        StoreOptions options, TimeProvider time)
    {
        _database = database;
        _places = places;
        _accounts = new AccountCheck(database);
        _readers = new ReaderCheck(database);
        _folders = new FolderCheck(database);
        _items = new ItemCheck(database, lost, _folders);
        _contents = new ContentCheck(database, blobs, verifier, summaries, collector, lost, options, time);
    }

    public async Task<StoreReport> CheckAsync(bool mends, Action<string>? onProgress, CancellationToken cancellationToken)
    {
        var findings = new Findings(mends, _places, onProgress);
        if (_database is IPageSource)
            await CheckDatabaseAsync(findings, cancellationToken);
        await _items.CheckIdsAsync(findings, cancellationToken);
        await _folders.CheckNumbersAsync(findings, cancellationToken);
        await _contents.CheckOctetsAsync(findings, cancellationToken);
        long highest = await _database.ReadAsync(session => session.QueryLongAsync("SELECT max(id) FROM store_contents"), cancellationToken) ?? 0;
        bool report = true;
        for (long first = 1; first <= highest || report; first += ContentsPerPass, report = false)
        {
            var references = new int[Math.Max(1, Math.Min(ContentsPerPass, highest - first + 1))];
            await _items.RunAsync(findings, report, first, references, cancellationToken);
            await _contents.CheckReferencesAsync(findings, first, references, cancellationToken);
        }
        await _contents.CheckFilesAsync(findings, cancellationToken);
        // Last, since mending the others changes what folders have.
        await _folders.RunAsync(findings, cancellationToken);
        await _accounts.RunAsync(findings, cancellationToken);
        await _readers.RunAsync(findings, cancellationToken);
        return findings.Report;
    }

    // Table by table, so that no snapshot is held for as long as all of them take.
    private async Task CheckDatabaseAsync(Findings findings, CancellationToken cancellationToken)
    {
        List<string> tables = await _database.ReadAsync(
            session => session.QueryAsync("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'", row => row.GetString(0)),
            cancellationToken);
        foreach (string table in tables)
        {
            findings.Progress($"table {table}");
            string check = $"PRAGMA integrity_check('{table.Replace("'", "''")}')";
            foreach (string problem in await _database.ReadAsync(session => session.QueryAsync(check, row => row.GetString(0)), cancellationToken))
            {
                if (problem != "ok")
                    await findings.AddAsync("database", 0, $"table {table}: {problem}; only a backup can mend that");
            }
        }
        foreach (string table in await _database.ReadAsync(
            session => session.QueryAsync("PRAGMA foreign_key_check", row => row.GetString(0)), cancellationToken))
            await findings.AddAsync("foreign-key", 0, $"table {table}: a row refers to one that does not exist");
    }
}
