namespace UnifiedMsg.Voicemail.DialPlans;

/// <summary>Something wrong in a plan file.</summary>
/// <param name="File">The file's path.</param>
/// <param name="Line">Counts from 1.</param>
/// <param name="Column">Counts from 1.</param>
/// <param name="Message">What is wrong and what to write instead.</param>
public sealed record DialPlanProblem(string File, long Line, long Column, string Message)
{
    /// <summary><c>file:line:column: message</c>, which editors and terminals turn into a link.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}: {Message}";
}
