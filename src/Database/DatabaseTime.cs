using System.Data.Common;

namespace UnifiedMsg.Database;

/// <summary>How points in time are stored: UTC microseconds since 1970.</summary>
public static class DatabaseTime
{
    /// <summary>The number that is stored for <paramref name="time"/>.</summary>
    public static long ToMicroseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>The time, in UTC, for which <paramref name="microseconds"/> is stored.</summary>
    public static DateTimeOffset FromMicroseconds(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    /// <summary>Reads a column that holds a time.</summary>
    public static DateTimeOffset GetTime(this DbDataReader reader, int ordinal) => FromMicroseconds(reader.GetInt64(ordinal));
}
