namespace UnifiedMsg.Interop.Thunderbird;

/// <summary>Instead of doing what it was told, the program shows its user a dialog.</summary>
/// <param name="message">What the dialog says.</param>
internal sealed class DialogException(string message) : Exception(message);
