using System.Collections;

namespace UnifiedMsg.Sip.Messages;

/// <summary>One header field: canonical name, unfolded value without surrounding white space.</summary>
/// <param name="Name">Canonical when it is a known one.</param>
/// <param name="Value">The value as it came.</param>
public readonly record struct SipHeader(string Name, string Value);

/// <summary>The header fields of a message in their order. Names are compared without case; compact forms are the long ones.</summary>
public sealed class SipHeaders : IEnumerable<SipHeader>
{
    private readonly List<SipHeader> _fields;

    /// <summary>No fields.</summary>
    public SipHeaders() => _fields = new List<SipHeader>(16);

    /// <summary>How many fields there are.</summary>
    public int Count => _fields.Count;

    /// <summary>The first value of that name, or null. Setting replaces every field of that name, null removes them.</summary>
    /// <exception cref="ArgumentException">The value holds a line break or a bare NUL.</exception>
    public string? this[string name]
    {
        get
        {
            foreach (var field in _fields)
            {
                if (field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                    return field.Value;
            }
            return null;
        }
        set => Replace(name, value);
    }

    /// <summary>Adds a field at the end.</summary>
    /// <exception cref="ArgumentException">The value holds a line break or a bare NUL.</exception>
    public void Add(string name, string value) => _fields.Add(new SipHeader(SipHeaderNames.Canonicalize(name), Checked(value)));

    /// <summary>Adds a field before all others: a Via, or a Route.</summary>
    /// <exception cref="ArgumentException">The value holds a line break or a bare NUL.</exception>
    public void AddFirst(string name, string value) =>
        _fields.Insert(0, new SipHeader(SipHeaderNames.Canonicalize(name), Checked(value)));

    /// <summary>Whether a field of that name is there.</summary>
    public bool Contains(string name) => this[name] is not null;

    /// <summary>How many fields (lines, not values) of that name there are.</summary>
    public int CountOf(string name)
    {
        var count = 0;
        foreach (var field in _fields)
        {
            if (field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                count++;
        }
        return count;
    }

    /// <summary>
    /// Every value of a list header over all its lines, split at the commas outside quotes and brackets, up to
    /// <see cref="SipLimits.MaxValuesPerHeader"/>.
    /// </summary>
    public IEnumerable<string> Values(string name)
    {
        var count = 0;
        foreach (var field in _fields)
        {
            if (!field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                continue;
            // By position, not by what is left: a line of commas would be copied for each of them.
            for (var from = 0; count++ < SipLimits.MaxValuesPerHeader;)
            {
                var comma = SipGrammar.IndexOutside(field.Value.AsSpan(from), ',');
                var value = SipGrammar.Trim(comma < 0 ? field.Value.AsSpan(from) : field.Value.AsSpan(from, comma));
                if (value.Length > 0)
                    yield return value.Length == field.Value.Length ? field.Value : value.ToString();
                if (comma < 0)
                    break;
                from += comma + 1;
            }
        }
    }

    /// <summary>Whether <see cref="Values"/> leaves some out.</summary>
    internal bool HasTooManyValues(string name)
    {
        var count = 0;
        foreach (var field in _fields)
        {
            if (!field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                continue;
            for (var rest = field.Value.AsSpan(); ;)
            {
                if (++count > SipLimits.MaxValuesPerHeader)
                    return true;
                var comma = SipGrammar.IndexOutside(rest, ',');
                if (comma < 0)
                    break;
                rest = rest[(comma + 1)..];
            }
        }
        return false;
    }

    /// <summary>The lines of that name as they came, not split.</summary>
    public IEnumerable<string> Lines(string name) =>
        _fields.Where(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(f => f.Value);

    /// <summary>Removes every field of that name.</summary>
    public void Remove(string name) => _fields.RemoveAll(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public IEnumerator<SipHeader> GetEnumerator() => _fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal SipHeader At(int index) => _fields[index];

    internal void AddParsed(string name, string value) => _fields.Add(new SipHeader(name, value));

    /// <summary>Adds a proxy to those that the request goes through, as a loose router (RFC 3261 §16.12).</summary>
    internal void AddRoute(SipUri proxy) => Add(SipHeaderNames.Route, $"<{(proxy.IsLooseRouter ? proxy : proxy.WithParameter("lr", null))}>");

    /// <summary>Copies every line of that name from another message, in order.</summary>
    internal void CopyFrom(SipHeaders other, string name)
    {
        foreach (var field in other._fields)
        {
            if (field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                _fields.Add(field);
        }
    }

    /// <summary>Replaces the first value of the first line of that name and leaves the other values as they are.</summary>
    internal void ReplaceFirstValue(string name, string value)
    {
        var at = _fields.FindIndex(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (at < 0)
            return;
        var line = _fields[at].Value;
        var comma = SipGrammar.IndexOutside(line, ',');
        _fields[at] = new SipHeader(_fields[at].Name, Checked(comma < 0 ? value : value + line[comma..]));
    }

    /// <summary>The first value of the first line of that name, without allocation when the line has only one.</summary>
    internal string? FirstValue(string name)
    {
        if (this[name] is not { } line)
            return null;
        var comma = SipGrammar.IndexOutside(line, ',');
        return comma < 0 ? line : line[..comma];
    }

    private void Replace(string name, string? value)
    {
        var at = _fields.FindIndex(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (value is null)
            Remove(name);
        else if (at < 0)
            Add(name, value);
        else
        {
            _fields[at] = new SipHeader(_fields[at].Name, Checked(value));
            for (var i = _fields.Count - 1; i > at; i--)
            {
                if (_fields[i].Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                    _fields.RemoveAt(i);
            }
        }
    }

    // A value that came from elsewhere must not be able to add header fields of its own.
    private static string Checked(string value) => SipGrammar.HasStrayControl(value)
        ? throw new ArgumentException("A header value may hold no line break and no bare NUL.", nameof(value))
        : value;
}
