using Microsoft.Extensions.Logging;
using UnifiedMsg.Accounts;
using UnifiedMsg.Accounts.Sasl;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Session;

/// <summary>What every session of a server works with.</summary>
internal sealed record ImapServices(
    ImapOptions Options, IStore Store, IAccounts Accounts, SaslServer Sasl, ILogger Logger, TimeProvider Time);
