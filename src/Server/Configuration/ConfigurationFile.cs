namespace UnifiedMsg.Server.Configuration;

/// <summary>Reads `unifiedmsg.yaml` and the environment.</summary>
public static class ConfigurationFile
{
    /// <summary>The name looked for in the current folder.</summary>
    public const string DefaultName = "unifiedmsg.yaml";

    /// <summary>The environment variable that names another file.</summary>
    public const string PathVariable = "UNIFIEDMSG_CONFIG";

    // A configuration has some hundred lines; what is larger is another file by mistake.
    private const long MaxLength = 1 << 20;

    /// <summary>Reads and checks everything.</summary>
    /// <param name="path">The file.</param>
    /// <param name="environment">The environment, which wins over the file.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConfigurationException">Something is wrong; says all of it.</exception>
    public static async Task<ServerOptions> LoadAsync(
        string path, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken = default)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length > MaxLength)
                throw Unreadable(path, $"is larger than {new ByteSize(MaxLength)}, which no configuration is");
            return Parse(await File.ReadAllTextAsync(path, cancellationToken), path, environment);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Unreadable(path, $"no such file; `unifiedmsg init DIR` makes one, --config FILE or {PathVariable} names another");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, $"can't be read: {exception.Message}");
        }
    }

    /// <summary>Reads and checks a text as if it stood in the file <paramref name="path"/>.</summary>
    /// <exception cref="ConfigurationException">Something is wrong; says all of it.</exception>
    public static ServerOptions Parse(string text, string path, IReadOnlyDictionary<string, string> environment)
    {
        var errors = new List<ConfigurationError>();
        var settings = new YamlSettings(path, errors).Read(text) ?? throw new ConfigurationException(errors);
        new EnvironmentSettings(errors).Overlay(settings, environment);
        var binder = new OptionBinder(Path.GetDirectoryName(Path.GetFullPath(path))!, errors);
        var options = (ServerOptions)binder.Bind(typeof(ServerOptions), settings);
        // Only what has the right types can be looked at as a whole.
        if (errors.Count == 0)
            new OptionChecks(options, binder.OriginOf, errors).Run();
        return errors.Count == 0
            ? options
            : throw new ConfigurationException([.. errors.OrderBy(error => error.Origin.Line).ThenBy(error => error.Origin.Column)]);
    }

    private static ConfigurationException Unreadable(string path, string message) =>
        new([new ConfigurationError(new Origin(path, 0, 0), "", message)]);
}
