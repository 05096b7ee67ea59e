using System.Collections;
using System.CommandLine;
using System.Text.Json;
using UnifiedMsg.Server.Administration;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Server.Commands;

/// <summary>What every command has: the streams, the environment and the options that are the same everywhere.</summary>
public sealed class CommandContext
{
    /// <summary>Standard input.</summary>
    public required TextReader Input { get; init; }

    /// <summary>Standard output: what was asked for.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Standard error: what went wrong, and the log.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether a person sits there who can be asked.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>The environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The folder that relative paths on the command line start from.</summary>
    public required string Folder { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary><c>--config</c>.</summary>
    public Option<string?> ConfigOption { get; } = new("--config")
    {
        Description = $"The configuration file. Default: {ConfigurationFile.DefaultName} in this folder, or what {ConfigurationFile.PathVariable} names.",
        HelpName = "FILE",
        Recursive = true,
    };

    /// <summary><c>--json</c>.</summary>
    public Option<bool> JsonOption { get; } = new("--json") { Description = "Write JSON for programs.", Recursive = true };

    /// <summary>The context of this process.</summary>
    public static CommandContext OfProcess() => new()
    {
        Input = Console.In,
        Output = Console.Out,
        Error = Console.Error,
        IsTerminal = !Console.IsInputRedirected,
        Environment = System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? ""),
        Folder = Directory.GetCurrentDirectory(),
    };

    /// <summary>A path of the command line, made absolute.</summary>
    public string Resolve(string path) => Path.GetFullPath(path, Folder);

    /// <summary>Reads the configuration that the command line names.</summary>
    /// <exception cref="ConfigurationException">It can't be used.</exception>
    public Task<ServerOptions> LoadOptionsAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var path = arguments.GetValue(ConfigOption)
            ?? (Environment.GetValueOrDefault(ConfigurationFile.PathVariable) is { Length: > 0 } named ? named : ConfigurationFile.DefaultName);
        return ConfigurationFile.LoadAsync(Resolve(path), Environment, cancellationToken);
    }

    /// <summary>Writes the answer of a command: one line of JSON when asked for, else what <paramref name="forPeople"/> writes.</summary>
    public void Answer<T>(ParseResult arguments, T value, Action<TextWriter> forPeople)
    {
        if (arguments.GetValue(JsonOption))
            Output.WriteLine(JsonSerializer.Serialize(value, JsonText.Options));
        else
            forPeople(Output);
    }

    /// <summary>Opens the way to accounts, mailboxes and queue: the running server, or the store itself when none runs.</summary>
    /// <exception cref="CommandException">Neither can be had.</exception>
    public async Task<IAdministration> AdministerAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var options = await LoadOptionsAsync(arguments, cancellationToken);
        return await AdministrationOpener.OpenAsync(options, Time, cancellationToken);
    }
}
