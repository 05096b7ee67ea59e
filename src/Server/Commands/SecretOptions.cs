using System.CommandLine;
using System.Text;

namespace UnifiedMsg.Server.Commands;

/// <summary>The options by which a password and a PIN come in. A password never stands on the command line, where every user of
/// the machine could read it in the list of processes.</summary>
internal sealed class SecretOptions
{
    // RFC 5802 sets no limit; this only keeps a wrong file from being hashed.
    private const int MaxLength = 1024;

    private readonly Option<string?> _passwordFile = new("--password-file")
    {
        Description = "File whose first line is the password; - for standard input.",
        HelpName = "F",
    };

    private readonly Option<string?> _phonePasswordFile = new("--phone-password-file")
    {
        Description = "File whose first line is the password with which the person's phones register; - for standard input.",
        HelpName = "F",
    };

    private readonly Option<string?> _pin = new("--pin")
    {
        Description = "The telephone PIN, digits only. Others on this machine can see it while the command runs; --pin-file keeps it from them.",
        HelpName = "P",
    };

    private readonly Option<string?> _pinFile = new("--pin-file")
    {
        Description = "File whose first line is the PIN; - for standard input.",
        HelpName = "F",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_passwordFile);
        command.Options.Add(_phonePasswordFile);
        command.Options.Add(_pin);
        command.Options.Add(_pinFile);
        command.Validators.Add(result =>
        {
            if (((Option<string?>[])[_passwordFile, _phonePasswordFile, _pinFile]).Count(option => result.GetValue(option) == "-") > 1)
                result.AddError("only one of --password-file, --phone-password-file and --pin-file can be standard input");
        });
    }

    /// <summary>The password, or null for none. On a terminal the person is asked when <paramref name="ask"/> is set.</summary>
    public async Task<string?> ReadPasswordAsync(CommandContext context, ParseResult arguments, bool ask, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_passwordFile) is { } file)
            return await ReadFirstLineAsync(context, file, "--password-file", cancellationToken);
        if (!ask || !context.IsTerminal)
            return null;
        var password = await AskAsync(context, "Password (empty for none): ");
        if (password.Length > 0 && await AskAsync(context, "Once more: ") != password)
            throw new CommandException(ExitCode.Usage, "the two passwords differ");
        return password.Length > 0 ? password : null;
    }

    /// <summary>The password of the person's phones, or null when none was given.</summary>
    public async Task<string?> ReadPhonePasswordAsync(CommandContext context, ParseResult arguments, CancellationToken cancellationToken) =>
        arguments.GetValue(_phonePasswordFile) is { } file ? await ReadFirstLineAsync(context, file, "--phone-password-file", cancellationToken) : null;

    /// <summary>The PIN, or null when none was given.</summary>
    public async Task<string?> ReadPinAsync(CommandContext context, ParseResult arguments, CancellationToken cancellationToken) =>
        arguments.GetValue(_pinFile) is { } file ? await ReadFirstLineAsync(context, file, "--pin-file", cancellationToken) : arguments.GetValue(_pin);

    /// <summary>The first line of a file, or of standard input for <c>-</c>.</summary>
    public static async Task<string> ReadFirstLineAsync(CommandContext context, string file, string option, CancellationToken cancellationToken)
    {
        string? line;
        if (file == "-")
            line = await context.Input.ReadLineAsync(cancellationToken);
        else
        {
            try
            {
                using var reader = new StreamReader(context.Resolve(file));
                line = await reader.ReadLineAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new CommandException(ExitCode.Usage, $"{option} {file}: can't be read: {exception.Message}");
            }
        }
        return line is { Length: > 0 and <= MaxLength }
            ? line
            : throw new CommandException(ExitCode.Usage, $"{option} {file}: the first line has to be the secret, of 1 to {MaxLength} characters");
    }

    private static async Task<string> AskAsync(CommandContext context, string question)
    {
        await context.Error.WriteAsync(question);
        var answer = new StringBuilder();
        // Read key by key, so that nothing is shown.
        for (var key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            if (key.Key == ConsoleKey.Backspace)
                answer.Length = Math.Max(0, answer.Length - 1);
            else if (key.KeyChar != '\0')
                answer.Append(key.KeyChar);
        }
        await context.Error.WriteLineAsync();
        return answer.ToString();
    }
}
