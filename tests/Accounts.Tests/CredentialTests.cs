namespace UnifiedMsg.Accounts.Tests;

public abstract class CredentialTests(TestDirectory directory)
{
    private static int _people;

    private AccountDirectory Accounts => directory.Accounts;

    [Fact]
    public async Task Only_the_right_password_is_accepted()
    {
        Account account = await AddAsync("correct horse", null);
        for (int i = 0; i < 2; i++) // The second round finds the first one's result remembered.
        {
            Assert.Equal(account, await Accounts.VerifyPasswordAsync(account.Address.ToUpperInvariant(), "correct horse"));
            Assert.Null(await Accounts.VerifyPasswordAsync(account.Address, "correct horsE"));
            Assert.Null(await Accounts.VerifyPasswordAsync(account.Address, ""));
        }
        Assert.Null(await Accounts.VerifyPasswordAsync("nobody@example.test", "correct horse"));
    }

    [Fact]
    public async Task A_changed_password_counts_at_once()
    {
        Account account = await AddAsync("old one", null);
        Assert.NotNull(await Accounts.VerifyPasswordAsync(account.Address, "old one"));
        await Accounts.ChangeAsync(account.Id, new AccountChange(Password: "new one"));
        Assert.Null(await Accounts.VerifyPasswordAsync(account.Address, "old one"));
        Assert.NotNull(await Accounts.VerifyPasswordAsync(account.Address, "new one"));
        await Accounts.ChangeAsync(account.Id, new AccountChange(Password: ""));
        Assert.Null(await Accounts.VerifyPasswordAsync(account.Address, "new one"));
    }

    [Fact]
    public async Task A_made_up_verifier_stays_the_same_across_a_restart()
    {
        ScramVerifier first = await Accounts.FindScramVerifierAsync("nobody@example.test");
        await directory.ReopenAsync();
        ScramVerifier second = await Accounts.FindScramVerifierAsync("Nobody@example.test");
        ScramVerifier other = await Accounts.FindScramVerifierAsync("no.body@example.test");
        Assert.Equal(first.Salt, second.Salt);
        Assert.Equal(first.StoredKey, second.StoredKey);
        Assert.NotEqual(first.Salt, other.Salt);
        Assert.Equal(4096, first.Iterations);
    }

    [Fact]
    public async Task Five_wrong_pins_lock_it_for_a_while_even_across_a_restart()
    {
        Account account = await AddAsync(null, "4711");
        Assert.Equal(PinResult.Right, await Accounts.VerifyPinAsync(account.Id, "4711"));
        for (int i = 0; i < 5; i++)
            Assert.Equal(PinResult.Wrong, await Accounts.VerifyPinAsync(account.Id, "4712"));
        Assert.Equal(PinResult.LockedOut, await Accounts.VerifyPinAsync(account.Id, "4711"));
        await directory.ReopenAsync();
        Assert.Equal(PinResult.LockedOut, await Accounts.VerifyPinAsync(account.Id, "4711"));
        directory.Time.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(PinResult.Right, await Accounts.VerifyPinAsync(account.Id, "4711"));
    }

    [Fact]
    public async Task A_right_pin_starts_the_count_over()
    {
        Account account = await AddAsync(null, "4711");
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 4; i++)
                Assert.Equal(PinResult.Wrong, await Accounts.VerifyPinAsync(account.Id, "0815"));
            Assert.Equal(PinResult.Right, await Accounts.VerifyPinAsync(account.Id, "4711"));
        }
    }

    [Fact]
    public async Task Tries_in_parallel_share_the_attempts()
    {
        Account account = await AddAsync(null, "4711");
        PinResult[] results = await Task.WhenAll(
            Enumerable.Range(0, 40).Select(i => Accounts.VerifyPinAsync(account.Id, $"{9000 + (i * 7)}").AsTask()));
        Assert.Equal(5, results.Count(result => result == PinResult.Wrong));
        Assert.Equal(35, results.Count(result => result == PinResult.LockedOut));
    }

    [Fact]
    public async Task Without_a_pin_every_pin_is_wrong()
    {
        Account account = await AddAsync("secret", null);
        for (int i = 0; i < 7; i++)
            Assert.Equal(PinResult.Wrong, await Accounts.VerifyPinAsync(account.Id, "4711"));
    }

    [Fact]
    public async Task Secrets_are_not_in_the_database_in_the_clear()
    {
        Account account = await AddAsync("a-very-visible-password", "93829382");
        string? all = await directory.Database.ReadAsync(session => session.QueryFirstAsync(
            "SELECT scram_salt, scram_stored_key, scram_server_key, pin_salt, pin_hash FROM accounts WHERE id = @p0",
            row => string.Concat(Enumerable.Range(0, row.FieldCount).Select(column => Convert.ToHexString(row.GetFieldValue<byte[]>(column)))),
            account.Id));
        Assert.NotNull(all);
        Assert.DoesNotContain(Convert.ToHexString("a-very-visible-password"u8), all);
        Assert.DoesNotContain(Convert.ToHexString("93829382"u8), all);
    }

    private Task<Account> AddAsync(string? password, string? pin) => Accounts.AddAsync(
        new NewAccount($"person{Interlocked.Increment(ref _people)}@example.test", "Person", null, password, pin));
}

public sealed class SqliteCredentialTests(SqliteDirectory directory) : CredentialTests(directory), IClassFixture<SqliteDirectory>;

public sealed class PostgreSqlCredentialTests(PostgreSqlDirectory directory) : CredentialTests(directory), IClassFixture<PostgreSqlDirectory>;
