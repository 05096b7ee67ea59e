using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Interop.Kamailio;

/// <summary>
/// Kamailio on loopback as registrar and proxy. Everybody has the same password. A call that nobody answers within a second and a half
/// goes on to whoever has registered as voicemail.
/// </summary>
internal sealed class KamailioProxy : IAsyncDisposable
{
    /// <summary>The password of everybody.</summary>
    public const string Password = "phone-secret";

    /// <summary>The realm.</summary>
    public const string Realm = "kamailio.test";

    private readonly ExternalProgram _program;

    private KamailioProxy(ExternalProgram program, int port) => (_program, Port) = (program, port);

    /// <summary>Its UDP port.</summary>
    public int Port { get; }

    /// <summary>What it has printed.</summary>
    public string Output => _program.Output;

    /// <summary>Somebody at it.</summary>
    public SipUri Uri(string? user = null) => SipUri.Create(user, "127.0.0.1", Port);

    /// <summary>Starts it.</summary>
    /// <param name="folder">For its configuration.</param>
    /// <param name="port">Free for UDP.</param>
    /// <param name="algorithm">Of digest authentication.</param>
    /// <param name="diversion">The header that tells of the diversion.</param>
    public static KamailioProxy Start(string folder, int port, string algorithm, string diversion)
    {
        var path = Path.Combine(folder, "kamailio.cfg");
        File.WriteAllText(path, Configuration(port, algorithm, diversion));
        return new KamailioProxy(ExternalProgram.Start("kamailio", folder, "-f", path, "-DD", "-E", "-Y", folder, "-m", "16", "-M", "4"), port);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _program.DisposeAsync();

    private static string Configuration(int port, string algorithm, string diversion) => $$"""
        debug=1
        log_stderror=yes
        children=1
        disable_tcp=yes
        auto_aliases=no
        dns=no
        rev_dns=no
        listen=udp:127.0.0.1:{{port}}
        loadmodule "sl.so"
        loadmodule "tm.so"
        loadmodule "rr.so"
        loadmodule "pv.so"
        loadmodule "maxfwd.so"
        loadmodule "textops.so"
        loadmodule "siputils.so"
        loadmodule "usrloc.so"
        loadmodule "registrar.so"
        loadmodule "auth.so"
        modparam("usrloc", "db_mode", 0)
        modparam("auth", "algorithm", "{{algorithm}}")
        modparam("tm", "fr_inv_timer", 1500)
        request_route {
            if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
            if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
            if (has_totag()) {
                if (loose_route()) t_relay();
                else if (is_method("ACK")) { if (t_check_trans()) t_relay(); }
                else sl_send_reply("404", "Not Here");
                exit;
            }
            if (is_method("REGISTER")) {
                if (!pv_www_authenticate("{{Realm}}", "{{Password}}", "0")) { www_challenge("{{Realm}}", "1"); exit; }
                save("location");
                exit;
            }
            if (is_method("INVITE")) { record_route(); t_on_failure("VOICEMAIL"); }
            if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
            t_relay();
        }
        failure_route[VOICEMAIL] {
            if (t_is_canceled()) exit;
            if (t_check_status("408|480|486")) {
                append_hf("{{diversion}}\r\n");
                $ru = "sip:voicemail@127.0.0.1:{{port}}";
                if (lookup("location")) t_relay();
            }
        }
        """;
}
