namespace UnifiedMsg.Database.Tests;

/// <summary>A fresh folder, removed with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => System.IO.Directory.Delete(Path, recursive: true);
}
