using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Accounts.Sasl;
using UnifiedMsg.Database;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Accounts.Tests;

/// <summary>A directory on a real database in a fresh folder, with a clock that the test moves.</summary>
public abstract class TestDirectory(Engine engine) : IAsyncLifetime
{
    private DatabaseHome _home = null!;

    public DatabaseHome Home => _home;

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero));

    public List<long> Removed { get; } = [];

    public IDatabase Database { get; private set; } = null!;

    public AccountDirectory Accounts { get; private set; } = null!;

    public SaslServer Sasl { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _home = await DatabaseHome.CreateAsync(engine);
        await OpenAsync();
    }

    public async Task ReopenAsync()
    {
        await CloseAsync();
        await OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await CloseAsync();
        await _home.DisposeAsync();
    }

    private async Task OpenAsync()
    {
        Database = await _home.OpenAsync([AccountsSchema.Migrations], Time);
        // Few rounds, because the tests are about the rules and not about the strength.
        var options = new AccountsOptions { PasswordIterations = 4096, PinIterations = 10, PhoneRealm = "example.test" };
        Accounts = await AccountDirectory.OpenAsync(Database, options, Time, [(_, id) =>
        {
            Removed.Add(id);
            return ValueTask.CompletedTask;
        }]);
        Sasl = new SaslServer(
            Accounts, new SaslOptions { MaxFailuresPerAccount = 3, MaxFailuresPerAddress = 5 }, NullLoggerFactory.Instance, Time);
    }

    private async Task CloseAsync()
    {
        Accounts.Dispose();
        await Database.DisposeAsync();
    }
}

public sealed class SqliteDirectory() : TestDirectory(Engine.Sqlite);

public sealed class PostgreSqlDirectory() : TestDirectory(Engine.PostgreSql);
