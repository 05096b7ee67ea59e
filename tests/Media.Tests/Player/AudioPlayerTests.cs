using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Player;

namespace UnifiedMsg.Media.Tests.Player;

public sealed class AudioPlayerTests
{
    // Each sample says where it lies: 8 s, the n-th of them n / 4.
    private static readonly AudioClip Ruler = new(Enumerable.Range(0, 64_000).Select(i => (short)(i / 4)).ToArray(), 8000);

    private readonly AudioPlayer _player = new(Ruler.Open());

    [Fact]
    public void Untouched_it_plays_the_source_as_it_is()
    {
        var samples = Read(70_000);
        Assert.Equal(Ruler.Samples.ToArray(), samples);
        Assert.Empty(Read(160));
        Assert.Equal(Ruler.Duration, _player.Position);
    }

    [Fact]
    public void A_pause_is_silence_and_nothing_is_lost_by_it()
    {
        Read(8000);
        _player.Pause();
        Assert.True(_player.IsPaused);
        var pause = Read(8000);
        Assert.All(pause[80..], sample => Assert.Equal(0, sample));
        var position = _player.Position;
        Assert.Equal(1.01, position.TotalSeconds, 0.001);
        _player.Resume();
        Assert.Equal(Ruler.Samples.Span[8080 + 80], Read(160)[80]);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(0)]
    public void It_goes_on_where_it_was_sent(double seconds)
    {
        Read(8000);
        _player.Seek(TimeSpan.FromSeconds(seconds));
        Assert.Equal(seconds, _player.Position.TotalSeconds);
        // 10 ms to become silent, 10 ms to come back.
        var samples = Read(800);
        Assert.Equal(Ruler.Samples.Span[(int)(seconds * 8000) + 200], samples[280]);
    }

    [Fact]
    public void It_skips_forward_and_back_and_not_beyond_the_ends()
    {
        Read(16_000);
        _player.Skip(TimeSpan.FromSeconds(-1));
        Assert.Equal(1, _player.Position.TotalSeconds, 0.001);
        _player.Skip(TimeSpan.FromSeconds(-5));
        Assert.Equal(0, _player.Position.TotalSeconds);
        _player.Skip(TimeSpan.FromSeconds(100));
        Assert.Equal(8, _player.Position.TotalSeconds);
        Assert.True(Read(160).Length < 160);
    }

    [Fact]
    public void It_can_be_sent_elsewhere_while_it_is_paused()
    {
        _player.Pause();
        Read(160);
        _player.Seek(TimeSpan.FromSeconds(3));
        Assert.All(Read(160), sample => Assert.Equal(0, sample));
        _player.Resume();
        Assert.Equal(Ruler.Samples.Span[24_080], Read(160)[80]);
    }

    [Theory]
    [InlineData(0.75)]
    [InlineData(2)]
    public void Speed_changes_how_fast_the_position_moves(double speed)
    {
        _player.Speed = speed;
        Read(16_000);
        Assert.Equal(2 * speed, _player.Position.TotalSeconds, 0.03);
        _player.Speed = 1;
        Read(8000);
        Assert.Equal(2 * speed + 1, _player.Position.TotalSeconds, 0.05);
    }

    [Theory]
    [InlineData(0.7)]
    [InlineData(2.1)]
    [InlineData(double.NaN)]
    public void Other_speeds_are_refused(double speed) => Assert.Throws<ArgumentOutOfRangeException>(() => _player.Speed = speed);

    [Fact]
    public void It_fades_in_and_out_and_ends_then()
    {
        var player = new AudioPlayer(new AudioClip(Enumerable.Repeat((short)10_000, 40_000).ToArray(), 8000).Open());
        player.FadeIn(TimeSpan.FromSeconds(1));
        var samples = Read(player, 16_000);
        Assert.Equal(5000, samples[4000], 10.0);
        Assert.Equal(10_000, samples[9000]);
        player.FadeOut(TimeSpan.FromSeconds(0.5));
        samples = Read(player, 16_000);
        Assert.Equal(4000, samples.Length);
        Assert.Equal(5000, samples[2000], 10.0);
    }

    [Fact]
    public void Its_volume_changes_without_a_click()
    {
        var player = new AudioPlayer(new AudioClip(Enumerable.Repeat((short)10_000, 40_000).ToArray(), 8000).Open());
        player.SetVolume(-6.02);
        var samples = Read(player, 800);
        Assert.Equal(5000, samples[^1], 10.0);
        Assert.True(samples.Zip(samples.Skip(1), (a, b) => Math.Abs(a - b)).Max() < 100);
    }

    [Fact]
    public void A_mix_is_the_sum_and_ends_with_its_last()
    {
        var mix = new MixedSource(
            (new AudioClip(Enumerable.Repeat((short)20_000, 100).ToArray(), 8000).Open(), 0),
            (new AudioClip(Enumerable.Repeat((short)20_000, 250).ToArray(), 8000).Open(), -6.0206));
        var samples = new short[160];
        Assert.Equal(160, mix.Read(samples));
        Assert.Equal([30_000, 10_000], new[] { samples[0], samples[159] });
        Assert.Equal(90, mix.Read(samples));
        Assert.Equal(0, mix.Read(samples));
        var loud = new MixedSource((Ruler.Open(), 20), (Ruler.Open(), 20));
        var all = new short[64_000];
        loud.Read(all);
        Assert.Equal(short.MaxValue, all[^1]);
    }

    [Fact]
    public void Sources_of_different_rates_are_not_put_together()
    {
        Assert.Throws<ArgumentException>(() => new MixedSource((Ruler.Open(), 0), (Ruler.Resample(16000).Open(), 0)));
        Assert.Throws<ArgumentException>(() => new JoinedSource(Ruler.Open(), Ruler.Resample(16000).Open()));
        Assert.Throws<ArgumentException>(() => new JoinedSource());
    }

    [Fact]
    public void Joined_sources_are_one()
    {
        var joined = new JoinedSource(Piece(0, 100), Piece(100, 300), Piece(300, 350));
        Assert.Equal(350 / 8000.0, joined.Duration.TotalSeconds, 1e-9);
        var samples = new short[400];
        Assert.Equal(350, joined.Read(samples));
        Assert.Equal(Enumerable.Range(0, 350).Select(i => (short)i), samples[..350]);
        joined.Position = TimeSpan.FromSeconds(150 / 8000.0);
        Assert.Equal(150 / 8000.0, joined.Position.TotalSeconds, 1e-9);
        Assert.Equal(200, joined.Read(samples));
        Assert.Equal(150, samples[0]);
        Assert.Equal(349, samples[199]);
    }

    private static ISeekableSource Piece(int from, int to) =>
        new AudioClip(Enumerable.Range(from, to - from).Select(i => (short)i).ToArray(), 8000).Open();

    private short[] Read(int count) => Read(_player, count);

    private static short[] Read(AudioPlayer player, int count)
    {
        var samples = new List<short>();
        var part = new short[160];
        while (samples.Count < count)
        {
            var wanted = Math.Min(160, count - samples.Count);
            var read = player.Read(part.AsSpan(0, wanted));
            samples.AddRange(part.AsSpan(0, read));
            if (read < wanted)
                break;
        }
        return [.. samples];
    }
}
