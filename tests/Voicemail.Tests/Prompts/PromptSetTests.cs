using UnifiedMsg.Media.Loudness;
using UnifiedMsg.Voicemail.Prompts;

namespace UnifiedMsg.Voicemail.Tests.Prompts;

public sealed class PromptSetTests
{
    private readonly PromptSet _prompts = PromptSet.Load();

    [Fact]
    public void Every_prompt_that_a_flow_plays_is_there_and_can_be_heard()
    {
        string[] expected =
        [
            "greeting-default", "greeting-extension-before", "greeting-extension-after", "leave-message", "unknown-mailbox", "mailbox-full",
            "system-error", "message-saved", "recording-cut-off", "nothing-recorded", "invalid-choice", "enter-extension", "goodbye",
            .. Enumerable.Range(0, 10).Select(digit => $"digit-{digit}"),
        ];
        Assert.Equal(expected.Order(), _prompts.Names.Order());
        foreach (var name in expected)
        {
            var clip = _prompts[name];
            Assert.Equal(8000, clip.SampleRate);
            Assert.InRange(clip.Duration.TotalSeconds, 0.3, 10);
            var loudness = 20 * Math.Log10(Math.Sqrt(clip.Samples.ToArray().Average(sample => (double)sample * sample)) / 32768);
            Assert.InRange(loudness, -22.5, -19);
        }
    }

    [Fact]
    public void Prompts_come_at_the_loudness_that_is_wanted()
    {
        var prompts = PromptSet.Load(loudness: new LevellingTarget(-25));
        foreach (var name in new[] { "greeting-default", "message-saved", "recording-cut-off" })
        {
            var meter = new LoudnessMeter(8000);
            meter.Add(prompts[name].Samples.Span);
            Assert.Equal(-25, meter.Integrated, 0.2);
        }
    }

    [Fact]
    public void A_number_is_said_digit_by_digit()
    {
        Assert.Equal(_prompts["digit-1"].Samples.Length * 2 + _prompts["digit-7"].Samples.Length, _prompts.SayDigits("1-71").Samples.Length);
        Assert.True(_prompts.SayDigits("").Samples.IsEmpty);
    }

    [Fact]
    public void What_is_not_there_is_named()
    {
        Assert.Contains("'nonsense'", Assert.Throws<KeyNotFoundException>(() => _prompts["nonsense"]).Message);
        Assert.Throws<ArgumentException>(() => PromptSet.Load("xx"));
    }
}
