using UnifiedMsg.Speech.Transcripts;

namespace UnifiedMsg.Speech.Tests.Transcripts;

public sealed class TranscriptReaderTests
{
    [Fact]
    public void Reads_the_json_of_whisper_cli()
    {
        var transcript = TranscriptReader.Read(
            """
            {"result":{"language":"en"},"transcription":[
              {"timestamps":{"from":"00:00:00,000"},"offsets":{"from":0,"to":2500},"text":" Please call"},
              {"offsets":{"from":2500,"to":4000},"text":" me back."}]}
            """, "whisper-cli");
        Assert.Equal(("Please call me back.", "en", "whisper-cli"), (transcript.Text, transcript.Language, transcript.Engine));
        Assert.Equal(new TranscriptSegment(TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(4), "me back."), transcript.Segments[1]);
    }

    [Fact]
    public void Reads_the_json_of_whisper()
    {
        var transcript = TranscriptReader.Read(
            """{"text":"x","language":"de","segments":[{"start":0.5,"end":1.25,"text":" Guten Tag"},{"start":1e300,"end":-4,"text":" A"},7]}""", "whisper");
        Assert.Equal(("Guten Tag A", "de"), (transcript.Text, transcript.Language));
        Assert.Equal(TimeSpan.FromSeconds(1.25), transcript.Segments[0].End);
        Assert.Equal(TimeSpan.FromDays(1), transcript.Segments[1].Start);
        Assert.Equal("hello", TranscriptReader.Read("""{"text":" hello "}""", "x").Text);
    }

    [Fact]
    public void Reads_the_words_of_PocketSphinx()
    {
        var transcript = TranscriptReader.Read(
            """
            please read it
            <s> 0.000 0.030 0.999800
            please 0.040 0.420 0.999800
            <sil> 0.430 0.450 0.9
            read(2) 0.460 0.700 0.899144
            [NOISE] 0.710 0.720 0.5
            it 0.730 0.800 0.9
            </s> 0.810 0.900 1.000000
            good bye
            <s> 3.000 3.030 0.999800
            good 3.040 3.420 0.999800
            bye 3.430 3.700 0.999800
            </s> 3.710 3.800 1.000000
            """, "pocketsphinx");
        Assert.Equal("please read it good bye", transcript.Text);
        Assert.Equal(
            [
                new TranscriptSegment(TimeSpan.FromSeconds(0.04), TimeSpan.FromSeconds(0.8), "please read it"),
                new TranscriptSegment(TimeSpan.FromSeconds(3.04), TimeSpan.FromSeconds(3.7), "good bye"),
            ],
            transcript.Segments);
    }

    [Theory]
    [InlineData("WEBVTT\n\n1\n00:01.000 --> 00:02.500 align:start\nPlease\ncall\n\n00:00:03.000 --> 00:00:04.000\nback\n")]
    [InlineData("1\r\n00:00:01,000 --> 00:00:02,500\r\nPlease\r\ncall\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nback\r\n")]
    public void Reads_subtitles(string text)
    {
        var transcript = TranscriptReader.Read(text, "x");
        Assert.Equal("Please call back", transcript.Text);
        Assert.Equal(new TranscriptSegment(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2.5), "Please call"), transcript.Segments[0]);
    }

    [Theory]
    [InlineData("please call\nme back\n", "please call me back")]
    [InlineData("", "")]
    [InlineData("{not json}", "{not json}")]
    [InlineData("[1]", "[1]")]
    [InlineData("""{"other":1}""", """{"other":1}""")]
    [InlineData("a --> b", "a --> b")]
    public void Anything_else_is_text(string output, string text)
    {
        var transcript = TranscriptReader.Read(output, "x");
        Assert.Equal(text, transcript.Text);
        Assert.Empty(transcript.Segments);
    }
}
