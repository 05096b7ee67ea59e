using System.Globalization;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Registrar;

/// <summary>
/// A registrar (RFC 3261 §10.3) with Path (RFC 3327) and the bindings of devices (RFC 5626 §6, without its keep-alives over UDP, so that
/// <c>outbound</c> is not promised). Requests come here only after digest authentication.
/// </summary>
internal sealed partial class RegistrarService(UserAgentCore core, RegistrarOptions options, ISipApplication application, RegisteredFlows flows)
{
    /// <summary>RFC 3261 §10.3 step 7: who asks for an hour or more is never refused for brevity.</summary>
    private static readonly TimeSpan NeverBrief = TimeSpan.FromHours(1);

    private static readonly string[] Extensions = ["path"];

    public async ValueTask<SipResponse> RegisterAsync(ServerTransaction transaction)
    {
        var request = transaction.Request;
        string[] unknown = [.. request.Headers.Values(SipHeaderNames.Require).Where(e => !Extensions.Contains(e, StringComparer.OrdinalIgnoreCase))];
        if (unknown.Length > 0)
            return Capabilities.With(Refuse(transaction, 420), SipHeaderNames.Unsupported, string.Join(", ", unknown));
        if (!request.To!.Uri.IsSip)
            return Refuse(transaction, 416);
        if (request.AuthenticatedUser is not { } user
            || await options.Policy.FindAddressOfRecordAsync(request.To.Uri, user, CancellationToken.None) is not { } addressOfRecord)
            return Refuse(transaction, 403);
        if (RegisterOrder.Read(request) is not { } order)
            return Refuse(transaction, 400, "Bad Contact Or Expires");
        if (order.Contacts.Any(c => c.Expires is { } asked && asked > TimeSpan.Zero && asked < options.MinExpires && asked < NeverBrief))
            return Capabilities.With(Refuse(transaction, 423), SipHeaderNames.MinExpires, Seconds(options.MinExpires));
        var changes = new BindingChanges(options, request, order, addressOfRecord, transaction.Flow, core.Time.GetUtcNow());
        await options.Locations.ChangeAsync(addressOfRecord, changes.Apply, CancellationToken.None);
        if (changes.Status != 200)
            return Refuse(transaction, changes.Status);
        foreach (var binding in changes.Bindings.Where(b => b.CallId == request.CallId))
            flows.Keep(binding, transaction.Flow);
        foreach (var binding in changes.Added)
        {
            Log.Added(core.Logger, addressOfRecord, binding.Contact, transaction.Flow);
            application.OnRegistered(binding);
        }
        return Accept(transaction, changes.Bindings);
    }

    private static SipResponse Refuse(ServerTransaction transaction, int status, string? reason = null) =>
        transaction.Request.CreateResponse(status, reason, transaction.LocalTag);

    private static string Seconds(TimeSpan time) => ((long)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    // RFC 3261 §10.3 step 8: every binding with what is left of it; RFC 3327 §5.3: the Path as it was taken.
    private SipResponse Accept(ServerTransaction transaction, IReadOnlyList<SipBinding> bindings)
    {
        var now = core.Time.GetUtcNow();
        var response = Refuse(transaction, 200);
        foreach (var binding in bindings.OrderByDescending(b => b.Preference))
            response.Headers.Add(SipHeaderNames.Contact, Write(binding, now));
        response.Headers.CopyFrom(transaction.Request.Headers, SipHeaderNames.Path);
        response.Headers.Add(SipHeaderNames.Supported, string.Join(", ", Extensions));
        response.Headers.Add(SipHeaderNames.Date, now.ToString("r", CultureInfo.InvariantCulture));
        return response;
    }

    private static string Write(SipBinding binding, DateTimeOffset now)
    {
        var parameters = SipParameters.Empty.With("expires", Seconds(binding.Expires - now));
        if (binding.Preference < 1)
            parameters = parameters.With("q", binding.Preference.ToString("0.###", CultureInfo.InvariantCulture));
        if (binding.Instance is { } instance)
            parameters = parameters.With("+sip.instance", SipGrammar.Quote(instance));
        if (binding.RegistrationId > 0)
            parameters = parameters.With("reg-id", binding.RegistrationId.ToString(CultureInfo.InvariantCulture));
        return new NameAddress(null, binding.Contact, parameters).ToString();
    }

    private static partial class Log
    {
        [LoggerMessage(4500, LogLevel.Information, "{AddressOfRecord}: {Contact} has registered ({Flow})")]
        public static partial void Added(ILogger logger, string addressOfRecord, SipUri contact, Transports.SipFlow flow);
    }
}
