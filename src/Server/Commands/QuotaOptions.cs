using System.CommandLine;
using System.Globalization;
using UnifiedMsg.Server.Administration;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Store;

namespace UnifiedMsg.Server.Commands;

/// <summary>The options for what a mailbox may hold, and how it is shown.</summary>
internal sealed class QuotaOptions
{
    private const string NoLimit = "none";
    private const string Default = "default";

    private readonly Option<string?> _size = new("--quota")
    {
        Description = "What the mailbox may hold, such as 2GiB; none for no limit, default for that of the configuration.",
        HelpName = "SIZE",
    };

    private readonly Option<string?> _items = new("--quota-items")
    {
        Description = "Messages that the mailbox may hold; none for no limit, default for that of the configuration.",
        HelpName = "N",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_size);
        command.Options.Add(_items);
    }

    /// <summary>What the limits become, or null when neither option is given.</summary>
    /// <exception cref="CommandException">A value is malformed.</exception>
    public Func<QuotaLimits, QuotaLimits>? Read(ParseResult arguments)
    {
        var (size, items) = (arguments.GetValue(_size), arguments.GetValue(_items));
        if (size is null && items is null)
            return null;
        var maxSize = Read(size, "--quota", "a size such as 2GiB", text => ByteSize.TryParse(text, out var octets) ? octets.Octets : null);
        var maxItems = Read(items, "--quota-items", "a number of messages",
            text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null);
        return own => new QuotaLimits(size is null ? own.MaxSize : maxSize, items is null ? own.MaxItems : maxItems);
    }

    /// <summary>Writes it below the account.</summary>
    public static void Write(TextWriter output, UserQuota quota)
    {
        output.WriteLine($"  mailbox    {Readable(quota.Size)} of {(quota.MaxSize is { } size ? Readable(size) : "no limit")}{Whose(quota.Own.MaxSize)}");
        output.WriteLine($"  messages   {quota.Items} of {quota.MaxItems?.ToString(CultureInfo.InvariantCulture) ?? "no limit"}{Whose(quota.Own.MaxItems)}");
    }

    private static string Whose(long? own) => own is null ? "" : ", set for this person";

    private static string Readable(long octets) => octets switch
    {
        >= 1L << 30 => (octets / (double)(1L << 30)).ToString("0.##", CultureInfo.InvariantCulture) + " GiB",
        >= 1L << 20 => (octets / (double)(1L << 20)).ToString("0.#", CultureInfo.InvariantCulture) + " MiB",
        _ => (octets / 1024d).ToString("0", CultureInfo.InvariantCulture) + " KiB",
    };

    private static long? Read(string? text, string option, string accepted, Func<string, long?> parse) => text switch
    {
        null or Default => null,
        NoLimit => QuotaLimits.None,
        _ => parse(text) ?? throw new CommandException(ExitCode.Usage, $"{option} {text}: write {accepted}, {NoLimit} or {Default}"),
    };
}
