using System.CommandLine;
using UnifiedMsg.Accounts;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg user</c>.</summary>
internal static class UserCommand
{
    public static Command Create(CommandContext context) => new("user", "People and their mailboxes.")
    {
        UserAddCommand.Create(context),
        UserListCommand.Create(context),
        UserShowCommand.Create(context),
        UserSetCommand.Create(context),
        UserRemoveCommand.Create(context),
    };

    public static Argument<string> Address() => new("ADDRESS") { Description = "The mail address, also the name to log in with." };

    public static void Write(TextWriter output, Account account)
    {
        output.WriteLine($"{account.Address}");
        output.WriteLine($"  name       {account.Name}");
        output.WriteLine($"  extension  {account.Extension ?? "none"}");
        output.WriteLine($"  password   {(account.HasPassword ? "set" : "none: nobody can log in")}");
        output.WriteLine($"  PIN        {(account.HasPin ? "set" : "none")}");
        output.WriteLine($"  phones     {(account.HasPhonePassword ? "can register" : "can't register: no phone password is set")}");
        output.WriteLine($"  since      {account.Created:u}");
    }
}
