using System.Security.Cryptography;

namespace UnifiedMsg.Delivery.Queue;

/// <summary>Names of accepted messages: short enough to read out, unique enough never to meet again in one server's logs.</summary>
internal static class QueueId
{
    // No letter or digit that is taken for another one.
    private const string Alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    private const int Length = 12;

    public static string New() => RandomNumberGenerator.GetString(Alphabet, Length);
}
