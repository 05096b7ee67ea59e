using UnifiedMsg.Accounts.Credentials;
using UnifiedMsg.Database;

namespace UnifiedMsg.Accounts;

/// <summary>A new account, checked, with its credentials derived: what is left is what only the unit can see.</summary>
internal sealed record NewAccountRow(string Address, string Name, string? Extension, ScramVerifier? Password, PinVerifier? Pin, string? PhonePassword);

/// <summary>Changes, checked; a credential that is set to null is removed.</summary>
internal sealed record ChangedAccountRow(
    string? Name, string? Extension, bool SetPassword, ScramVerifier? Password, bool SetPin, PinVerifier? Pin, string? PhonePassword);

/// <summary>The units that change accounts.</summary>
internal sealed class AccountWriter(AccountReader reader, PhoneSecrets phones, TimeProvider time, IReadOnlyList<AccountRemover> removers)
{
    public async ValueTask<Account> AddAsync(IWriteSession session, NewAccountRow row)
    {
        await reader.RequireFreeAddressAsync(session, row.Address);
        if (row.Extension is not null)
            await reader.RequireFreeExtensionAsync(session, row.Extension, null);
        long id = (await session.QueryLongAsync(
            "INSERT INTO accounts(name, extension, created) VALUES(@p0, @p1, @p2) RETURNING id",
            row.Name, row.Extension, time.GetUtcNow()))!.Value;
        await session.ExecuteAsync("INSERT INTO account_addresses(address, account_id) VALUES(@p0, @p1)", row.Address, id);
        await SetPasswordAsync(session, id, row.Password);
        await SetPinAsync(session, id, row.Pin);
        if (!string.IsNullOrEmpty(row.PhonePassword))
            await phones.SetAsync(session, id, row.Address, row.Extension, row.PhonePassword);
        return (await reader.FindAsync(session, id))!;
    }

    public async ValueTask<Account> ChangeAsync(IWriteSession session, long id, ChangedAccountRow row)
    {
        await LockAsync(session, id);
        if (row.Name is not null)
            await session.ExecuteAsync("UPDATE accounts SET name = @p1 WHERE id = @p0", id, row.Name);
        if (row.Extension is not null)
            await SetExtensionAsync(session, id, row.Extension);
        if (row.SetPassword)
            await SetPasswordAsync(session, id, row.Password);
        if (row.SetPin)
            await SetPinAsync(session, id, row.Pin);
        Account changed = await reader.FindAsync(session, id) ?? throw new DirectoryException("There is no such account.");
        if (row.PhonePassword is null)
            return changed;
        await phones.SetAsync(session, id, changed.Address, changed.Extension, row.PhonePassword);
        return (await reader.FindAsync(session, id))!;
    }

    public async ValueTask<bool> RemoveAsync(IWriteSession session, long id)
    {
        await LockAsync(session, id);
        if (await reader.FindAsync(session, id) is null)
            return false;
        foreach (AccountRemover remover in removers)
            await remover(session, id);
        await PhoneSecrets.RemoveAsync(session, id);
        await session.ExecuteAsync("DELETE FROM account_group_members WHERE account_id = @p0", id);
        await session.ExecuteAsync("DELETE FROM account_addresses WHERE account_id = @p0", id);
        await session.ExecuteAsync("DELETE FROM accounts WHERE id = @p0", id);
        return true;
    }

    // Two changes of one account come one after the other; so each sees the whole of what the other did.
    private static ValueTask<long?> LockAsync(IWriteSession session, long id) =>
        session.QueryLongAsync("SELECT id FROM accounts WHERE id = @p0 FOR UPDATE", id);

    private async ValueTask SetExtensionAsync(IWriteSession session, long id, string extension)
    {
        if (extension.Length > 0)
            await reader.RequireFreeExtensionAsync(session, extension, id);
        await session.ExecuteAsync(
            "UPDATE accounts SET extension = @p1 WHERE id = @p0", id, extension.Length > 0 ? extension : null);
        await PhoneSecrets.RemoveExtensionAsync(session, id, extension);
    }

    private static ValueTask<int> SetPasswordAsync(IWriteSession session, long id, ScramVerifier? password) => session.ExecuteAsync(
        "UPDATE accounts SET scram_salt = @p1, scram_iterations = @p2, scram_stored_key = @p3, scram_server_key = @p4 WHERE id = @p0",
        id, password?.Salt, password?.Iterations, password?.StoredKey, password?.ServerKey);

    // A new PIN ends a lock-out: the person has proved who they are in another way.
    private static ValueTask<int> SetPinAsync(IWriteSession session, long id, PinVerifier? pin) => session.ExecuteAsync(
        "UPDATE accounts SET pin_salt = @p1, pin_iterations = @p2, pin_hash = @p3, pin_failures = 0, pin_locked_until = 0 WHERE id = @p0",
        id, pin?.Salt, pin?.Iterations, pin?.Hash);
}
