using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Hosting;

namespace UnifiedMsg.Server.Administration;

/// <summary>Opens the data folder for one command, when no server runs on it.</summary>
internal static class StoreAdministration
{
    /// <summary>Opens it; disposing the result closes it.</summary>
    public static async Task<IAdministration> OpenAsync(ServerOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var data = await DataFolder.OpenAsync(options, NullLoggerFactory.Instance, time, cancellationToken);
        return new LocalAdministration(data, options.Domains, ownsData: true);
    }
}
