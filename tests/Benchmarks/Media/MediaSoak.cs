namespace UnifiedMsg.Benchmarks.Media;

internal static class MediaSoak
{
    public static Task<int> RunAsync(Arguments arguments) => Task.FromResult(0);
}
