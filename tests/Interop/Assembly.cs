// Nearly all of the time of these tests is that of a person speaking; many calls at once take no longer than one.
[assembly: CollectionBehavior(MaxParallelThreads = 8)]
