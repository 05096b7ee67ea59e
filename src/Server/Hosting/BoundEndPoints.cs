using System.Net;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Server.Hosting;

/// <summary>Where a running server listens, with the ports that it really got.</summary>
public sealed record BoundEndPoints
{
    /// <summary>Calls.</summary>
    public IReadOnlyList<SipListen> Sip { get; init; } = [];

    /// <summary>Mail from other servers.</summary>
    public IReadOnlyList<IPEndPoint> Smtp { get; init; } = [];

    /// <summary>Mail from clients, STARTTLS.</summary>
    public IReadOnlyList<IPEndPoint> Submission { get; init; } = [];

    /// <summary>Mail from clients, TLS from the first octet.</summary>
    public IReadOnlyList<IPEndPoint> Submissions { get; init; } = [];

    /// <summary>Mail from a relay of ours.</summary>
    public IReadOnlyList<IPEndPoint> Lmtp { get; init; } = [];

    /// <summary>Mail clients, STARTTLS.</summary>
    public IReadOnlyList<IPEndPoint> Imap { get; init; } = [];

    /// <summary>Mail clients, TLS from the first octet.</summary>
    public IReadOnlyList<IPEndPoint> Imaps { get; init; } = [];

    /// <summary>Health and metrics.</summary>
    public IReadOnlyList<IPEndPoint> Http { get; init; } = [];

    /// <summary>Every endpoint with the key that asked for it.</summary>
    public IEnumerable<(string Key, string EndPoint)> All()
    {
        (string Key, IEnumerable<object> EndPoints)[] lists =
        [
            ("sip", Sip), ("smtp", Smtp), ("submission", Submission), ("submissions", Submissions), ("lmtp", Lmtp), ("imap", Imap),
            ("imaps", Imaps), ("http", Http),
        ];
        return lists.SelectMany(list => list.EndPoints.Select(endPoint => (list.Key, endPoint.ToString()!)));
    }
}
