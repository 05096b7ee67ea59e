using System.CommandLine;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Hosting;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg init</c>: the folder of a new server.</summary>
internal static class InitCommand
{
    // RFC 2606 §2: a domain that is nobody's, so that nothing can go astray before the right one is written in.
    private const string ExampleDomain = "example.test";

    public static Command Create(CommandContext context)
    {
        var folder = new Argument<string>("DIR") { Description = "The folder to lay out; made if it is not there." };
        var domain = new Option<string?>("--domain") { Description = $"The mail domain. Default: {ExampleDomain}.", HelpName = "D" };
        var command = new Command("init", "Lay out the folder of a new server: configuration, dial plan, certificate, data.") { folder, domain };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var name = arguments.GetValue(domain) ?? ExampleDomain;
            var path = context.Resolve(arguments.GetRequiredValue(folder));
            var options = new ServerOptions { Hostname = $"um.{name}", Domains = [name] };
            // What can't be read back must not be written.
            var configuration = Path.Combine(path, ConfigurationFile.DefaultName);
            ConfigurationFile.Parse(ConfigurationText.Annotated(options), configuration, new Dictionary<string, string>());
            await InitialFolder.WriteAsync(path, options, context.Time, cancellationToken);
            context.Answer(arguments, new { ok = true, configuration, domain = name }, output => WriteNextSteps(output, path, configuration, name));
            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteNextSteps(TextWriter output, string path, string configuration, string domain)
    {
        output.WriteLine($"""
            {path} is ready:
              {ConfigurationFile.DefaultName}  every option with its meaning: look at `hostname`, `domains` and `listen`
              dialplans/       which call reaches whose mailbox
              cert.pem key.pem made here, so mail clients will ask about it; put your own in their place when you have them
              data/            mailboxes; yours to back up

            Next:
              unifiedmsg user add alice@{domain} --name Alice --extension 1001 --config {configuration}
              unifiedmsg run --config {configuration}
            """);
    }
}
