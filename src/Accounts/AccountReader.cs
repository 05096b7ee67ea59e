using System.Data.Common;
using UnifiedMsg.Database;

namespace UnifiedMsg.Accounts;

/// <summary>The queries of the directory. Addresses come in normal form.</summary>
internal sealed class AccountReader
{
    private const string Select =
        "SELECT a.id, d.address, a.name, a.extension, a.scram_salt IS NOT NULL, a.pin_salt IS NOT NULL, a.created, "
        + "EXISTS(SELECT 1 FROM account_phone_secrets s WHERE s.account_id = a.id) FROM accounts a JOIN account_addresses d ON d.account_id = a.id ";

    public ValueTask<Account?> FindAsync(IReadSession session, long id) =>
        session.QueryFirstAsync(Select + "WHERE a.id = @p0", Map, id);

    public ValueTask<Account?> FindByAddressAsync(IReadSession session, string address) =>
        session.QueryFirstAsync(Select + "WHERE d.address = @p0", Map, address);

    public ValueTask<Account?> FindByExtensionAsync(IReadSession session, string extension) =>
        session.QueryFirstAsync(Select + "WHERE a.extension = @p0", Map, extension);

    public ValueTask<List<Account>> ListAsync(IReadSession session) => session.QueryAsync(Select + "ORDER BY d.address", Map);

    public ValueTask<List<Account>> ResolveAsync(IReadSession session, string address) => session.QueryAsync(
        Select + "WHERE d.address = @p0 OR a.id IN (SELECT m.account_id FROM account_group_members m "
        + "JOIN account_addresses g ON g.group_id = m.group_id WHERE g.address = @p0) ORDER BY d.address",
        Map, address);

    public async ValueTask<List<Group>> ListGroupsAsync(IReadSession session)
    {
        List<(string Group, string? Member)> rows = await session.QueryAsync(
            "SELECT g.address, d.address FROM account_addresses g LEFT JOIN account_group_members m ON m.group_id = g.group_id "
            + "LEFT JOIN account_addresses d ON d.account_id = m.account_id WHERE g.group_id IS NOT NULL ORDER BY g.address, d.address",
            row => (row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1)));
        return [.. rows.GroupBy(row => row.Group, row => row.Member)
            .Select(group => new Group(group.Key, [.. group.OfType<string>()]))];
    }

    public ValueTask<List<GroupId>> ListGroupIdsAsync(IReadSession session, long? accountId) => accountId is null
        ? session.QueryAsync(
            "SELECT group_id, address FROM account_addresses WHERE group_id IS NOT NULL ORDER BY address",
            row => new GroupId(row.GetInt64(0), row.GetString(1)))
        : session.QueryAsync(
            "SELECT g.group_id, g.address FROM account_group_members m JOIN account_addresses g ON g.group_id = m.group_id "
            + "WHERE m.account_id = @p0 ORDER BY g.address",
            row => new GroupId(row.GetInt64(0), row.GetString(1)), accountId);

    /// <summary>Refuses an address that somebody has, and says who.</summary>
    public async ValueTask RequireFreeAddressAsync(IReadSession session, string address)
    {
        (bool taken, string? name) = await session.QueryFirstAsync(
            "SELECT a.name FROM account_addresses d LEFT JOIN accounts a ON a.id = d.account_id WHERE d.address = @p0",
            row => (true, row.IsDBNull(0) ? null : row.GetString(0)), address);
        if (taken)
            throw new DirectoryException($"The address {address} is taken: it is {(name is null ? "a group" : $"{name}'s")}.");
    }

    /// <summary>Refuses an extension that somebody else than <paramref name="accountId"/> has, and says who.</summary>
    public async ValueTask RequireFreeExtensionAsync(IReadSession session, string extension, long? accountId)
    {
        Account? holder = await FindByExtensionAsync(session, extension);
        if (holder is not null && holder.Id != accountId)
            throw new DirectoryException($"The extension {extension} is taken: it is {holder.Name}'s ({holder.Address}).");
    }

    private static Account Map(DbDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetBoolean(4),
        row.GetBoolean(5), row.GetTime(6), row.GetBoolean(7));
}
