using System.Reflection;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Tests.Imap;

/// <summary>Puts a test between the server and what it stands on.</summary>
public sealed class Interposer
{
    /// <summary>What a call comes to: which method, its arguments, and the call itself.</summary>
    public Func<MethodInfo, object?[], Func<object?>, object?> Around { get; set; } = (_, _, call) => call();

    /// <summary>The same service with the test before it.</summary>
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
        private Interposer _interposer = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var result = _interposer.Around(
                targetMethod!, args ?? [], () => targetMethod!.Invoke(_service, BindingFlags.DoNotWrapExceptions, null, args, null));
            // Also before the store of each person.
            return result is IStore store ? _interposer.Before(store) : result;
        }

        internal void Set(object service, Interposer interposer) => (_service, _interposer) = (service, interposer);
    }
}
