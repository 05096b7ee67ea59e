using DnsClient.Protocol;

namespace UnifiedMsg.Sip.Resolution;

/// <summary>The order in which the servers of a service are tried (RFC 2782).</summary>
internal static class ServiceOrder
{
    /// <summary>By priority; those of the same priority by lot, each with a chance by its weight.</summary>
    public static IReadOnlyList<SrvRecord> Sort(IEnumerable<SrvRecord> records, Random random)
    {
        var sorted = new List<SrvRecord>();
        foreach (var group in records.GroupBy(record => record.Priority).OrderBy(group => group.Key))
        {
            // RFC 2782: those of weight 0 stand first, so that they are drawn only when the lot is 0.
            var left = group.OrderBy(record => record.Weight).ToList();
            while (left.Count > 0)
            {
                var drawn = Draw(left, random);
                sorted.Add(drawn);
                left.Remove(drawn);
            }
        }
        return sorted;
    }

    private static SrvRecord Draw(List<SrvRecord> records, Random random)
    {
        var lot = random.Next(records.Sum(record => record.Weight) + 1);
        foreach (var record in records)
        {
            lot -= record.Weight;
            if (lot <= 0)
                return record;
        }
        return records[^1];
    }
}
