using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Accounts.Sasl;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>What a log-in, however it was done, leads to.</summary>
internal static class LoginOutcome
{
    public static async ValueTask<Reply> FinishAsync(ImapSession session, SaslStep step, CancellationToken cancellationToken)
    {
        if (step is SaslStep.Success success)
        {
            await session.LogInAsync(success.Account, cancellationToken);
            return Reply.Ok("Logged in", $"CAPABILITY {Capabilities.For(session)}");
        }

        // RFC 5530 §3. A wrong name and a wrong password get the same answer after the same time.
        return step is SaslStep.Failure failure
            ? failure.Reason switch
            {
                SaslFailure.Malformed => Reply.Bad("The log-in is malformed"),
                SaslFailure.NotAuthorized => await session.RefuseLoginAsync("Not allowed", "AUTHORIZATIONFAILED", cancellationToken),
                SaslFailure.TooManyFailures => await session.RefuseLoginAsync("Too many failures, wait a while", "UNAVAILABLE", cancellationToken),
                _ => await session.RefuseLoginAsync("Name or password is wrong", "AUTHENTICATIONFAILED", cancellationToken),
            }
            : Reply.Bad("The log-in is malformed");
    }
}
