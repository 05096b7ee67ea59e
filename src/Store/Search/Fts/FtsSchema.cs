namespace UnifiedMsg.Store.Search.Fts;

/// <summary>
/// The tables of <c>search.db</c>. Words of messages are in <c>words</c>, identifiers by their trigrams in <c>codes</c>, the words
/// themselves in <c>terms</c>, and their trigrams in <c>term_grams</c>: a needle inside of words is looked up in the vocabulary, which is
/// thousands of times smaller than the text. Texts come folded and cut, so the tokenizer <c>ascii</c> only parts them at spaces.
/// </summary>
internal static class FtsSchema
{
    /// <summary>Counts up with every change of the tables, the folding, the runs or what is read of a message: the index is then built anew.</summary>
    public const int Version = 1;

    /// <summary>The version that the file bears: another runtime may know characters that this one does not, and cut them otherwise.</summary>
    public static int FileVersion(int variant) => (((Version * 1000) + Environment.Version.Major) * 100) + variant;

    /// <summary>The statements that make the tables. Without content and positions: the verification knows them better.</summary>
    public const string Sql = """
        CREATE TABLE docs(content_id INTEGER PRIMARY KEY, hash_key INTEGER NOT NULL, partial INTEGER NOT NULL);
        CREATE INDEX docs_partial ON docs(content_id) WHERE partial <> 0;
        CREATE TABLE terms(id INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE, docs INTEGER NOT NULL);
        CREATE TABLE extracts(content_id INTEGER NOT NULL, part INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY(content_id, part)) WITHOUT ROWID;
        CREATE VIRTUAL TABLE words USING fts5(subject, sender, recipient, cc, bcc, header, body,
          content='', contentless_delete=1, detail=column, tokenize='ascii');
        CREATE VIRTUAL TABLE codes USING fts5(subject, sender, recipient, cc, bcc, header, body,
          content='', contentless_delete=1, detail=column, tokenize='trigram case_sensitive 1');
        CREATE VIRTUAL TABLE term_grams USING fts5(term, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1');
        INSERT INTO words(words, rank) VALUES('hashsize', 16777216);
        INSERT INTO codes(codes, rank) VALUES('hashsize', 16777216);
        """;

    /// <summary>The filter of a column in a query, or nothing for any.</summary>
    public static string Filter(IndexColumn? column) => column is null ? "" : $"{column.Value.ToString().ToLowerInvariant()} : ";
}
