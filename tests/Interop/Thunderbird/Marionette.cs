using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace UnifiedMsg.Interop.Thunderbird;

/// <summary>
/// The remote control of Mozilla's programs: JSON with its length in front, over TCP. A command is [0, id, name, parameters], its answer
/// [1, id, error or null, result]; one is under way at a time.
/// </summary>
internal sealed class Marionette : IDisposable
{
    // A message with a recording in it is below 1 MiB.
    private const int MostOctets = 16 * 1024 * 1024;

    // Longer than any script may take. The first start of a large program with a new profile takes seconds, and over a minute on a machine
    // whose cores many others want.
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(3);

    private readonly TcpClient _connection;
    private int _lastId;

    private Marionette(TcpClient connection) => _connection = connection;

    /// <summary>Greets the program and gets the rights of its own code.</summary>
    /// <param name="connection">The connection, which it takes over.</param>
    /// <param name="scriptLimit">How long a script may take.</param>
    public static async Task<Marionette> OpenAsync(TcpClient connection, TimeSpan scriptLimit)
    {
        var marionette = new Marionette(connection);
        await marionette.ReadAsync();
        // A dialog stays open until somebody has read what it says.
        await marionette.SendAsync("WebDriver:NewSession", new { unhandledPromptBehavior = "ignore" });
        await marionette.SendAsync("WebDriver:SetTimeouts", new { script = (int)scriptLimit.TotalMilliseconds });
        await marionette.SendAsync("Marionette:SetContext", new { value = "chrome" });
        return marionette;
    }

    /// <summary>Runs the body of a function and waits for what it returns, or promises.</summary>
    /// <returns>That; null also when a dialog opened before it was done.</returns>
    /// <exception cref="MarionetteException">It threw, or took too long.</exception>
    public async Task<JsonNode?> RunAsync(string script, params object[] arguments) =>
        (await SendAsync("WebDriver:ExecuteScript", new { script, args = arguments, sandbox = "system" }))?["value"];

    /// <summary>What the open dialog says.</summary>
    /// <exception cref="MarionetteException">None is open.</exception>
    public async Task<string> DialogAsync() => (string?)(await SendAsync("WebDriver:GetAlertText", new { }))?["value"] ?? "";

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private async Task<JsonNode?> SendAsync(string name, object parameters)
    {
        var id = ++_lastId;
        var command = JsonSerializer.SerializeToUtf8Bytes<object[]>([0, id, name, parameters]);
        await _connection.GetStream().WriteAsync((byte[])[.. Encoding.ASCII.GetBytes($"{command.Length}:"), .. command]);
        var answer = (await ReadAsync()).AsArray();
        Assert.Equal(id, (int?)answer[1]);
        return answer[2] is { } error ? throw new MarionetteException($"{name}: {error["message"]}\n{error["stacktrace"]}") : answer[3];
    }

    private async Task<JsonNode> ReadAsync()
    {
        using var guard = new CancellationTokenSource(Guard);
        var stream = _connection.GetStream();
        var octet = new byte[1];
        var length = 0;
        for (; ; )
        {
            await stream.ReadExactlyAsync(octet, guard.Token);
            if (octet[0] == ':')
                break;
            length = length * 10 + octet[0] - '0';
            Assert.InRange(length, 0, MostOctets);
        }
        var message = new byte[length];
        await stream.ReadExactlyAsync(message, guard.Token);
        return JsonNode.Parse(message)!;
    }
}
