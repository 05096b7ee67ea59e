using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Database.Tests;

/// <summary>Steps that work in pieces.</summary>
public abstract class LongStepTests(Engine engine) : DatabaseContract(engine)
{
    private const int Rows = 95;
    private const string Copy = "INSERT INTO copies(id) SELECT id FROM numbers WHERE id > @p0 AND id <= @p1";

    [Fact]
    public async Task A_step_that_is_interrupted_goes_on_where_it_was()
    {
        await FillAsync();
        using var interrupt = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Home.OpenAsync([WithCopies(Copy)], onProgress: progress =>
        {
            if (progress.Percent >= 30)
                interrupt.Cancel();
        }, cancellationToken: interrupt.Token));
        // Whoever does not know the step must not touch data that is half-way.
        await Assert.ThrowsAsync<NewerSchemaException>(() => OpenAsync());

        var told = new List<SchemaProgress>();
        await using IDatabase database = await Home.OpenAsync([WithCopies(Copy)], onProgress: told.Add);
        Assert.Equal(Rows, await database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM copies")));
        Assert.Equal([null, 42, 52, 63, 73, 84, 94, 100], told.Select(progress => progress.Percent));
        Assert.All(told, progress => Assert.Equal(("numbers", 2, 2, "copy"), (progress.Component, progress.Number, progress.Of, progress.Name)));
    }

    [Fact]
    public async Task A_piece_that_fails_is_undone_and_those_before_it_stay()
    {
        await FillAsync();
        DatabaseException fault = await Assert.ThrowsAsync<DatabaseException>(
            () => OpenAsync(WithCopies("INSERT INTO copies(id) SELECT CASE WHEN id = 38 THEN 1 ELSE id END FROM numbers WHERE id > @p0 AND id <= @p1")));
        Assert.Contains("Step 2 (copy)", fault.Message);
        await using (IDatabase mended = await OpenAsync(WithCopies(Copy)))
            Assert.Equal(Rows, await mended.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM copies")));
        var told = new List<SchemaProgress>();
        await using IDatabase database = await Home.OpenAsync([WithCopies(Copy)], onProgress: told.Add);
        Assert.Empty(told);
    }

    [Fact]
    public async Task Where_there_is_nothing_the_step_is_done_at_once()
    {
        await using (await OpenAsync()) { }
        await using IDatabase database = await OpenAsync(WithCopies(Copy));
        Assert.Equal(0, await database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM schema_pieces")));
    }

    private async Task FillAsync()
    {
        await using IDatabase database = await OpenAsync();
        for (int i = 1; i <= Rows; i++)
            await database.InsertAsync(i);
    }

    private static MigrationSet WithCopies(string copy) => new("numbers",
    [
        .. TestDatabase.Numbers.Steps,
        new Migration(2, "copy", "CREATE TABLE copies(id INTEGER NOT NULL UNIQUE)") { Pieces = new MigrationPieces("SELECT max(id) FROM numbers", copy, Keys: 10) },
    ]);
}

public sealed class SqliteLongStepTests() : LongStepTests(Engine.Sqlite)
{
    [Fact]
    public void Of_a_long_step_is_told_again_and_again_and_of_new_data_never()
    {
        var time = new FakeTimeProvider();
        var told = new List<SchemaProgress>();
        using var reporter = new SchemaReporter(NullLogger.Instance, time, told.Add);
        reporter.Begin(TestDatabase.Numbers, TestDatabase.Numbers.Steps[0], isNew: true);
        time.Advance(TimeSpan.FromMinutes(1));
        reporter.End();
        Assert.Empty(told);
        reporter.Begin(TestDatabase.Numbers, TestDatabase.Numbers.Steps[0], isNew: false);
        time.Advance(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([0, 5, 10], told.Select(progress => (int)progress.Elapsed.TotalSeconds));
        Assert.Equal("step 1 of 1 of the schema of 'numbers' (make the table), after 10 s", told[^1].ToString());
        reporter.End();
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(3, told.Count);
    }
}

public sealed class PostgreSqlLongStepTests() : LongStepTests(Engine.PostgreSql);
