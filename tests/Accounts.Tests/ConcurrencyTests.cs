using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Accounts.Tests;

/// <summary>Several units at once, as on several servers.</summary>
public sealed class ConcurrencyTests(PostgreSqlDirectory directory) : IClassFixture<PostgreSqlDirectory>
{
    private AccountDirectory Accounts => directory.Accounts;

    [Fact]
    public async Task An_address_that_many_want_goes_to_one_and_the_others_are_told_whose_it_is()
    {
        string?[] refusals = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(async () =>
        {
            try
            {
                await Accounts.AddAsync(new NewAccount("wanted@example.test", $"Person {i}"));
                return null;
            }
            catch (DirectoryException refusal)
            {
                return refusal.Message;
            }
        })));
        Assert.Single(refusals, refusal => refusal is null);
        string name = (await Accounts.FindByAddressAsync("wanted@example.test"))!.Name;
        Assert.All(refusals.Where(refusal => refusal is not null), refusal => Assert.Contains($"it is {name}'s", refusal));
    }

    [Fact]
    public async Task Attempts_at_a_pin_in_parallel_are_all_counted()
    {
        Account account = await Accounts.AddAsync(new NewAccount("pin@example.test", "Pin", Pin: "93829382"));
        PinResult[] results = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Task.Run(() => Accounts.VerifyPinAsync(account.Id, "00000000").AsTask())));
        Assert.Equal(new AccountsOptions().PinAttempts, results.Count(result => result == PinResult.Wrong));
        Assert.Equal(PinResult.LockedOut, await Accounts.VerifyPinAsync(account.Id, "93829382"));
    }

    [Fact]
    public async Task An_account_that_goes_while_a_group_takes_it_leaves_nothing_half()
    {
        for (int i = 0; i < 10; i++)
        {
            Account member = await Accounts.AddAsync(new NewAccount($"member{i}@example.test", "Member"));
            Task<bool> removing = Task.Run(() => Accounts.RemoveAsync(member.Id));
            try
            {
                await Task.Run(() => Accounts.AddGroupAsync($"group{i}@example.test", [member.Address]));
            }
            catch (DirectoryException refusal)
            {
                Assert.Contains("nobody's address", refusal.Message);
            }
            Assert.True(await removing);
            Assert.Empty(await Accounts.ResolveAsync($"group{i}@example.test"));
        }
    }

    [Fact]
    public async Task A_group_that_two_remove_was_there_for_one()
    {
        await Accounts.AddAsync(new NewAccount("removed.member@example.test", "Member"));
        await Accounts.AddGroupAsync("removed.group@example.test", ["removed.member@example.test"]);
        Task<bool> Remove() => Accounts.RemoveGroupAsync("removed.group@example.test");
        Assert.Single(await Meeting.OfAsync(directory.Home, "SELECT 1 FROM account_group_members FOR UPDATE", Remove, Remove), removed => removed);
    }

    [Fact]
    public async Task Changes_of_one_account_at_once_all_happen()
    {
        Account account = await Accounts.AddAsync(new NewAccount("changed@example.test", "Changed", "7001"));
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => Accounts.ChangeAsync(account.Id, i % 2 == 0
            ? new AccountChange(Extension: $"70{i:00}")
            : new AccountChange(PhonePassword: $"a long phone password {i}")))));
        Account after = (await Accounts.FindAsync(account.Id))!;
        // Under the extension it has, and under no other one, a phone may be known.
        for (int i = 0; i < 16; i++)
        {
            if ($"70{i:00}" != after.Extension)
                Assert.Null(await Accounts.FindPhoneSecretAsync($"70{i:00}", "example.test"));
        }
        Assert.NotNull(await Accounts.FindPhoneSecretAsync("changed@example.test", "example.test"));
    }
}
