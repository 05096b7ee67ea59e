namespace UnifiedMsg.Accounts.Credentials;

/// <summary>Which PINs are accepted. There are few of them, so the ones that are tried first are refused.</summary>
internal static class PinPolicy
{
    private const int MinDigits = 4;
    private const int MaxDigits = 12;

    /// <exception cref="DirectoryException">The PIN is malformed or easy to guess.</exception>
    public static void Require(string pin, string? extension)
    {
        if (pin.Length is < MinDigits or > MaxDigits || !pin.All(char.IsAsciiDigit))
            throw new DirectoryException($"A PIN has {MinDigits} to {MaxDigits} digits.");
        if (HasStep(pin, 0))
            throw new DirectoryException("This PIN is too easy to guess: all of its digits are the same.");
        if (HasStep(pin, 1) || HasStep(pin, -1))
            throw new DirectoryException("This PIN is too easy to guess: its digits count up or down.");
        if (pin == extension)
            throw new DirectoryException("This PIN is too easy to guess: it is the extension.");
    }

    private static bool HasStep(string pin, int step)
    {
        for (int i = 1; i < pin.Length; i++)
        {
            if ((pin[i] - pin[i - 1] - step) % 10 != 0)
                return false;
        }
        return true;
    }
}
