namespace UnifiedMsg.Delivery.Smtp.Wire;

/// <summary>The replies that more than one command gives, or that have one wording everywhere.</summary>
internal static class Replies
{
    public static readonly SmtpReply Ok = new(250, "2.0.0", "OK");
    public static readonly SmtpReply SenderOk = new(250, "2.1.0", "Sender OK");
    public static readonly SmtpReply RecipientOk = new(250, "2.1.5", "Recipient OK");
    public static readonly SmtpReply StartData = new(354, null, "Go ahead, end with <CRLF>.<CRLF>");
    public static readonly SmtpReply Bye = new(221, "2.0.0", "Bye", Close: true);
    public static readonly SmtpReply CannotVerify = new(252, "2.5.1", "Send the message and see");
    public static readonly SmtpReply UnknownCommand = new(500, "5.5.1", "Unknown command");
    public static readonly SmtpReply NotHere = new(502, "5.5.1", "This command is not for this port");
    public static readonly SmtpReply LineTooLong = new(500, "5.5.6", "Line too long");
    public static readonly SmtpReply BareLineFeed = new(500, "5.5.2", "Lines end with CR LF");
    public static readonly SmtpReply BadSequence = new(503, "5.5.1", "Command out of sequence");
    public static readonly SmtpReply SyntaxError = new(501, "5.5.4", "Syntax error in the arguments");
    public static readonly SmtpReply UnknownParameter = new(555, "5.5.4", "Parameter not known");
    public static readonly SmtpReply NeedsUtf8 = new(553, "5.6.7", "An address with other than ASCII characters needs the SMTPUTF8 parameter");
    public static readonly SmtpReply NeedsAuthentication = new(530, "5.7.0", "Authentication required");
    public static readonly SmtpReply NeedsTls = new(530, "5.7.0", "Issue STARTTLS first");
    public static readonly SmtpReply TooManyErrors = new(421, "4.7.0", "Too many errors, closing", Close: true);
    public static readonly SmtpReply TimedOut = new(421, "4.4.2", "Nothing came for too long, closing", Close: true);
    public static readonly SmtpReply ShuttingDown = new(421, "4.3.2", "The server is stopping, try again in a moment", Close: true);
    public static readonly SmtpReply Fault = new(451, "4.3.0", "The server could not do it now, try again later");
    public static readonly SmtpReply MessageTooLarge = new(552, "5.3.4", "The message is larger than this server takes");
    public static readonly SmtpReply BareLineEnd = new(550, "5.6.0", "The message has a line that does not end with CR LF");
    public static readonly SmtpReply Loop = new(554, "5.4.6", "The message goes round in circles: too many Received headers");
    public static readonly SmtpReply HeaderTooLarge = new(552, "5.3.4", "The header of the message is too large");
}
