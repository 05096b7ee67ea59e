using UnifiedMsg.Database;

namespace UnifiedMsg.Accounts;

/// <summary>The units that change groups.</summary>
internal sealed class GroupWriter(AccountReader reader)
{
    public async ValueTask<Group> AddAsync(IWriteSession session, string address, IReadOnlyList<string> members)
    {
        if (members.Count == 0)
            throw new DirectoryException("A group has at least one member.");
        await reader.RequireFreeAddressAsync(session, address);
        long id = (await session.QueryLongAsync("INSERT INTO account_groups DEFAULT VALUES RETURNING id"))!.Value;
        await session.ExecuteAsync("INSERT INTO account_addresses(address, group_id) VALUES(@p0, @p1)", address, id);
        foreach (string member in members)
        {
            Account account = await reader.FindByAddressAsync(session, member)
                ?? throw new DirectoryException($"{member} is nobody's address here; members of a group are people of this server.");
            await session.ExecuteAsync(
                "INSERT INTO account_group_members(group_id, account_id) VALUES(@p0, @p1)", id, account.Id);
        }
        return new Group(address, [.. members.Order(StringComparer.Ordinal)]);
    }

    public async ValueTask<bool> RemoveAsync(IWriteSession session, string address)
    {
        long? id = await session.QueryLongAsync("SELECT group_id FROM account_addresses WHERE address = @p0 FOR UPDATE", address);
        if (id is null)
            return false;
        await session.ExecuteAsync("DELETE FROM account_group_members WHERE group_id = @p0", id);
        await session.ExecuteAsync("DELETE FROM account_addresses WHERE group_id = @p0", id);
        await session.ExecuteAsync("DELETE FROM account_groups WHERE id = @p0", id);
        return true;
    }
}
