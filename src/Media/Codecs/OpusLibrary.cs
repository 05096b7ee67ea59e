using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UnifiedMsg.Media.Codecs;

/// <summary>
/// The functions of libopus that we call, as <c>opus.h</c> declares them. The two of control have a variable number of arguments in C; with
/// whole numbers that makes no difference to how they are called on the machines where the library has this name.
/// </summary>
internal static partial class OpusLibrary
{
    /// <summary>The library's name where the dynamic linker looks for it: major version 0, which all releases of libopus have.</summary>
    public const string FileName = "libopus.so.0";

    public const int SetBitrate = 4002;
    public const int SetMaxBandwidth = 4004;
    public const int SetVbr = 4006;
    public const int SetComplexity = 4010;
    public const int SetInbandFec = 4012;
    public const int SetExpectedLoss = 4014;
    public const int ForSpeech = 2048;
    public const int Narrowband = 1101;
    public const int Mediumband = 1102;
    public const int Wideband = 1103;

    /// <summary>The version in the library's own words; null when it is not on this machine or can't be used.</summary>
    public static string? Version()
    {
        if (!NativeLibrary.TryLoad(FileName, out var library))
            return null;
        // One of the older functions stands for all that we use.
        return NativeLibrary.TryGetExport(library, "opus_packet_get_nb_samples", out _) ? Marshal.PtrToStringUTF8(GetVersion()) : null;
    }

    [LibraryImport(FileName, EntryPoint = "opus_get_version_string")]
    private static partial nint GetVersion();

    [LibraryImport(FileName, EntryPoint = "opus_encoder_create")]
    public static partial OpusEncoderHandle CreateEncoder(int sampleRate, int channels, int application, out int error);

    [LibraryImport(FileName, EntryPoint = "opus_encoder_ctl")]
    public static partial int Control(OpusEncoderHandle encoder, int request, int value);

    [LibraryImport(FileName, EntryPoint = "opus_encode")]
    public static partial int Encode(OpusEncoderHandle encoder, ReadOnlySpan<short> samples, int count, Span<byte> payload, int room);

    [LibraryImport(FileName, EntryPoint = "opus_encoder_destroy")]
    public static partial void DestroyEncoder(nint encoder);

    [LibraryImport(FileName, EntryPoint = "opus_decoder_create")]
    public static partial OpusDecoderHandle CreateDecoder(int sampleRate, int channels, out int error);

    // Without a payload the decoder conceals.
    [LibraryImport(FileName, EntryPoint = "opus_decode")]
    public static partial int Decode(OpusDecoderHandle decoder, ReadOnlySpan<byte> payload, int length, Span<short> samples, int count, int decodeFec);

    [LibraryImport(FileName, EntryPoint = "opus_decoder_destroy")]
    public static partial void DestroyDecoder(nint decoder);

    [LibraryImport(FileName, EntryPoint = "opus_packet_get_nb_samples")]
    public static partial int SamplesIn(ReadOnlySpan<byte> payload, int length, int sampleRate);
}

/// <summary>An encoder of the library.</summary>
internal sealed class OpusEncoderHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        OpusLibrary.DestroyEncoder(handle);
        return true;
    }
}

/// <summary>A decoder of the library.</summary>
internal sealed class OpusDecoderHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        OpusLibrary.DestroyDecoder(handle);
        return true;
    }
}
