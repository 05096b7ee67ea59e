using System.Runtime.InteropServices;
using UnifiedMsg.Server.Commands;

using var stopping = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await CommandLine.RunAsync(args, CommandContext.OfProcess(), stopping.Token);

// The first signal asks for an orderly end; a second one ends the process as it would by default.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stopping.IsCancellationRequested;
    stopping.Cancel();
}
