using System.Text.Json;
using System.Text.Json.Nodes;

namespace UnifiedMsg.Server.Demo;

/// <summary>The demo for programs: one object a line, the last with everything measured.</summary>
internal sealed class DemoJson(TextWriter output) : IDemoDisplay
{
    public void Begin(string what)
    {
    }

    public void Done(string step, bool ok, string what, object? figures = null)
    {
        var line = new JsonObject { ["step"] = step, ["ok"] = ok, ["text"] = what };
        foreach (var (name, value) in JsonSerializer.SerializeToNode(figures, JsonText.Options) as JsonObject ?? []) line[name] = value?.DeepClone();
        output.WriteLine(line.ToJsonString(JsonText.Options));
    }

    public void Tell(IEnumerable<string> lines)
    {
    }

    public void Finish(DemoResult result) => output.WriteLine(JsonSerializer.Serialize(result, JsonText.Options));
}
