using UnifiedMsg.Media.Session;

namespace UnifiedMsg.Media.Tests.Session;

public class WorkingSetTests
{
    [Fact]
    public void Objects_may_move_and_go_while_they_are_brought()
    {
        var working = new WorkingSet();
        for (var round = 0; round < 200; round++)
        {
            // Smaller than any part, so that what lies behind it is brought too, be it nobody's.
            working[WorkingPart.Session] = new object();
            working[WorkingPart.Speech] = new byte[1 << round % 20];
            working[WorkingPart.Sink] = round % 2 == 0 ? null : working;
            if (round % 20 == 0)
                GC.Collect(0, GCCollectionMode.Forced, blocking: true, compacting: true);
            working.BringList();
            working.Bring();
        }
    }
}
