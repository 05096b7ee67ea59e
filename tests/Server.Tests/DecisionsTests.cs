using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace UnifiedMsg.Server.Tests;

/// <summary>The pages of decisions and the tree say the same: which packages there are and who uses them, which pages there are.</summary>
public sealed partial class DecisionsTests
{
    private static readonly string Root = RootFolder();

    [Fact]
    public void Every_version_is_of_a_package_that_a_project_refers_to() =>
        Assert.Equal(Referred("src").Union(Referred("tests")).Order(), Versions().Order());

    [Theory, InlineData("Product"), InlineData("Tests")]
    public void The_page_of_dependencies_lists_exactly_the_packages_referred_to(string heading)
    {
        var product = Referred("src");
        var expected = heading == "Product" ? product : Referred("tests").Except(product);
        Assert.Equal(expected.Order(), Listed(heading).Order());
    }

    [Fact]
    public void The_index_lists_every_page()
    {
        var folder = Path.Combine(Root, "src/decisions");
        var pages = Directory.GetFiles(folder, "*.md").Select(Path.GetFileName).Where(name => name != "README.md").Order();
        var listed = PageLink().Matches(File.ReadAllText(Path.Combine(folder, "README.md"))).Select(match => match.Groups[1].Value);
        Assert.Equal(pages, listed.Order());
    }

    private static IEnumerable<string> Versions() => Items(Path.Combine(Root, "src/Directory.Packages.props"), "PackageVersion");

    private static HashSet<string> Referred(string folder)
    {
        var top = Path.Combine(Root, folder);
        var projects = Directory.GetDirectories(top).SelectMany(each => Directory.GetFiles(each, "*.csproj"));
        return [.. projects.Append(Path.Combine(top, "Directory.Build.props")).SelectMany(file => Items(file, "PackageReference"))];
    }

    private static IEnumerable<string> Items(string file, string kind) =>
        XDocument.Load(file).Descendants(kind).Select(each => each.Attribute("Include")!.Value);

    // The first column of the table below a heading; the shared framework comes with the SDK and is no package.
    private static IEnumerable<string> Listed(string heading) =>
        File.ReadLines(Path.Combine(Root, "src/decisions/dependencies.md"))
            .SkipWhile(line => line != $"## {heading}").Skip(3)
            .TakeWhile(line => line.StartsWith('|'))
            .SelectMany(line => line.Split('|')[1].Split(',', StringSplitOptions.TrimEntries))
            .Where(name => !name.EndsWith("(shared framework)", StringComparison.Ordinal));

    private static string RootFolder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../.."));

    [GeneratedRegex(@"^\| \[[^\]]+\]\(([^)]+)\)", RegexOptions.Multiline)]
    private static partial Regex PageLink();
}
