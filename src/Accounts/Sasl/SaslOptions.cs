namespace UnifiedMsg.Accounts.Sasl;

/// <summary>Limits of log-ins.</summary>
public sealed record SaslOptions
{
    /// <summary>Failures from one remote address within <see cref="Window"/> after which it has to wait. Above what one office behind
    /// one address mistypes.</summary>
    public int MaxFailuresPerAddress { get; init; } = 50;

    /// <summary>Failures for one account within <see cref="Window"/> after which it has to wait, from wherever they come.</summary>
    public int MaxFailuresPerAccount { get; init; } = 30;

    /// <summary>How long a failure counts.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Names and addresses whose failures are counted at the same time. Past it the oldest are forgotten.</summary>
    public int MaxTracked { get; init; } = 50_000;
}
