using Npgsql;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>By which a transaction is known when its connection is gone. It is there from the first answer on.</summary>
internal sealed class TransactionMark
{
    /// <summary>Asks for it, within the transaction.</summary>
    public const string Ask = $"SELECT pg_current_xact_id(), current_setting('{ServerRun.Setting}', true)";

    /// <summary>Whether the server has told it.</summary>
    public bool IsThere { get; private set; }

    /// <summary>The transaction's number, with its epoch: it comes once in a run of the server.</summary>
    public ulong Id { get; private set; }

    /// <summary>The run in which it began; null where the server does not say.</summary>
    public ServerRun? Run { get; private set; }

    /// <summary>Takes it from the answer.</summary>
    public void Set(NpgsqlDataReader reader)
    {
        Id = reader.GetFieldValue<ulong>(0);
        Run = reader.IsDBNull(1) ? null : ServerRun.Parse(reader.GetString(1));
        IsThere = true;
    }
}
