namespace UnifiedMsg.Store.Maintenance;

/// <summary>How far the store is with what an upgrade left to be done beside the work.</summary>
/// <param name="What">What earlier data get.</param>
/// <param name="Percent">How much of them has it.</param>
public sealed record BackfillStatus(string What, int Percent);
