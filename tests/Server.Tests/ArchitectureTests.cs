using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace UnifiedMsg.Server.Tests;

/// <summary>The house has one plan: which project may use which. This table is that plan; everything is checked against it.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Network"] = [],
        ["Database"] = [],
        ["Mime"] = [],
        ["Media"] = [],
        ["Speech"] = [],
        ["Sip"] = ["Network"],
        ["Accounts"] = ["Database"],
        ["Store"] = ["Database", "Mime"],
        ["Delivery"] = ["Network", "Mime", "Accounts", "Database", "Store"],
        ["Access"] = ["Network", "Mime", "Accounts", "Store", "Delivery"],
        ["Voicemail"] = ["Sip", "Media", "Speech", "Mime", "Accounts", "Store", "Database", "Delivery"],
        ["Server"] =
            ["Network", "Database", "Mime", "Media", "Speech", "Sip", "Accounts", "Store", "Delivery", "Access", "Voicemail"],
    };

    // Access and Voicemail hand messages in; how they are delivered is not their business.
    private static readonly string[] SubmitTypes = ["ISubmission", "Submission", "SubmitResult", "SubmissionException"];

    public static TheoryData<string> Projects => [.. MayUse.Keys];

    [Fact]
    public void Every_project_is_in_the_table_and_every_row_is_a_project()
    {
        var projects = Directory.GetDirectories(SourceFolder()).Where(folder => Directory.GetFiles(folder, "*.csproj").Length > 0)
            .Select(Path.GetFileName).Order();
        Assert.Equal(MayUse.Keys.Order(), projects);
    }

    [Theory, MemberData(nameof(Projects))]
    public void A_project_file_refers_only_to_what_the_table_allows(string project)
    {
        var file = XDocument.Load(Path.Combine(SourceFolder(), project, $"{project}.csproj"));
        var references = file.Descendants("ProjectReference")
            .Select(each => Path.GetFileNameWithoutExtension(each.Attribute("Include")!.Value.Replace('\\', '/')));
        Assert.Empty(references.Except(MayUse[project]));
    }

    // Project references pass on what they refer to, so that the compiler alone would let Voicemail use Network.
    [Theory, MemberData(nameof(Projects))]
    public void An_assembly_refers_only_to_what_the_table_allows(string project)
    {
        var references = References(project).Select(reference => reference.Assembly).Distinct();
        Assert.Empty(references.Except(MayUse[project]));
    }

    [Theory, InlineData("Access"), InlineData("Voicemail")]
    public void Those_who_only_submit_use_no_more_of_delivery(string project)
    {
        var used = References(project).Where(reference => reference.Assembly == "Delivery").Select(reference => reference.Type);
        Assert.Empty(used.Except(SubmitTypes));
    }

    [Fact]
    public void Protocols_of_access_do_not_know_each_other()
    {
        var folder = Path.Combine(SourceFolder(), "Access");
        var protocols = Directory.GetDirectories(folder).Select(each => Path.GetFileName(each)!)
            .Where(name => name is not ("bin" or "obj")).ToArray();
        var found = from protocol in protocols
                    from file in Directory.GetFiles(Path.Combine(folder, protocol), "*.cs", SearchOption.AllDirectories)
                    from Match match in ProtocolName().Matches(File.ReadAllText(file))
                    where protocols.Contains(match.Groups[1].Value) && match.Groups[1].Value != protocol
                    select $"{protocol}/{Path.GetFileName(file)} uses {match.Value}";
        Assert.Empty(found);
    }

    private static List<(string Assembly, string Type)> References(string project)
    {
        var name = project == "Server" ? "unifiedmsg" : $"UnifiedMsg.{project}";
        using var file = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, $"{name}.dll")));
        var metadata = file.GetMetadataReader();
        var references = new List<(string, string)>();
        foreach (var handle in metadata.TypeReferences)
        {
            var type = metadata.GetTypeReference(handle);
            if (type.ResolutionScope.Kind != HandleKind.AssemblyReference)
                continue;
            var assembly = metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name);
            if (assembly.StartsWith("UnifiedMsg.", StringComparison.Ordinal))
                references.Add((assembly["UnifiedMsg.".Length..], metadata.GetString(type.Name)));
        }
        return references;
    }

    private static string SourceFolder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../src"));

    [GeneratedRegex(@"UnifiedMsg\.Access\.(\w+)")]
    private static partial Regex ProtocolName();
}
