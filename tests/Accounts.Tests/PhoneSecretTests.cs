using System.Security.Cryptography;
using System.Text;
using UnifiedMsg.Database;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Accounts.Tests;

public abstract class PhoneSecretTests(Engine engine) : IAsyncLifetime
{
    private const string Realm = "example.test";
    private const string Password = "a long phone password";

    private readonly TestDirectory _directory = engine == Engine.Sqlite ? new SqliteDirectory() : new PostgreSqlDirectory();

    private AccountDirectory Accounts => _directory.Accounts;

    public ValueTask InitializeAsync() => _directory.InitializeAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _directory.DisposeAsync();
    }

    private static byte[] Sha256Of(string name) => SHA256.HashData(Encoding.UTF8.GetBytes($"{name}:{Realm}:{Password}"));

    [Fact]
    public async Task A_phone_logs_in_by_address_or_extension_in_its_realm_only()
    {
        Account alice = await Accounts.AddAsync(new NewAccount("alice@example.test", "Alice", "1001", PhonePassword: Password));
        Assert.True(alice.HasPhonePassword);
        foreach (string name in (string[])["alice@example.test", "1001"])
        {
            PhoneSecret secret = (await Accounts.FindPhoneSecretAsync(name, Realm))!;
            Assert.Equal(alice.Id, secret.AccountId);
            Assert.Equal(Sha256Of(name), secret.Sha256);
            Assert.Equal(16, secret.Md5.Length);
        }
        Assert.Null(await Accounts.FindPhoneSecretAsync("1001", "other.test"));
        Assert.Null(await Accounts.FindPhoneSecretAsync("1002", Realm));
    }

    [Fact]
    public async Task It_is_set_and_removed_apart_from_the_password()
    {
        Account alice = await Accounts.AddAsync(new NewAccount("alice@example.test", "Alice", "1001", "pass word"));
        Assert.False(alice.HasPhonePassword);
        Assert.True((await Accounts.ChangeAsync(alice.Id, new AccountChange(PhonePassword: Password))).HasPhonePassword);
        Assert.NotNull(await Accounts.VerifyPasswordAsync("alice@example.test", "pass word"));
        Assert.False((await Accounts.ChangeAsync(alice.Id, new AccountChange(PhonePassword: ""))).HasPhonePassword);
        Assert.Null(await Accounts.FindPhoneSecretAsync("1001", Realm));
    }

    [Fact]
    public async Task An_extension_that_somebody_else_gets_logs_nobody_in()
    {
        Account alice = await Accounts.AddAsync(new NewAccount("alice@example.test", "Alice", "1001", PhonePassword: Password));
        Assert.True((await Accounts.ChangeAsync(alice.Id, new AccountChange(Extension: "1003"))).HasPhonePassword);
        Assert.Null(await Accounts.FindPhoneSecretAsync("1001", Realm));
        Assert.Null(await Accounts.FindPhoneSecretAsync("1003", Realm));
        Assert.NotNull(await Accounts.FindPhoneSecretAsync("alice@example.test", Realm));
        Account bob = await Accounts.AddAsync(new NewAccount("bob@example.test", "Bob", "1001", PhonePassword: Password));
        Assert.Equal(bob.Id, (await Accounts.FindPhoneSecretAsync("1001", Realm))!.AccountId);
        await Accounts.RemoveAsync(bob.Id);
        Assert.Null(await Accounts.FindPhoneSecretAsync("1001", Realm));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("with a \u0007 bell")]
    public async Task A_weak_one_is_refused_and_nothing_is_changed(string password)
    {
        DirectoryException refusal = await Assert.ThrowsAsync<DirectoryException>(
            () => Accounts.AddAsync(new NewAccount("alice@example.test", "Alice", PhonePassword: password)));
        Assert.Contains("10 to 128 characters", refusal.Message);
        Assert.Empty(await Accounts.ListAsync());
    }

    [Fact]
    public async Task Step_2_runs_on_what_step_1_has_written()
    {
        await using DatabaseHome home = await DatabaseHome.CreateAsync(engine);
        var first = new MigrationSet(AccountsSchema.Migrations.Component, [AccountsSchema.Migrations.Steps[0]]);
        await using (IDatabase before = await home.OpenAsync([first]))
        {
            await before.WriteAsync(async session =>
            {
                await session.ExecuteAsync("INSERT INTO accounts(id, name, extension, created) VALUES(7, 'Alice', '1001', 0)");
                return await session.ExecuteAsync("INSERT INTO account_addresses(address, account_id) VALUES('alice@example.test', 7)");
            });
        }
        await using IDatabase after = await home.OpenAsync([AccountsSchema.Migrations]);
        using AccountDirectory accounts = await AccountDirectory.OpenAsync(after, new AccountsOptions { PhoneRealm = Realm }, TimeProvider.System);
        Account alice = (await accounts.FindByExtensionAsync("1001"))!;
        Assert.Equal((7, "alice@example.test", false), (alice.Id, alice.Address, alice.HasPhonePassword));
        Assert.True((await accounts.ChangeAsync(7, new AccountChange(PhonePassword: Password))).HasPhonePassword);
    }
}

public sealed class SqlitePhoneSecretTests() : PhoneSecretTests(Engine.Sqlite);

public sealed class PostgreSqlPhoneSecretTests() : PhoneSecretTests(Engine.PostgreSql);
