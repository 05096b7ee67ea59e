namespace UnifiedMsg.Sip.Calls;

/// <summary>A key that came by INFO.</summary>
/// <param name="Key">0-9, *, #, A-D.</param>
/// <param name="Duration">How long it was held, as the sender says; 250 ms when it does not say.</param>
public readonly record struct DtmfKey(char Key, TimeSpan Duration);
