using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Speech.Tests.OpenAi;

public sealed class OpenAiEngineTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("um-speech-").FullName;
    private RequestDelegate _answer = _ => Task.CompletedTask;
    private WebApplication _server = null!;

    private string Recording => Path.Combine(_folder, "recording.wav");

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(Recording, "RIFF of the call");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.MapPost("/v1/audio/transcriptions", context => _answer(context));
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_recording_goes_out_and_the_text_with_its_times_comes_back()
    {
        IFormCollection? form = null;
        string? authorization = null;
        var sent = "";
        _answer = async context =>
        {
            form = await context.Request.ReadFormAsync();
            authorization = context.Request.Headers.Authorization;
            using var reader = new StreamReader(form.Files["file"]!.OpenReadStream());
            sent = await reader.ReadToEndAsync();
            await Json(context,
                """
                {"task":"transcribe","language":"english","duration":2.5,"text":" Please call. Thanks.","segments":[
                {"id":0,"seek":0,"start":0.0,"end":1.5,"text":" Please call.","tokens":[1],"temperature":0,"avg_logprob":-0.1,"compression_ratio":1,"no_speech_prob":0.1},
                {"id":1,"seek":0,"start":1.5,"end":2.5,"text":" Thanks.","tokens":[1],"temperature":0,"avg_logprob":-0.1,"compression_ratio":1,"no_speech_prob":0.1}]}
                """);
        };
        var key = Path.Combine(_folder, "key");
        await File.WriteAllTextAsync(key, "secret-key\n");
        using var transcriber = Create(Options() with { KeyFile = key, Language = "en" });
        var transcript = await transcriber.TranscribeAsync(Recording, "c1", CancellationToken.None);
        Assert.Equal(("Please call. Thanks.", "english", "base"), (transcript.Text, transcript.Language, transcript.Engine));
        Assert.Equal((TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(2.5)), (transcript.Segments[1].Start, transcript.Segments[1].End));
        Assert.Equal("RIFF of the call", sent);
        Assert.EndsWith(".wav", form!.Files["file"]!.FileName);
        Assert.Equal(("base", "en", "verbose_json"), (form["model"].ToString(), form["language"].ToString(), form["response_format"].ToString()));
        Assert.Equal("Bearer secret-key", authorization);
    }

    [Fact]
    public async Task A_server_that_gives_only_text_is_understood()
    {
        _answer = context => Json(context, """{"text":"Please call."}""");
        using var transcriber = Create(Options());
        var transcript = await transcriber.TranscribeAsync(Recording, "c1", CancellationToken.None);
        Assert.Equal("Please call.", transcript.Text);
        Assert.Empty(transcript.Segments);
    }

    [Theory]
    [InlineData(401, false, "API key")]
    [InlineData(400, false, "refuses the recording")]
    [InlineData(503, true, "HTTP 503")]
    [InlineData(429, true, "HTTP 429")]
    public async Task Errors_say_what_to_do_and_whether_to_try_again(int status, bool retry, string word)
    {
        _answer = context =>
        {
            context.Response.StatusCode = status;
            return Json(context, """{"error":{"message":"no"}}""");
        };
        using var transcriber = Create(Options());
        var fault = await Assert.ThrowsAsync<SpeechException>(() => transcriber.TranscribeAsync(Recording, "c1", CancellationToken.None));
        Assert.Equal(retry, fault.Retry);
        Assert.Contains(word, fault.Message);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_costs_the_wait_and_no_more()
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _answer = async context =>
        {
            using var gone = context.RequestAborted.Register(left.SetResult);
            await left.Task;
        };
        using var transcriber = Create(Options() with { MaxWait = TimeSpan.FromMilliseconds(500) });
        var fault = await Assert.ThrowsAsync<SpeechException>(() => transcriber.TranscribeAsync(Recording, "c1", CancellationToken.None));
        Assert.True(fault.Retry);
        await left.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told()
    {
        var options = Options();
        await _server.StopAsync();
        using var transcriber = Create(options);
        var fault = await Assert.ThrowsAsync<SpeechException>(() => transcriber.TranscribeAsync(Recording, "c1", CancellationToken.None));
        Assert.True(fault.Retry);
        Assert.Contains("can't be reached", fault.Message);
    }

    private SpeechOptions Options() => new()
    {
        Engine = SpeechEngineKind.OpenAi,
        Endpoint = new Uri(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/v1"),
        KeyVariable = "UNIFIEDMSG_TEST_NO_SUCH_KEY",
        Model = "base",
        MaxWait = TimeSpan.FromSeconds(20),
    };

    private static Transcriber Create(SpeechOptions options) => SpeechToTextFactory.Create(options, (wav, _) => wav, TimeProvider.System)!;

    private static Task Json(HttpContext context, string json)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    }
}
