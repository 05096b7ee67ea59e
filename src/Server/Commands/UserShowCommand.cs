using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using UnifiedMsg.Accounts;
using UnifiedMsg.Server.Administration;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg user show</c>.</summary>
internal static class UserShowCommand
{
    public static Command Create(CommandContext context)
    {
        var address = UserCommand.Address();
        var command = new Command("show", "What is known of one account.") { address };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var account = await administration.ShowUserAsync(arguments.GetRequiredValue(address), cancellationToken);
            var phones = await administration.ListPhonesAsync(account.Address, cancellationToken);
            var quota = await administration.ShowQuotaAsync(account.Address, cancellationToken);
            context.Answer(arguments, WithMore(account, phones, quota), output =>
            {
                UserCommand.Write(output, account);
                QuotaOptions.Write(output, quota);
                foreach (var phone in phones)
                    output.WriteLine($"  phone      {phone.Contact} at {phone.Source} until {phone.Expires:u} ({phone.UserAgent ?? "says not what it is"})");
            });
            return ExitCode.Done;
        });
        return command;
    }

    private static JsonNode WithMore(Account account, IReadOnlyList<RegisteredPhone> phones, UserQuota quota)
    {
        var node = JsonSerializer.SerializeToNode(account, JsonText.Options)!;
        node["phones"] = JsonSerializer.SerializeToNode(phones, JsonText.Options);
        node["quota"] = JsonSerializer.SerializeToNode(quota, JsonText.Options);
        return node;
    }
}
