using System.Reflection;
using Xunit.v3;

namespace UnifiedMsg.Interop.Programs;

/// <summary>
/// A test that needs a program which the SDK does not bring. Where it is missing the test is skipped and says what to install; with
/// CI=true, where it has to be there, the test fails.
/// </summary>
/// <param name="program">The program, as found in PATH.</param>
/// <param name="package">The Debian package that has it.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
public sealed class RequiresAttribute(string program, string package) : BeforeAfterTestAttribute
{
    /// <summary>The program.</summary>
    public string Program { get; } = program;

    /// <summary>The package.</summary>
    public string Package { get; } = package;

    /// <inheritdoc/>
    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (ExternalProgram.Find(Program) is not null)
            return;
        var advice = $"{Program} is not here; install it: apt-get install {Package}";
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(advice);
        Assert.Skip(advice);
    }
}
