using System.Net.Sockets;

namespace UnifiedMsg.Interop.Programs;

/// <summary>The TCP port at which a program takes its orders.</summary>
internal static class ControlPort
{
    /// <summary>Connects. No program says that its port is open, so it is asked until it is, or until the program has ended.</summary>
    public static async Task<TcpClient> ConnectAsync(ExternalProgram program, int port)
    {
        using var guard = new CancellationTokenSource(Installation.Guard);
        for (; ; )
        {
            var control = new TcpClient();
            try
            {
                await control.ConnectAsync("127.0.0.1", port, guard.Token);
                return control;
            }
            catch (SocketException) when (!program.Ended)
            {
                control.Dispose();
                await Task.Delay(20, guard.Token);
            }
        }
    }
}
