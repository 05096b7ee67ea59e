using System.Net;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Hosting;

public sealed class HttpTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        _http = new HttpClient { BaseAddress = new Uri($"http://{_server.Host.EndPoints.Http[0]}") };
    }

    [Theory, InlineData("/healthz"), InlineData("/readyz")]
    public async Task A_running_server_is_healthy_and_ready(string path)
    {
        using var response = await _http.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("ok\n", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Metrics_come_in_the_text_format()
    {
        using var response = await _http.GetAsync("/metrics");
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Contains("# TYPE process_cpu_seconds_total counter", text);
        Assert.Contains("# TYPE unifiedmsg_search_lag_messages gauge", text);
        Assert.DoesNotContain("unifiedmsg_search_unifiedmsg", text);
    }

    [Fact]
    public async Task Unknown_paths_and_methods_are_refused()
    {
        using var missing = await _http.GetAsync("/etc/passwd");
        using var post = await _http.PostAsync("/healthz", new StringContent("x"));
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
        Assert.Equal(["GET", "HEAD"], post.Content.Headers.Allow.Order());
    }

    [Fact]
    public async Task A_store_that_can_not_be_written_makes_the_server_not_ready()
    {
        await _server.Host.Data.Database.DisposeAsync();
        using var response = await _http.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("the store can't be written to", await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }
}
