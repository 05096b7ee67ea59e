namespace UnifiedMsg.Media.Tests.Session;

/// <summary>
/// Tests with sockets, one after the other: the system gives a port that one test has just closed to the next that asks, and what still
/// comes for the first would reach the second.
/// </summary>
[CollectionDefinition(nameof(OnePortAtATime))]
public sealed class OnePortAtATime;
