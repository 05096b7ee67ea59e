using System.Runtime.InteropServices;

namespace UnifiedMsg.Interop.Codecs;

/// <summary>G.722 as the library spandsp does it, which softphones use; it is held against the test sequences of the recommendation.</summary>
internal static partial class Spandsp
{
    private const string Library = "libspandsp.so.2";
    private const int BitRate = 64000;

    /// <summary>Skips the test where the library is not installed; with CI=true, where it has to be there, the test fails.</summary>
    public static void MustBeHere()
    {
        if (NativeLibrary.TryLoad(Library, out _))
            return;
        const string Advice = $"{Library} is not here; install it: apt-get install libspandsp2";
        Assert.False(Environment.GetEnvironmentVariable("CI") == "true", Advice);
        Assert.Skip(Advice);
    }

    public static byte[] Encode(short[] samples)
    {
        var payload = new byte[samples.Length / 2];
        var state = EncodeInit(0, BitRate, 0);
        Assert.Equal(payload.Length, Encode(state, payload, samples, samples.Length));
        EncodeFree(state);
        return payload;
    }

    public static short[] Decode(byte[] payload)
    {
        var samples = new short[payload.Length * 2];
        var state = DecodeInit(0, BitRate, 0);
        Assert.Equal(samples.Length, Decode(state, samples, payload, payload.Length));
        DecodeFree(state);
        return samples;
    }

    [LibraryImport(Library, EntryPoint = "g722_encode_init")]
    private static partial nint EncodeInit(nint state, int bitRate, int options);

    [LibraryImport(Library, EntryPoint = "g722_encode")]
    private static partial int Encode(nint state, byte[] payload, short[] samples, int count);

    [LibraryImport(Library, EntryPoint = "g722_encode_free")]
    private static partial int EncodeFree(nint state);

    [LibraryImport(Library, EntryPoint = "g722_decode_init")]
    private static partial nint DecodeInit(nint state, int bitRate, int options);

    [LibraryImport(Library, EntryPoint = "g722_decode")]
    private static partial int Decode(nint state, short[] samples, byte[] payload, int count);

    [LibraryImport(Library, EntryPoint = "g722_decode_free")]
    private static partial int DecodeFree(nint state);
}
