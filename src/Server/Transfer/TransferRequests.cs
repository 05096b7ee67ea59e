using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Server.Transfer;

/// <summary>What is to be imported.</summary>
/// <param name="Address">Into whose mailbox.</param>
/// <param name="Source">An absolute path that the server can read, or <c>imaps://user@host:port</c>.</param>
/// <param name="Format">How to read it; null when that is to be found out.</param>
/// <param name="Folder">The folder under which everything goes, or null.</param>
/// <param name="Again">Whether to forget what earlier imports of this source brought.</param>
/// <param name="Password">The password at the other server.</param>
/// <param name="Certificates">Certificates (PEM) that the other server may show beside those that the system trusts, or null.</param>
public sealed record ImportRequest(
    string Address, string Source, TransferFormat? Format = null, string? Folder = null, bool Again = false, string? Password = null, string? Certificates = null);

/// <summary>What is to be exported.</summary>
/// <param name="Address">Whose mailbox.</param>
/// <param name="Target">An absolute path that the server can write.</param>
/// <param name="Format">As what.</param>
/// <param name="Folder">Only this folder and those below it, or null.</param>
public sealed record ExportRequest(string Address, string Target, TransferFormat Format, string? Folder = null);
