namespace UnifiedMsg.Server.Configuration;

/// <summary>Something in the configuration that can't be taken.</summary>
/// <param name="Origin">Where it was written.</param>
/// <param name="Path">The key, such as <c>listen.imap[0]</c>; empty when the file as a whole is meant.</param>
/// <param name="Message">What is wrong and what to write instead.</param>
public sealed record ConfigurationError(Origin Origin, string Path, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => Path.Length == 0 ? $"{Origin}: {Message}" : $"{Origin}: {Path}: {Message}";
}

/// <summary>The configuration can't be used; says everything that is wrong with it at once.</summary>
public sealed class ConfigurationException(IReadOnlyList<ConfigurationError> errors) : Exception(string.Join('\n', errors))
{
    /// <summary>The errors in the order of the file.</summary>
    public IReadOnlyList<ConfigurationError> Errors { get; } = errors;
}
