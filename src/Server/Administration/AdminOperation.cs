using System.Text.Json;

namespace UnifiedMsg.Server.Administration;

/// <summary>One thing that can be asked for over the socket. The same object serves it and asks for it.</summary>
/// <param name="name">Its name on the wire.</param>
internal abstract class AdminOperation(string name)
{
    /// <summary>Its name on the wire.</summary>
    public string Name { get; } = name;

    /// <summary>Reads the argument, does the work, and gives the result as JSON.</summary>
    public abstract Task<JsonElement> RunAsync(IAdministration administration, JsonElement argument, CancellationToken cancellationToken);
}

/// <summary>An operation with the types of its argument and result.</summary>
internal sealed class AdminOperation<TArgument, TResult>(
    string name, Func<IAdministration, TArgument, CancellationToken, Task<TResult>> run) : AdminOperation(name)
{
    /// <inheritdoc/>
    public override async Task<JsonElement> RunAsync(IAdministration administration, JsonElement argument, CancellationToken cancellationToken)
    {
        var typed = argument.Deserialize<TArgument>(JsonText.Options) ?? throw new JsonException("an argument is missing");
        return JsonSerializer.SerializeToElement(await run(administration, typed, cancellationToken), JsonText.Options);
    }
}
