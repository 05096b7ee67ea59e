using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>
/// Tells other servers what was committed here, right after it. Not within the commit: there NOTIFY makes the commits of all servers wait
/// for each other's fsync. What a server that dies did not come to tell, the others look for (see <see cref="NoticeListener"/>).
/// </summary>
internal sealed partial class NoticeSender : IAsyncDisposable
{
    private const int MaxAtOnce = 500;

    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(200);

    // It is as long as the units that were committed while one statement is under way; without a server there are none.
    private readonly Channel<string> _waiting = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });

    private readonly NpgsqlDataSource _source;
    private readonly ILogger _logger;
    private readonly Task _running;
    private volatile bool _ending;

    public NoticeSender(NpgsqlDataSource source, ILogger logger)
    {
        _source = source;
        _logger = logger;
        _running = Task.Run(RunAsync);
    }

    /// <summary>Tells these soon, after those that came before.</summary>
    public void Send(IReadOnlyList<string> notices)
    {
        foreach (string notice in notices)
            _waiting.Writer.TryWrite(notice);
    }

    /// <summary>Tells what waits, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        _ending = true;
        _waiting.Writer.Complete();
        await _running;
    }

    private async Task RunAsync()
    {
        var batch = new List<string>();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            while (batch.Count < MaxAtOnce && _waiting.Reader.TryRead(out string? notice))
                batch.Add(notice);
            await SendAsync([.. batch]);
            batch.Clear();
        }
    }

    private async Task SendAsync(string[] notices)
    {
        for (bool isFirst = true; ; isFirst = false)
        {
            try
            {
                await using NpgsqlConnection connection = await _source.OpenConnectionAsync();
                await using var command = new NpgsqlCommand("SELECT pg_notify($1, notice) FROM unnest($2) AS notice", connection);
                command.Parameters.Add(Session.Bind(NoticeListener.Channel));
                command.Parameters.Add(new NpgsqlParameter { Value = notices, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
                await command.ExecuteNonQueryAsync();
                return;
            }
            catch (Exception fault)
            {
                // Whatever it was: a sender that ended would leave the others blind to all that comes.
                if (isFirst)
                    Log.NotTold(_logger, fault);
                // The others see that we have gone, and look themselves.
                if (_ending)
                    return;
            }
            await Task.Delay(Wait);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2023, LogLevel.Warning, "Other servers could not be told of changes; it is tried until they are")]
        public static partial void NotTold(ILogger logger, Exception fault);
    }
}
