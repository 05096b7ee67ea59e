using UnifiedMsg.Speech.Transcripts;

namespace UnifiedMsg.Speech.Tests.Transcripts;

public sealed class WebVttTests
{
    [Fact]
    public void Segments_become_cues()
    {
        var transcript = Transcript.Of(
            [new(TimeSpan.Zero, TimeSpan.FromSeconds(1.5), "a < b & c --> d"), new(TimeSpan.FromHours(1), TimeSpan.FromHours(1), "end")], "en", "x");
        Assert.Equal(
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\na &lt; b &amp; c --&gt; d\n\n01:00:00.000 --> 01:00:00.001\nend\n",
            WebVtt.Write(transcript, TimeSpan.FromHours(2)));
    }

    [Fact]
    public void Text_without_times_is_one_cue_of_the_whole_length() => Assert.Equal(
        "WEBVTT\n\n00:00:00.000 --> 00:00:04.250\nhello there\n",
        WebVtt.Write(Transcript.Of("hello\nthere", null, "x"), TimeSpan.FromSeconds(4.25)));

    [Fact]
    public void Nothing_said_is_no_cue() => Assert.Equal("WEBVTT\n", WebVtt.Write(Transcript.Of("", null, "x"), TimeSpan.FromSeconds(3)));
}
