using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Database.Tests;

/// <summary>A test that runs on each engine, with a database that it opens as often as it likes.</summary>
public abstract class DatabaseContract(Engine engine) : IAsyncLifetime
{
    protected DatabaseHome Home { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Home = await DatabaseHome.CreateAsync(engine);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Home.DisposeAsync();
    }

    protected Task<IDatabase> OpenAsync(params MigrationSet[] schemas) => Home.OpenAsync(schemas.Length == 0 ? [TestDatabase.Numbers] : schemas);
}
