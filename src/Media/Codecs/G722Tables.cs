namespace UnifiedMsg.Media.Codecs;

/// <summary>The tables of ITU-T G.722 (tables 14 to 22 of §6.2.1), named as there in small letters.</summary>
internal static class G722Tables
{
    /// <summary>Q6: the decision levels of the lower band's quantiser of 60 levels; the first is that of code 1.</summary>
    public static ReadOnlySpan<short> Q6 =>
    [
        0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714,
        786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
    ];

    /// <summary>ILN: the codes of negative differences by their level.</summary>
    public static ReadOnlySpan<byte> Iln =>
        [0, 63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4];

    /// <summary>ILP: the codes of the others.</summary>
    public static ReadOnlySpan<byte> Ilp =>
        [0, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32];

    /// <summary>OQ6: what the 64 codes of the lower band stand for, of which four never occur.</summary>
    public static ReadOnlySpan<short> Qm6 =>
    [
        -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
        -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
        24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
        4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
    ];

    /// <summary>OQ4: the same for the codes without their two lowest bits, on which the prediction of both sides rests.</summary>
    public static ReadOnlySpan<short> Qm4 =>
        [0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0];

    /// <summary>OQ2: what the four codes of the upper band stand for.</summary>
    public static ReadOnlySpan<short> Qm2 => [-7408, -1616, 7408, 1616];

    /// <summary>WL: how a code of the lower band (four bits of it) moves its scale factor.</summary>
    public static ReadOnlySpan<short> Wl =>
        [-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60];

    /// <summary>WH: the same for the upper band.</summary>
    public static ReadOnlySpan<short> Wh => [798, -214, 798, -214];

    /// <summary>ILB: the powers of two between 2048 and 4096 in steps of 1/32.</summary>
    public static ReadOnlySpan<short> Ilb =>
    [
        2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
        2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
    ];
}
