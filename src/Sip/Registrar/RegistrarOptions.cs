using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Registrar;

/// <summary>Says who may register what.</summary>
public interface IRegistrarPolicy
{
    /// <summary>
    /// The name under which the bindings of an address are kept, or null when this user may not register it, or nobody has it. Several
    /// addresses may have one name: an extension and a mail address of the same person.
    /// </summary>
    /// <param name="address">The address of record: To of the REGISTER.</param>
    /// <param name="user">Who sent it, as proved by digest authentication.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    ValueTask<string?> FindAddressOfRecordAsync(SipUri address, string user, CancellationToken cancellationToken);
}

/// <summary>How phones register with us (RFC 3261 §10.3). It needs <see cref="SipOptions.Authentication"/>.</summary>
public sealed record RegistrarOptions
{
    /// <summary>Who may register what.</summary>
    public required IRegistrarPolicy Policy { get; init; }

    /// <summary>Where bindings are kept.</summary>
    public ILocationStore Locations { get; init; } = new MemoryLocationStore();

    /// <summary>The shortest time granted; who asks for less gets 423. Below it, registering would be most of the traffic.</summary>
    public TimeSpan MinExpires { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest time granted, and that of a phone that asks for none: as long as a phone that is gone is still called.</summary>
    public TimeSpan MaxExpires { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Phones of one person; further ones are refused with 403. More is a fault that would ring for ever.</summary>
    public int MaxBindings { get; init; } = 10;
}
