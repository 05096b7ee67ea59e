using System.CommandLine;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg config docs</c>: every option with default, unit and meaning.</summary>
internal static class ConfigDocsCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("docs", "Every option with its default, what it accepts and what it means.");
        command.SetAction(arguments => context.Answer(arguments, ConfigurationText.Document(), output =>
        {
            foreach (var option in ConfigurationText.Document())
                Write(output, option);
        }));
        return command;
    }

    private static void Write(TextWriter output, OptionDocumentation option)
    {
        output.WriteLine($"{option.Key}: {option.Default}");
        output.WriteLine($"    {option.Meaning}");
        output.WriteLine($"    {(option.Type.StartsWith("list", StringComparison.Ordinal) ? "A list; each item: " : "Write ")}{option.Accepts}.");
        if (option.Example is not null)
            output.WriteLine($"    Example: {option.Example}");
        output.WriteLine($"    Environment: {option.Variable}");
        output.WriteLine();
    }
}
