namespace UnifiedMsg.Interop.Thunderbird;

/// <summary>The program says that it could not do what it was told.</summary>
internal sealed class MarionetteException(string message) : Exception(message);
