namespace UnifiedMsg.Database;

/// <summary>How far a step of a schema is.</summary>
/// <param name="Component">Of which component.</param>
/// <param name="Number">The step.</param>
/// <param name="Of">The last step of the component.</param>
/// <param name="Name">What the step does.</param>
/// <param name="Percent">How much of it is done; null where that is not known.</param>
/// <param name="Elapsed">How long it has been going on.</param>
public sealed record SchemaProgress(string Component, int Number, int Of, string Name, int? Percent, TimeSpan Elapsed)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"step {Number} of {Of} of the schema of '{Component}' ({Name}), {(Percent is { } percent ? $"{percent} % done " : "")}after {(long)Elapsed.TotalSeconds} s";
}
