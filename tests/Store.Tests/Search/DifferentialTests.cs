using UnifiedMsg.Store.Search;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests.Search;

/// <summary>Random queries on random mail: with and without index the same as a plain comparison of what was sent.</summary>
public abstract class DifferentialTests(Engine engine)
{
    private const int Messages = 80;
    private const int Queries = 100;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task An_index_changes_nothing_but_the_time(int seed)
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        var generator = new MailGenerator(seed);
        var mails = new List<GeneratedMail>();
        for (int i = 0; i < Messages; i++)
        {
            mails.Add(generator.Next());
            await test.AppendAsync(inbox, mails[^1].Octets);
        }
        var cases = Enumerable.Range(0, Queries).Select(_ => NextCase(generator, mails, 0)).ToList();
        await CheckAsync(test, inbox, mails, cases);

        test.StartSearch();
        await test.Store.Search.CatchUpAsync(TestContext.Current.CancellationToken);
        await CheckAsync(test, inbox, mails, cases);

        // The same once more with half of the messages in another folder, some there twice, and some new that are not indexed yet.
        await test.Store.Search.DisposeAsync();
        Folder other = await test.Store.CreateFolderAsync(1, "Other");
        uint[] half = [.. Enumerable.Range(1, Messages).Where(uid => uid % 2 == 0).Select(uid => (uint)uid)];
        await test.Store.MoveAsync(inbox.Id, half, other.Id);
        await test.Store.CopyAsync(other.Id, [1, 2, 3], other.Id);
        List<GeneratedMail> there = [.. mails.Where((_, i) => i % 2 == 1)];
        there.AddRange(there.GetRange(0, 3));
        await test.RestartAsync();
        test.StartSearch();
        await test.Store.Search.CatchUpAsync(TestContext.Current.CancellationToken);
        await CheckAsync(test, other, there, cases);
    }

    private static async Task CheckAsync(TestStore test, Folder folder, List<GeneratedMail> mails, List<Case> cases)
    {
        foreach (Case each in cases)
        {
            var expected = Enumerable.Range(0, mails.Count).Where(i => each.Meets(mails[i])).Select(i => (uint)i + 1);
            IReadOnlyList<uint> found = await test.Store.SearchAsync(folder.Id, each.Query);
            Assert.True(
                expected.SequenceEqual(found),
                $"{each}: expected {string.Join(',', expected)}, found {string.Join(',', found)}");
        }
    }

    private static Case NextCase(MailGenerator generator, List<GeneratedMail> mails, int depth)
    {
        switch (generator.Below(depth > 2 ? 4 : 8))
        {
            case 4:
                Case[] all = [NextCase(generator, mails, depth + 1), NextCase(generator, mails, depth + 1)];
                return new Case(new AllOfQuery([.. all.Select(one => one.Query)]), mail => all.All(one => one.Meets(mail)), $"({all[0]} AND {all[1]})");
            case 5:
                Case[] any = [NextCase(generator, mails, depth + 1), NextCase(generator, mails, depth + 1)];
                return new Case(new AnyOfQuery([.. any.Select(one => one.Query)]), mail => any.Any(one => one.Meets(mail)), $"({any[0]} OR {any[1]})");
            case 6:
                Case inner = NextCase(generator, mails, depth + 1);
                return new Case(new NotQuery(inner.Query), mail => !inner.Meets(mail), $"NOT {inner}");
            default:
                SearchField field = generator.Field();
                string text = generator.Needle(mails[generator.Below(mails.Count)]);
                SearchQuery query = field == SearchField.Header ? TextQuery.OfHeader("x-topic", text) : new TextQuery(field, text);
                return new Case(query, mail => mail.Has(field, text), $"{field} '{text}'");
        }
    }

    private sealed record Case(SearchQuery Query, Func<GeneratedMail, bool> Meets, string Name)
    {
        public override string ToString() => Name;
    }
}

public sealed class SqliteDifferentialTests() : DifferentialTests(Engine.Sqlite);

public sealed class PostgreSqlDifferentialTests() : DifferentialTests(Engine.PostgreSql);
