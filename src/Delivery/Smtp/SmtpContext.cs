using UnifiedMsg.Accounts.Sasl;
using UnifiedMsg.Delivery.Queue;
using UnifiedMsg.Delivery.Routing;
using UnifiedMsg.Store;

namespace UnifiedMsg.Delivery.Smtp;

/// <summary>What every session of a server works with.</summary>
internal sealed record SmtpContext(
    SmtpOptions Options, Router Router, IStore Store, ISubmission Submission, Bouncer Bouncer, SaslServer Sasl, TimeProvider Time);
