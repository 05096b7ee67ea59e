using System.Globalization;
using UnifiedMsg.Database;

namespace UnifiedMsg.Benchmarks.Search;

/// <summary>What the processes that PostgreSQL keeps for the connections of a database have done so far: their time of a processor, which a busy
/// machine changes little, and how often they waited, which is once for each turn of the client. From <c>/proc</c>, so on this machine only.</summary>
/// <param name="Processor">Time of a processor.</param>
/// <param name="Turns">Turns of the clients.</param>
internal readonly record struct ServerWork(TimeSpan Processor, long Turns)
{
    /// <summary>The processes of the connections that there are now.</summary>
    public static Task<List<long>> FindProcessesAsync(IDatabase database) => database.ReadAsync(session => session.QueryAsync(
        "SELECT pid::bigint FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'", row => row.GetInt64(0))).AsTask();

    /// <summary>The work of these processes.</summary>
    public static ServerWork Of(List<long> processes)
    {
        var sum = default(ServerWork);
        foreach (long process in processes)
            sum += Of(process);
        return sum;
    }

    public static ServerWork operator +(ServerWork one, ServerWork other) => new(one.Processor + other.Processor, one.Turns + other.Turns);

    public static ServerWork operator -(ServerWork one, ServerWork other) => new(one.Processor - other.Processor, one.Turns - other.Turns);

    private static ServerWork Of(long process)
    {
        string folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}");
        long nanoseconds = long.Parse(File.ReadAllText($"{folder}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture);
        string waits = File.ReadLines($"{folder}/status").First(line => line.StartsWith("voluntary_ctxt_switches:", StringComparison.Ordinal));
        return new ServerWork(TimeSpan.FromMicroseconds(nanoseconds / 1000.0), long.Parse(waits.Split('\t')[1], CultureInfo.InvariantCulture));
    }
}
