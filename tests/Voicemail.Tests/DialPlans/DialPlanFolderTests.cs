using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Voicemail.DialPlans;

namespace UnifiedMsg.Voicemail.Tests.DialPlans;

public sealed class DialPlanFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dialplans-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_valid_change_is_taken_over_and_an_invalid_one_is_not()
    {
        var file = Path.Combine(_folder, "plan.yaml");
        await File.WriteAllTextAsync(file, "steps: [{ name: one, mailbox: \"1\" }]");
        using var folder = new DialPlanFolder(_folder, NullLogger<DialPlanFolder>.Instance, TimeProvider.System);
        var reloaded = new TaskCompletionSource();
        folder.Reloaded += _ => reloaded.TrySetResult();

        await File.WriteAllTextAsync(file, "steps: [{ name: two, mailbocks: \"1\" }]");
        await File.WriteAllTextAsync(Path.Combine(_folder, "zz.yaml"), "steps: []");
        Assert.Equal("one", folder.Plan.Steps.Single().Name);

        await File.WriteAllTextAsync(file, "steps: [{ name: three, mailbox: \"1\" }]");
        await reloaded.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("three", folder.Plan.Steps.Single().Name);
    }

    [Fact]
    public async Task An_invalid_plan_stops_the_start()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "plan.yaml"), "steps: [{ name: two, mailbocks: \"1\" }]");
        var error = Assert.Throws<DialPlanException>(() => new DialPlanFolder(_folder, NullLogger<DialPlanFolder>.Instance, TimeProvider.System));
        Assert.Contains("plan.yaml:1:", error.Message, StringComparison.Ordinal);
    }
}
