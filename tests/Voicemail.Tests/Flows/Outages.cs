using System.Reflection;
using UnifiedMsg.Database;

namespace UnifiedMsg.Voicemail.Tests.Flows;

/// <summary>Puts itself before what stands on the database, and says when that is away.</summary>
public sealed class Outages
{
    /// <summary>Which calls find the database away.</summary>
    public Func<MethodInfo, bool> Hit { get; set; } = _ => false;

    /// <summary>The same service, with outages.</summary>
    public T Before<T>(T service)
        where T : class
    {
        var proxy = DispatchProxy.Create<T, Proxy>();
        ((Proxy)(object)proxy).Set(service, this);
        return proxy;
    }

    // Public, since the proxy is made in another assembly.
    public class Proxy : DispatchProxy
    {
        private object _service = null!;
        private Outages _outages = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (_outages.Hit(targetMethod!)) throw new DatabaseException("The database can't be reached, nothing was stored.");
            return targetMethod!.Invoke(_service, BindingFlags.DoNotWrapExceptions, null, args, null);
        }

        internal void Set(object service, Outages outages) => (_service, _outages) = (service, outages);
    }
}
