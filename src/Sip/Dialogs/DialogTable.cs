using System.Collections.Concurrent;

namespace UnifiedMsg.Sip.Dialogs;

/// <summary>Who serves which dialog.</summary>
internal sealed class DialogTable
{
    private readonly ConcurrentDictionary<DialogKey, IDialogUser> _users = new();

    public int Count => _users.Count;

    public void Add(DialogKey key, IDialogUser user) => _users[key] = user;

    public void Remove(DialogKey key, IDialogUser user) => _users.TryRemove(KeyValuePair.Create(key, user));

    public IDialogUser? Find(DialogKey key) => _users.GetValueOrDefault(key);
}
