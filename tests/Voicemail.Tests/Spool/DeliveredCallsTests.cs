using UnifiedMsg.Database;
using UnifiedMsg.TestEngines;
using UnifiedMsg.Voicemail.Spool;

namespace UnifiedMsg.Voicemail.Tests.Spool;

public abstract class DeliveredCallsTests(Engine engine)
{
    [Fact]
    public async Task A_server_forgets_its_own_marks_only()
    {
        await using var home = await DatabaseHome.CreateAsync(engine);
        await using var database = await home.OpenAsync([VoicemailSchema.Migrations]);
        var here = new DeliveredCalls(database, "here");
        var there = new DeliveredCalls(database, "there");
        await MarkAsync(database, here, "1");
        await MarkAsync(database, here, "2");
        await MarkAsync(database, there, "3");

        await here.ForgetAllButAsync(["2"], TestContext.Current.CancellationToken);

        Assert.False(await here.ContainsAsync("1", TestContext.Current.CancellationToken));
        Assert.True(await here.ContainsAsync("2", TestContext.Current.CancellationToken));
        Assert.True(await there.ContainsAsync("3", TestContext.Current.CancellationToken));
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => MarkAsync(database, there, "2"));
    }

    [Fact]
    public async Task Step_2_runs_on_what_step_1_has_written()
    {
        await using var home = await DatabaseHome.CreateAsync(engine);
        var first = new MigrationSet(VoicemailSchema.Migrations.Component, [VoicemailSchema.Migrations.Steps[0]]);
        await using (var before = await home.OpenAsync([first]))
            await before.WriteAsync(session => session.ExecuteAsync("INSERT INTO voicemail_delivered (call_id) VALUES ('1'), ('2')"));
        await using var after = await home.OpenAsync([VoicemailSchema.Migrations]);
        // The name of the one server that there was.
        var calls = new DeliveredCalls(after, new VoicemailOptions
        {
            ServiceAddress = "voicemail@example.test",
            DialPlans = home.Folder,
            Spool = home.Folder,
            RtpAddress = System.Net.IPAddress.Loopback,
        }.Node);
        await calls.ForgetAllButAsync(["2"], TestContext.Current.CancellationToken);
        Assert.False(await calls.ContainsAsync("1", TestContext.Current.CancellationToken));
        Assert.True(await calls.ContainsAsync("2", TestContext.Current.CancellationToken));
    }

    private static Task<bool> MarkAsync(IDatabase database, DeliveredCalls calls, string id) => database.WriteAsync(
        async session =>
        {
            await calls.MarkAsync(session, id);
            return true;
        });
}

public sealed class SqliteDeliveredCallsTests() : DeliveredCallsTests(Engine.Sqlite);

public sealed class PostgreSqlDeliveredCallsTests() : DeliveredCallsTests(Engine.PostgreSql);
