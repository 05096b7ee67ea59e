using Microsoft.Extensions.Logging;
using UnifiedMsg.Accounts;
using UnifiedMsg.Database;
using UnifiedMsg.Delivery;
using UnifiedMsg.Speech;
using UnifiedMsg.Store;

namespace UnifiedMsg.Voicemail;

/// <summary>The parts of the product that voice mail stands on.</summary>
public sealed record VoicemailServices
{
    /// <summary>The database.</summary>
    public required IDatabase Database { get; init; }

    /// <summary>The directory.</summary>
    public required IAccounts Accounts { get; init; }

    /// <summary>The mailboxes.</summary>
    public required IStore Store { get; init; }

    /// <summary>The road that messages take.</summary>
    public required ISubmission Submission { get; init; }

    /// <summary>The speech engine, or null.</summary>
    public Transcriber? Speech { get; init; }

    /// <summary>Logs.</summary>
    public required ILoggerFactory Loggers { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }
}
