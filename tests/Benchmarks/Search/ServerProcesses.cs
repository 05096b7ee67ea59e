using System.Globalization;
using UnifiedMsg.Database;

namespace UnifiedMsg.Benchmarks.Search;

/// <summary>What processes of a server have done.</summary>
/// <param name="Processor">Time of a processor, which a busy machine changes little.</param>
/// <param name="Turns">How often they waited, which is at most once for each turn of the client.</param>
internal readonly record struct ServerWork(TimeSpan Processor, long Turns)
{
    public static ServerWork operator +(ServerWork one, ServerWork other) => new(one.Processor + other.Processor, one.Turns + other.Turns);

    public static ServerWork operator -(ServerWork one, ServerWork other) => new(one.Processor - other.Processor, one.Turns - other.Turns);
}

/// <summary>The processes that PostgreSQL keeps for the connections of a database. From <c>/proc</c>, so on this machine only.</summary>
internal sealed class ServerProcesses
{
    // Of one that is gone, what it had done.
    private readonly Dictionary<long, ServerWork> _done = [];

    private ServerProcesses()
    {
    }

    /// <summary>Those of the connections that there are now.</summary>
    public static async Task<ServerProcesses> FindAsync(IDatabase database)
    {
        var found = new ServerProcesses();
        foreach (long process in await database.ReadAsync(session => session.QueryAsync(
            "SELECT pid::bigint FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'", row => row.GetInt64(0))))
            found._done.Add(process, default);
        return found;
    }

    /// <summary>What they have done so far.</summary>
    public ServerWork Read()
    {
        var sum = default(ServerWork);
        foreach (long process in _done.Keys)
        {
            string folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}");
            if (System.IO.Directory.Exists(folder))
                _done[process] = Read(folder);
            sum += _done[process];
        }
        return sum;
    }

    private static ServerWork Read(string folder)
    {
        long nanoseconds = long.Parse(File.ReadAllText($"{folder}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture);
        string waits = File.ReadLines($"{folder}/status").First(line => line.StartsWith("voluntary_ctxt_switches:", StringComparison.Ordinal));
        return new ServerWork(TimeSpan.FromMicroseconds(nanoseconds / 1000.0), long.Parse(waits.Split('\t')[1], CultureInfo.InvariantCulture));
    }
}
