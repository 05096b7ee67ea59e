namespace UnifiedMsg.Accounts;

/// <summary>A person (or shared mailbox) of the organisation.</summary>
/// <param name="Id">Opaque and never reused; the key under which the store holds the mailbox.</param>
/// <param name="Address">The primary mail address, lower case; also the name to log in with.</param>
/// <param name="Name">The display name.</param>
/// <param name="Extension">The telephone extension whose diverted calls reach this mailbox, or null.</param>
/// <param name="HasPassword">Whether a password is set, so that logging in is possible.</param>
/// <param name="HasPin">Whether a telephone PIN is set.</param>
/// <param name="Created">When the account was made.</param>
/// <param name="HasPhonePassword">Whether phones of this person can register.</param>
public sealed record Account(
    long Id, string Address, string Name, string? Extension, bool HasPassword, bool HasPin, DateTimeOffset Created, bool HasPhonePassword);

/// <summary>What is needed to make an account.</summary>
public sealed record NewAccount(string Address, string Name, string? Extension = null, string? Password = null, string? Pin = null,
    string? PhonePassword = null);

/// <summary>Changes to an account; null leaves a field as it is, an empty string removes it where that is possible.</summary>
public sealed record AccountChange(string? Name = null, string? Extension = null, string? Password = null, string? Pin = null,
    string? PhonePassword = null);

/// <summary>A list address that stands for several members.</summary>
/// <param name="Address">The group's address, lower case.</param>
/// <param name="Members">Addresses of accounts of this server.</param>
public sealed record Group(string Address, IReadOnlyList<string> Members);

/// <summary>A refusal of the directory that the person asking can mend: a taken address, a malformed extension.</summary>
public sealed class DirectoryException(string message) : Exception(message);
