using System.Net;
using UnifiedMsg.Media.Signals;

namespace UnifiedMsg.Server.Configuration;

/// <summary>What no single value can tell: options that need one another, or exclude one another.</summary>
internal sealed class OptionChecks(ServerOptions options, Func<string, Origin> originOf, List<ConfigurationError> errors)
{
    /// <summary>Adds an error for each thing found.</summary>
    public void Run()
    {
        CheckNames();
        CheckTls();
        CheckListeners();
        CheckSpeech();
        if (options.Database is { Engine: DatabaseEngine.Postgresql, Connection.Length: 0 })
            Refuse("database.connection", "is empty; write how PostgreSQL is reached, such as \"Host=…;Database=…;Username=…;Passfile=…\"");
        foreach (var (path, message) in RegistrationChecks.Run(options.Sip.Registrations))
            Refuse(path, message);
        if (!CountryTones.TryFind(options.Audio.Country, out _))
            Refuse("audio.country", $"\"{options.Audio.Country}\" can't be; write one of {string.Join(", ", CountryTones.Countries)}");
        if (options.Media.Codecs.Count == 0)
            Refuse("media.codecs", "is empty; write at least one of them, such as [pcmu, pcma]");
        if (options.Sip.Phones.Algorithms.Count == 0)
            Refuse("sip.phones.algorithms", "is empty; write [sha256, md5], or one of them");
        if (options.Sip.Phones.MinExpires > options.Sip.Phones.MaxExpires)
            Refuse("sip.phones.minExpires", $"is longer than sip.phones.maxExpires ({Duration.Format(options.Sip.Phones.MaxExpires)})");
        if (options.Sip.Session.MinExpires > options.Sip.Session.Expires)
            Refuse("sip.session.minExpires", $"is longer than sip.session.expires ({Duration.Format(options.Sip.Session.Expires)})");
        if (options.Delivery.SmartHost is { User.Length: > 0, PasswordFile.Length: 0 })
            Refuse("delivery.smartHost.user", "needs delivery.smartHost.passwordFile beside it");
        if (options.Store.Encryption is { Keys.Length: > 0, Variable.Length: > 0 })
            Refuse("store.encryption.variable", "can't be beside store.encryption.keys; take one of them away");
        if (options.Sip.Advertise.Length > 0 && !IPAddress.TryParse(options.Sip.Advertise, out _))
            Refuse("sip.advertise", $"\"{options.Sip.Advertise}\" can't be; write an IP address such as 203.0.113.5, or leave it empty");
        if (!options.Sip.Identity.CountryCode.All(char.IsAsciiDigit))
            Refuse("sip.identity.countryCode", $"\"{options.Sip.Identity.CountryCode}\" can't be; write its digits only, such as \"49\"");
        if (options.Sip.Identity is { Require: true, Trust.Count: 0 })
            Refuse("sip.identity.require", "needs sip.identity.trust beside it: without authorities no call has a good signature");
    }

    private void CheckNames()
    {
        if (!IsDomain(options.Hostname))
            Refuse("hostname", $"\"{options.Hostname}\" is no host name; write letters, digits, - and dots, such as um.example.test");
        if (options.Domains.Count == 0)
            Refuse("domains", "is missing; write at least one mail domain, such as domains: [example.test]");
        for (var i = 0; i < options.Domains.Count; i++)
        {
            if (!IsDomain(options.Domains[i]))
                Refuse($"domains[{i}]", $"\"{options.Domains[i]}\" is no domain; write letters, digits, - and dots, such as example.test");
        }
    }

    private void CheckTls()
    {
        if (options.Tls.Certificate.Length > 0 && options.Tls.Key.Length == 0)
            Refuse("tls.key", "is empty; name the PEM file with the private key");
        if (options.Tls.Certificate.Length > 0)
            return;
        if (options.Listen.Imaps.Count > 0)
            Refuse("listen.imaps", "needs tls.certificate; name one, or write [] here");
        if (options.Listen.Submissions.Count > 0)
            Refuse("listen.submissions", "needs tls.certificate; name one, or write [] here");
        for (var i = 0; i < options.Listen.Sip.Count; i++)
        {
            if (options.Listen.Sip[i].IsSecure)
                Refuse($"listen.sip[{i}]", "needs tls.certificate; name one, or take the item away");
        }
    }

    private void CheckListeners()
    {
        if (options.Listen.Pop3.Count > 0)
            Refuse("listen.pop3", "this version has no POP3; write []");
        if (options.Listen.Pop3s.Count > 0)
            Refuse("listen.pop3s", "this version has no POP3; write []");
        var taken = new Dictionary<(bool Datagram, IPEndPoint EndPoint), string>();
        foreach (var (path, datagram, endPoint) in options.Listen.All())
        {
            if (endPoint.Port != 0 && !taken.TryAdd((datagram, endPoint), path))
                Refuse(path, $"{endPoint} is taken by {taken[(datagram, endPoint)]}; give one of them another port");
        }
    }

    private void CheckSpeech()
    {
        if (options.Speech is { Engine: SpeechEngine.Command, Command.Length: 0 })
            Refuse("speech.command", "is missing; the engine `command` needs a program, such as command: whisper-cli");
        if (options.Speech.Engine == SpeechEngine.Command && !options.Speech.Arguments.Any(each => each.Contains("{input}", StringComparison.Ordinal)))
            Refuse("speech.arguments", "has no {input}; the program would never hear of the WAV file");
        if (options.Speech.Engine == SpeechEngine.Openai
            && !(Uri.TryCreate(options.Speech.Endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            Refuse("speech.endpoint", "the engine `openai` needs a URL here, such as endpoint: \"http://127.0.0.1:8000/v1\"");
    }

    // RFC 5321 §2.3.5, RFC 1123 §2.1: labels of letters, digits and inner hyphens.
    private static bool IsDomain(string text) =>
        text.Length is > 0 and <= 253
        && text.Split('.').All(label => label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-'
            && label.All(c => char.IsLetterOrDigit(c) || c == '-'));

    private void Refuse(string path, string message) => errors.Add(new ConfigurationError(originOf(path), path, message));
}
