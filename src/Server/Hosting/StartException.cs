namespace UnifiedMsg.Server.Hosting;

/// <summary>The server can't start with this configuration on this machine; the message names the key and says what to do.</summary>
public sealed class StartException(string message, Exception? inner = null) : Exception(message, inner);
