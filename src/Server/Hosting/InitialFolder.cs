using System.Reflection;
using UnifiedMsg.Database;
using UnifiedMsg.Network;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Server.Hosting;

/// <summary>Lays out the folder of a new server: configuration, dial plans, data folder, a certificate to begin with.</summary>
public static class InitialFolder
{
    private const string DialPlans = "dialplans";

    /// <summary>Writes everything. What is there already is never touched.</summary>
    /// <param name="folder">The folder, which may exist.</param>
    /// <param name="options">The configuration to write; its paths have to be relative to the folder.</param>
    /// <param name="time">For the certificate's dates.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">Something of it is there already, or can't be written.</exception>
    public static async Task WriteAsync(string folder, ServerOptions options, TimeProvider time, CancellationToken cancellationToken = default)
    {
        var configuration = Path.Combine(folder, ConfigurationFile.DefaultName);
        var certificate = Path.Combine(folder, options.Tls.Certificate);
        var key = Path.Combine(folder, options.Tls.Key);
        var plans = Path.Combine(folder, DialPlans);
        foreach (var path in (string[])[configuration, certificate, key, plans, Path.Combine(folder, options.Data)])
        {
            if (Path.Exists(path))
                throw new IOException($"{path} is there already; nothing was changed. Choose another folder, or take it away first");
        }
        Directory.CreateDirectory(plans);
        PrivateFiles.CreateFolder(Path.Combine(folder, options.Data));
        foreach (var (name, text) in DefaultDialPlans())
            await File.WriteAllTextAsync(Path.Combine(plans, name), text, cancellationToken);
        await SelfSignedCertificate.WriteAsync(certificate, key, [options.Hostname, "localhost", "127.0.0.1", "::1"], time, cancellationToken);
        // Last, because with it the folder counts as laid out.
        await File.WriteAllTextAsync(configuration, ConfigurationText.Annotated(options), cancellationToken);
    }

    private static IEnumerable<(string Name, string Text)> DefaultDialPlans()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(DialPlans + "/", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            yield return (resource[(DialPlans.Length + 1)..], reader.ReadToEnd());
        }
    }
}
