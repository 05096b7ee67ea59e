namespace UnifiedMsg.Accounts;

/// <summary>Strength and limits of credentials.</summary>
public sealed record AccountsOptions
{
    /// <summary>PBKDF2 rounds of new passwords. Every client pays them at each SCRAM log-in, also a phone; RFC 7677 §4 asks for 15,000 at least.</summary>
    public int PasswordIterations { get; init; } = 15_000;

    /// <summary>PBKDF2 rounds of new PINs. Only the server pays them.</summary>
    public int PinIterations { get; init; } = 100_000;

    /// <summary>Wrong PINs in a row after which the account's PIN is locked: one in 2,000 of the four-digit PINs can be tried in a row.</summary>
    public int PinAttempts { get; init; } = 5;

    /// <summary>How long a PIN stays locked.</summary>
    public TimeSpan PinLockOut { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The realm for which passwords of phones are kept; the SIP listener asks for them in the same one. Empty: phones can have none.</summary>
    public string PhoneRealm { get; init; } = "";

    /// <summary>How long a verified password is remembered (as a keyed hash, in memory), so that clients that log in with PLAIN
    /// for each connection don't cost a derivation each time.</summary>
    public TimeSpan RememberVerified { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Verified passwords remembered at most.</summary>
    public int MaxRemembered { get; init; } = 10_000;
}
