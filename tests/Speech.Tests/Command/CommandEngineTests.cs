using System.Diagnostics;
using System.Text;

namespace UnifiedMsg.Speech.Tests.Command;

public sealed class CommandEngineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("um-speech-").FullName;

    private string Recording => Path.Combine(_folder, "recording.wav");
    private string Work => Path.Combine(_folder, "work");

    public CommandEngineTests()
    {
        Directory.CreateDirectory(Work);
        File.WriteAllText(Recording, "please call me back");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_program_gets_the_file_and_its_output_is_the_text()
    {
        var transcript = await Run("cat", "{input}");
        Assert.Equal(("please call me back@16000", "cat"), (transcript.Text, transcript.Engine));
        Assert.Empty(Directory.EnumerateFiles(Work));
    }

    [Theory]
    [InlineData("{output}")]
    [InlineData("{output}.json")]
    [InlineData("{output}.txt")]
    public async Task What_it_leaves_in_a_file_goes_before_what_it_prints(string name)
    {
        Assert.Equal("please call me back@16000", (await Run("cp", "-v", "{input}", name)).Text);
        Assert.Empty(Directory.EnumerateFiles(Work));
    }

    [Fact]
    public async Task No_shell_reads_the_arguments() =>
        Assert.Equal("$(id) ; ${HOME} {language}", (await Run("echo", "$(id)", ";", "${HOME}", "{language}", "{input}")).Text.Split(" /")[0].Replace("auto", "{language}"));

    [Fact]
    public async Task A_failing_program_is_told_with_its_last_words()
    {
        var fault = await Assert.ThrowsAsync<SpeechException>(() => Run("cat", "/nonexistent/{input}"));
        Assert.Contains("exit code 1: cat: ", fault.Message);
        Assert.Empty(Directory.EnumerateFiles(Work));
    }

    [Fact]
    public async Task A_missing_program_is_named() =>
        Assert.Contains("'no-such-engine' can't be started", (await Assert.ThrowsAsync<SpeechException>(() => Run("no-such-engine", "{input}"))).Message);

    [Fact]
    public async Task A_slow_program_is_killed_with_its_children()
    {
        var script = Path.Combine(_folder, "slow");
        var children = Path.Combine(_folder, "child");
        await File.WriteAllTextAsync(script, $"sleep 600 &\necho $! > {children}\nwait\n");
        using var transcriber = SpeechToTextFactory.Create(
            Options("sh", script, "{input}") with { MaxWait = TimeSpan.FromSeconds(1) }, Mark, TimeProvider.System)!;
        var fault = await Assert.ThrowsAsync<SpeechException>(() => transcriber.TranscribeAsync(Recording, "c1", CancellationToken.None));
        Assert.True(fault.Retry);
        Assert.Contains("within 1 s", fault.Message);
        var child = int.Parse(await File.ReadAllTextAsync(children));
        try
        {
            using var process = Process.GetProcessById(child);
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (ArgumentException)
        {
            // It is gone already.
        }
        Assert.Empty(Directory.EnumerateFiles(Work));
    }

    [Fact]
    public async Task The_end_of_the_call_ends_it()
    {
        using var stop = new CancellationTokenSource();
        using var transcriber = SpeechToTextFactory.Create(Options("sleep", "600{input}"), (_, _) => [], TimeProvider.System)!;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => transcriber.TranscribeAsync(Recording, "c1", stop.Token));
    }

    [Fact]
    public async Task A_program_that_never_stops_talking_is_stopped()
    {
        using var transcriber = SpeechToTextFactory.Create(
            Options("yes", "{input}") with { MaxOutput = 100_000 }, Mark, TimeProvider.System)!;
        var fault = await Assert.ThrowsAsync<SpeechException>(() => transcriber.TranscribeAsync(Recording, "c1", CancellationToken.None));
        Assert.Contains("more than 100000 bytes", fault.Message);
    }

    [Fact]
    public void Options_that_can_not_work_are_refused()
    {
        Assert.Throws<ArgumentException>(() => SpeechToTextFactory.CreateClient(Options(""), Mark));
        Assert.Throws<ArgumentException>(() => SpeechToTextFactory.CreateClient(Options("cat", "file"), Mark));
        Assert.Null(SpeechToTextFactory.Create(new SpeechOptions(), Mark, TimeProvider.System));
    }

    private async Task<Speech.Transcripts.Transcript> Run(string program, params string[] arguments)
    {
        using var transcriber = SpeechToTextFactory.Create(Options(program, arguments), Mark, TimeProvider.System)!;
        return await transcriber.TranscribeAsync(Recording, "c1", CancellationToken.None);
    }

    private SpeechOptions Options(string program, params string[] arguments) =>
        new() { Engine = SpeechEngineKind.Command, Command = program, Arguments = arguments, WorkFolder = Work };

    private static byte[] Mark(byte[] wav, int rate) => [.. wav, .. Encoding.ASCII.GetBytes($"@{rate}")];
}
