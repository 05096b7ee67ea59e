namespace UnifiedMsg.Server.Demo;

/// <summary>Shows the demo while it happens.</summary>
internal interface IDemoDisplay
{
    /// <summary>Something begins that takes a while.</summary>
    void Begin(string what);

    /// <summary>A step is done.</summary>
    /// <param name="step">Its name, for programs.</param>
    /// <param name="ok">Whether it went as it should.</param>
    /// <param name="what">What happened, for people.</param>
    /// <param name="figures">What was measured, for programs; an anonymous object or null.</param>
    void Done(string step, bool ok, string what, object? figures = null);

    /// <summary>Further lines that belong to the step before, for people.</summary>
    void Tell(IEnumerable<string> lines);

    /// <summary>The end of it all.</summary>
    void Finish(DemoResult result);
}
