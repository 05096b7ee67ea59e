using System.Globalization;
using System.Runtime.InteropServices;
using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Files;

/// <summary>
/// The program ffmpeg, which reads and writes what we do not. Files of strangers reach it through a pipe, under the one format that their
/// first octets show, so that none can name another file or an address for it to read.
/// </summary>
/// <param name="program">Its path.</param>
/// <param name="time">The clock.</param>
public sealed class Ffmpeg(string program, TimeProvider time)
{
    /// <summary>Samples per second of what is decoded, in Hz: all that words need.</summary>
    public const int DecodedRate = 16_000;

    /// <summary>The longest sound decoded.</summary>
    public static readonly TimeSpan MaxDecoded = TimeSpan.FromMinutes(10);

    /// <summary>How long a conversion may take; an hour of speech takes a few seconds.</summary>
    public static readonly TimeSpan MaxTime = TimeSpan.FromMinutes(2);

    /// <summary>The largest file written, in bytes: more than an hour and a half at the rates below.</summary>
    private const int MaxEncoded = 32 * 1024 * 1024;

    // MPEG-2.5, which 8 kHz would need, is not played everywhere.
    private const int LowestMp3Rate = 16_000;

    private static readonly string[] Quiet = ["-nostdin", "-hide_banner", "-loglevel", "error"];

    /// <summary>What users are to be told when it is missing.</summary>
    public const string Missing = "MP3 and Ogg need the program ffmpeg, which is not installed (Debian: apt install ffmpeg)";

    /// <summary>The program that the PATH has, or null.</summary>
    public static Ffmpeg? Find(TimeProvider time, string? path = null)
    {
        var name = OperatingSystem.IsWindows() ? "ffmpeg.exe" : "ffmpeg";
        var folders = (path ?? Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var found = folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        return found is null ? null : new Ffmpeg(found, time);
    }

    /// <summary>Reads a file as sound of <see cref="DecodedRate"/>, mono; what is longer than <see cref="MaxDecoded"/> is cut there.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or ffmpeg failed or took too long.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public async Task<AudioClip> DecodeAsync(string file, AudioFileKind kind, CancellationToken cancellationToken)
    {
        var seconds = (int)MaxDecoded.TotalSeconds;
        string[] arguments =
        [
            .. Quiet, "-protocol_whitelist", "pipe", "-f", kind.Extension(), "-i", "pipe:0", "-map", "0:a:0", "-t", Text(seconds),
            "-ac", "1", "-ar", Text(DecodedRate), "-f", "s16le", "pipe:1",
        ];
        await using var input = File.OpenRead(file);
        var octets = await RunAsync(arguments, input, seconds * DecodedRate * sizeof(short), cancellationToken);
        var samples = MemoryMarshal.Cast<byte, short>(octets.AsSpan(0, octets.Length / 2 * 2)).ToArray();
        if (!BitConverter.IsLittleEndian)
            System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(samples, samples);
        return samples.Length > 0 ? new AudioClip(samples, DecodedRate) : throw new InvalidDataException($"{file}: no sound in it");
    }

    /// <summary>Writes a WAV file as MP3 (32 kbit/s) or Ogg Opus (24 kbit/s).</summary>
    /// <param name="wav">The WAV file, one of ours.</param>
    /// <param name="sampleRate">Its rate, in Hz.</param>
    /// <param name="target">The file to write; what is there is replaced.</param>
    /// <param name="kind">Not <see cref="AudioFileKind.Wav"/>.</param>
    /// <param name="cancellationToken">Ends the program; a part of the file may be left.</param>
    /// <exception cref="InvalidDataException">ffmpeg failed, took too long, or can't write this kind.</exception>
    public async Task EncodeAsync(string wav, int sampleRate, string target, AudioFileKind kind, CancellationToken cancellationToken)
    {
        string[] coding = kind == AudioFileKind.Mp3
            ? ["-c:a", "libmp3lame", "-b:a", "32k", "-ar", Text(Math.Clamp(sampleRate, LowestMp3Rate, 48_000))]
            : ["-c:a", "libopus", "-b:a", "24k", "-application", "voip"];
        string[] arguments =
        [
            .. Quiet, "-protocol_whitelist", "pipe", "-f", "wav", "-i", "pipe:0", "-map_metadata", "-1", .. coding,
            "-fs", Text(MaxEncoded), "-f", kind.Extension(), "-y", Path.GetFullPath(target),
        ];
        await using var input = File.OpenRead(wav);
        await RunAsync(arguments, input, 0, cancellationToken);
        if (new FileInfo(target) is not { Exists: true, Length: > 0 and < MaxEncoded })
            throw new InvalidDataException($"{program} wrote no {kind}, or one of more than {MaxEncoded} bytes");
    }

    private async Task<byte[]> RunAsync(string[] arguments, Stream input, int maxOutput, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(MaxTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await ConversionProcess.RunAsync(program, arguments, input, maxOutput, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InvalidDataException($"{program} took longer than {MaxTime.TotalMinutes:0} minutes");
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
