using System.Buffers.Binary;
using System.Data.Common;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using UnifiedMsg.Database;
using UnifiedMsg.Server.Administration;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registrar;

namespace UnifiedMsg.Server.Phones;

/// <summary>Registered phones in the database, so that a restart loses none. Each change is one unit of the group commit.</summary>
/// <param name="database">Where they are kept.</param>
/// <param name="time">The clock.</param>
public sealed class PhoneBindings(IDatabase database, TimeProvider time) : ILocationStore
{
    private const string Select =
        "SELECT address, contact, call_id, sequence, expires, preference, instance, registration_id, path, transport, source, is_direct, "
        + "user_agent FROM phones WHERE address = @p0 ORDER BY contact";

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SipBinding>> FindAsync(string addressOfRecord, CancellationToken cancellationToken) =>
        await database.ReadAsync(session => session.QueryAsync(Select, Map, addressOfRecord), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask ChangeAsync(
        string addressOfRecord, Func<IReadOnlyList<SipBinding>, IReadOnlyList<SipBinding>?> change, CancellationToken cancellationToken) =>
        await database.WriteAsync(
            async session =>
            {
                // Two phones of one person may register with two servers at once.
                await session.LockAsync(BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(addressOfRecord))));
                if (change(await session.QueryAsync(Select, Map, addressOfRecord)) is not { } changed)
                    return 0;
                await session.ExecuteAsync("DELETE FROM phones WHERE address = @p0", addressOfRecord);
                foreach (var binding in changed)
                    await InsertAsync(session, binding);
                return changed.Count;
            },
            cancellationToken);

    /// <summary>The phones of an account that are registered now, the preferred ones first.</summary>
    public async Task<IReadOnlyList<RegisteredPhone>> ListAsync(string address, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var bindings = await FindAsync(address, cancellationToken);
        return
        [
            .. from binding in bindings
               where binding.Expires > now
               orderby binding.Preference descending
               select new RegisteredPhone(
                   binding.Contact.ToString(), $"{binding.Transport.ToString().ToLowerInvariant()}:{binding.Source}", binding.Expires, binding.UserAgent),
        ];
    }

    /// <summary>How many phones are registered now, those of everybody.</summary>
    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return await database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM phones WHERE expires > @p0", now), cancellationToken) ?? 0;
    }

    /// <summary>Forgets the phones of an account that is removed.</summary>
    public static async ValueTask RemoveAccountAsync(IWriteSession session, long accountId) => await session.ExecuteAsync(
        "DELETE FROM phones WHERE address IN (SELECT address FROM account_addresses WHERE account_id = @p0)", accountId);

    private static ValueTask<int> InsertAsync(IWriteSession session, SipBinding binding) => session.ExecuteAsync(
        "INSERT INTO phones(address, contact, call_id, sequence, expires, preference, instance, registration_id, path, transport, source, "
        + "is_direct, user_agent) VALUES(@p0, @p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9, @p10, @p11, @p12)",
        binding.AddressOfRecord, binding.Contact.ToString(), binding.CallId, binding.Sequence, binding.Expires, binding.Preference,
        binding.Instance, binding.RegistrationId, string.Join('\n', binding.Path), binding.Transport.ToString(), binding.Source.ToString(),
        binding.IsDirect, binding.UserAgent);

    private static SipBinding Map(DbDataReader row) => new()
    {
        AddressOfRecord = row.GetString(0),
        Contact = SipUri.Parse(row.GetString(1)),
        CallId = row.GetString(2),
        Sequence = (uint)row.GetInt64(3),
        Expires = row.GetTime(4),
        Preference = row.GetDouble(5),
        Instance = row.IsDBNull(6) ? null : row.GetString(6),
        RegistrationId = row.GetInt32(7),
        Path = row.GetString(8).Split('\n', StringSplitOptions.RemoveEmptyEntries),
        Transport = Enum.Parse<SipTransportKind>(row.GetString(9)),
        Source = IPEndPoint.Parse(row.GetString(10)),
        IsDirect = row.GetBoolean(11),
        UserAgent = row.IsDBNull(12) ? null : row.GetString(12),
    };
}
