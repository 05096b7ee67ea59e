using System.Globalization;
using UnifiedMsg.Server.Administration;
using UnifiedMsg.Store.Maintenance;

namespace UnifiedMsg.Server.Commands;

/// <summary>What people are told of a problem beside what it is: where they meet it, and what helps.</summary>
internal static class ProblemText
{
    /// <summary>Whether something is lost that only a backup can have.</summary>
    public static bool IsLoss(StoreProblem problem) => problem.Kind is "content-damaged" or "item-without-content";

    public static IEnumerable<string> Of(StoreProblem problem)
    {
        foreach (var place in problem.Places)
            yield return Of(place);
        if (problem.PlaceCount > problem.Places.Count)
            yield return $"and {problem.PlaceCount - problem.Places.Count} more";
        if (!IsLoss(problem))
            yield break;
        foreach (var address in problem.Places.Select(place => place.Address).Distinct())
        {
            if (address is not null and not ReportAddresses.Queue)
                yield return $"a backup may have it: `unifiedmsg store restore SOURCE --mailbox {address}`";
        }
    }

    private static string Of(ProblemPlace place)
    {
        var text = place.Address ?? $"account {place.AccountId}";
        if (place.Folder is not null)
            text += $", {place.Folder}";
        if (place.Uid != 0)
            text += $", UID {place.Uid}";
        if (place.IsDeleted)
            text += ", deleted";
        if (place.Subject is not null)
            text += $": \"{place.Subject}\"";
        return place.Date is { } date ? $"{text} ({date.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC)" : text;
    }
}
