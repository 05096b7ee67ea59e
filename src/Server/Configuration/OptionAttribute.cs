namespace UnifiedMsg.Server.Configuration;

/// <summary>
/// What an option means. `config docs`, the annotated file that `init` writes and the range checks of the reader all come
/// from here, so that they can't disagree.
/// </summary>
/// <param name="text">What the option does, in one or two sentences.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionAttribute(string text) : Attribute
{
    /// <summary>What the option does.</summary>
    public string Text { get; } = text;

    /// <summary>The smallest value accepted, in the notation of the option, or null.</summary>
    public string? Minimum { get; init; }

    /// <summary>The largest value accepted, in the notation of the option, or null.</summary>
    public string? Maximum { get; init; }

    /// <summary>An example of a value, where the default shows none.</summary>
    public string? Example { get; init; }

    /// <summary>A path, taken relative to the folder of the configuration file.</summary>
    public bool IsPath { get; init; }

    /// <summary>Written out by `init` even at its default, because most people will want to look at it.</summary>
    public bool Essential { get; init; }
}
