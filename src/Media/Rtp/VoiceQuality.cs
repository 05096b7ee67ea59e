namespace UnifiedMsg.Media.Rtp;

/// <summary>
/// What a listener would say of a call on the scale from 1 (bad) to 4.5 (excellent), estimated by the E-model of ITU-T G.107 with the default
/// values for everything that is not known here (noise, echo, loudness).
/// </summary>
internal static class VoiceQuality
{
    // G.107: the rating of a call with nothing but the default impairments.
    private const double Undisturbed = 93.2;

    // Up to this delay in one direction, in milliseconds, talkers hardly notice.
    private const double UnnoticedDelay = 177.3;

    // ITU-T G.113 appendix I: how well G.711 with concealment bears random loss.
    private const double LossRobustness = 25.1;

    /// <summary>The estimate, after the simplified formula
    /// <c>R = 93.2 - Id - Ie,eff</c>,
    /// <c>Id = 0.024 d + 0.11 (d - 177.3) for d above 177.3 ms</c>,
    /// <c>Ie,eff = 95 Ppl / (Ppl + 25.1)</c> for a codec without an impairment of its own and random loss,
    /// <c>MOS = 1 + 0.035 R + R (R - 60) (100 - R) 7e-6</c>.</summary>
    /// <param name="loss">The share of packets lost, 0 to 1.</param>
    /// <param name="delay">From mouth to ear.</param>
    public static double MeanOpinionScore(double loss, TimeSpan delay)
    {
        var percent = Math.Clamp(loss, 0, 1) * 100;
        var d = Math.Max(0, delay.TotalMilliseconds);
        var delayImpairment = 0.024 * d + (d > UnnoticedDelay ? 0.11 * (d - UnnoticedDelay) : 0);
        var lossImpairment = 95 * percent / (percent + LossRobustness);
        var rating = Math.Clamp(Undisturbed - delayImpairment - lossImpairment, 0, 100);
        return Math.Max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
    }

    /// <summary>The delay to reckon with: half of the round trip, a packet, and a playout buffer of twice the jitter.</summary>
    public static TimeSpan Delay(TimeSpan? roundTrip, TimeSpan jitter) =>
        (roundTrip ?? TimeSpan.Zero) / 2 + jitter * 2 + TimeSpan.FromMilliseconds(20);
}
