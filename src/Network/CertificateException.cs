namespace UnifiedMsg.Network;

/// <summary>A certificate or key can't be used; the message names the file and says what is wrong with it.</summary>
public sealed class CertificateException(string message, Exception? inner = null) : IOException(message, inner);
