namespace UnifiedMsg.Accounts.Tests;

public abstract class DirectoryTests(TestDirectory directory) : IAsyncLifetime
{
    private AccountDirectory Accounts => directory.Accounts;

    public async ValueTask InitializeAsync()
    {
        foreach (Group group in await Accounts.ListGroupsAsync())
            await Accounts.RemoveGroupAsync(group.Address);
        foreach (Account account in await Accounts.ListAsync())
            await Accounts.RemoveAsync(account.Id);
        directory.Removed.Clear();
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task An_account_is_found_by_id_address_and_extension()
    {
        Account alice = await Accounts.AddAsync(new NewAccount("Alice@Example.Test", " Alice ", "1001", "pass word", "4711"));
        Assert.Equal(
            (alice.Address, alice.Name, alice.Extension, alice.HasPassword, alice.HasPin),
            ("alice@example.test", "Alice", "1001", true, true));
        Assert.Equal(directory.Time.GetUtcNow(), alice.Created);
        Assert.Equal(alice, await Accounts.FindAsync(alice.Id));
        Assert.Equal(alice, await Accounts.FindByAddressAsync("ALICE@example.test"));
        Assert.Equal(alice, await Accounts.FindByExtensionAsync("1001"));
        Assert.Null(await Accounts.FindByAddressAsync("bob@example.test"));
    }

    // RFC 5890 §2.3.2.1: the two forms of an international name are the same domain. Routing asks for the one in ASCII.
    [Theory]
    [InlineData("alice@b\u00fccher.test")]
    [InlineData("Alice@B\u00dcCHER.test")]
    [InlineData("alice@xn--bcher-kva.test")]
    public async Task An_international_domain_is_the_same_in_both_of_its_forms(string address)
    {
        Account alice = await Accounts.AddAsync(new NewAccount(address, "Alice", Password: "pass word"));
        Assert.Equal("alice@xn--bcher-kva.test", alice.Address);
        Assert.Equal(alice, await Accounts.FindByAddressAsync("alice@b\u00fccher.test"));
        Assert.Equal(alice, await Accounts.FindByAddressAsync("alice@xn--bcher-kva.test"));
        Assert.Equal(alice, await Accounts.VerifyPasswordAsync("alice@b\u00fccher.test", "pass word"));
    }

    [Theory]
    [InlineData("alice@example.test", "2", "taken", "Alice's")]
    [InlineData("bob@example.test", "1001", "taken", "Alice's (alice@example.test)")]
    [InlineData("bob", "2", "not an address", "bob")]
    [InlineData("bob@@example.test", "2", "can't stand before the @", "bob@")]
    [InlineData("b..ob@example.test", "2", "can't stand before the @", "b..ob")]
    [InlineData("bob smith@example.test", "2", "can't stand before the @", "bob smith")]
    [InlineData("bob@-example.test", "2", "not a domain name", "-example.test")]
    [InlineData("bob@example.test", "12a", "not an extension", "12a")]
    [InlineData("bob@example.test", "1234567890123456", "not an extension", "1 to 15 digits")]
    public async Task A_refusal_says_what_is_wrong_and_changes_nothing(string address, string extension, string what, string whose)
    {
        await Accounts.AddAsync(new NewAccount("alice@example.test", "Alice", "1001"));
        DirectoryException refusal = await Assert.ThrowsAsync<DirectoryException>(
            () => Accounts.AddAsync(new NewAccount(address, "Bob", extension)));
        Assert.Contains(what, refusal.Message);
        Assert.Contains(whose, refusal.Message);
        Assert.Single(await Accounts.ListAsync());
    }

    [Theory]
    [InlineData("123", "4 to 12 digits")]
    [InlineData("12x4", "4 to 12 digits")]
    [InlineData("5555", "the same")]
    [InlineData("1234", "up or down")]
    [InlineData("8901", "up or down")]
    [InlineData("4321", "up or down")]
    [InlineData("1007", "is the extension")]
    public async Task A_weak_pin_is_refused(string pin, string why)
    {
        DirectoryException refusal = await Assert.ThrowsAsync<DirectoryException>(
            () => Accounts.AddAsync(new NewAccount("alice@example.test", "Alice", "1007", Pin: pin)));
        Assert.Contains(why, refusal.Message);
    }

    [Fact]
    public async Task Changes_leave_what_is_null_and_remove_what_is_empty()
    {
        Account alice = await Accounts.AddAsync(new NewAccount("alice@example.test", "Alice", "1001", "secret", "4711"));
        Account renamed = await Accounts.ChangeAsync(alice.Id, new AccountChange(Name: "Alice B."));
        Assert.Equal(alice with { Name = "Alice B." }, renamed);
        Account bare = await Accounts.ChangeAsync(alice.Id, new AccountChange(Extension: "", Password: "", Pin: ""));
        Assert.Equal(renamed with { Extension = null, HasPassword = false, HasPin = false }, bare);
        await Assert.ThrowsAsync<DirectoryException>(() => Accounts.ChangeAsync(alice.Id, new AccountChange(Name: "")));
        await Assert.ThrowsAsync<DirectoryException>(() => Accounts.ChangeAsync(alice.Id + 99, new AccountChange(Name: "Nobody")));
    }

    [Fact]
    public async Task Removing_frees_the_address_tells_the_store_and_never_reuses_the_id()
    {
        Account alice = await Accounts.AddAsync(new NewAccount("alice@example.test", "Alice", "1001"));
        Assert.True(await Accounts.RemoveAsync(alice.Id));
        Assert.False(await Accounts.RemoveAsync(alice.Id));
        Assert.Equal([alice.Id], directory.Removed);
        Account next = await Accounts.AddAsync(new NewAccount("alice@example.test", "Alice the second", "1001"));
        Assert.True(next.Id > alice.Id);
    }

    [Fact]
    public async Task A_group_resolves_to_its_members()
    {
        Account alice = await Accounts.AddAsync(new NewAccount("alice@example.test", "Alice"));
        Account bob = await Accounts.AddAsync(new NewAccount("bob@example.test", "Bob"));
        Group group = await Accounts.AddGroupAsync("Sales@example.test", ["bob@example.test", "ALICE@example.test", "bob@example.test"]);
        Assert.Equal(["alice@example.test", "bob@example.test"], group.Members);
        Assert.Equal([alice, bob], await Accounts.ResolveAsync("sales@EXAMPLE.test"));
        Assert.Equal([alice], await Accounts.ResolveAsync("alice@example.test"));
        Assert.Empty(await Accounts.ResolveAsync("nobody@example.test"));
        await Accounts.RemoveAsync(alice.Id);
        Assert.Equal([bob], await Accounts.ResolveAsync("sales@example.test"));
        Assert.True(await Accounts.RemoveGroupAsync("sales@example.test"));
        Assert.Empty(await Accounts.ListGroupsAsync());
    }

    [Fact]
    public async Task A_group_may_not_take_an_address_or_have_strangers()
    {
        await Accounts.AddAsync(new NewAccount("alice@example.test", "Alice"));
        await Assert.ThrowsAsync<DirectoryException>(() => Accounts.AddGroupAsync("alice@example.test", ["alice@example.test"]));
        await Assert.ThrowsAsync<DirectoryException>(() => Accounts.AddGroupAsync("sales@example.test", ["stranger@example.test"]));
        Assert.Empty(await Accounts.ListGroupsAsync());
        await Accounts.AddGroupAsync("sales@example.test", ["alice@example.test"]);
        DirectoryException refusal = await Assert.ThrowsAsync<DirectoryException>(
            () => Accounts.AddAsync(new NewAccount("sales@example.test", "Sales")));
        Assert.Contains("a group", refusal.Message);
    }
}

public sealed class SqliteDirectoryTests(SqliteDirectory directory) : DirectoryTests(directory), IClassFixture<SqliteDirectory>;

public sealed class PostgreSqlDirectoryTests(PostgreSqlDirectory directory) : DirectoryTests(directory), IClassFixture<PostgreSqlDirectory>;
