namespace UnifiedMsg.Benchmarks;

/// <summary>Options of a benchmark, written <c>name=value</c>.</summary>
internal sealed class Arguments(IEnumerable<string> arguments)
{
    private readonly Dictionary<string, string> _values = arguments
        .Select(argument => argument.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair.Length > 1 ? pair[1] : "true");

    public double Number(string name, double preset) => _values.TryGetValue(name, out string? value) ? double.Parse(value) : preset;

    public int[] Numbers(string name, params int[] preset) =>
        _values.TryGetValue(name, out string? value) ? [.. value.Split(',').Select(int.Parse)] : preset;

    public string Text(string name, string preset) => _values.GetValueOrDefault(name, preset);

    /// <summary>Where the data goes: durability is measured on the disk that holds it.</summary>
    public string Folder() => _values.GetValueOrDefault("folder", Path.GetTempPath());
}
