namespace UnifiedMsg.Store.Search.Postings;

/// <summary>
/// The tables of <c>search.db</c>. A segment is the index of contents that follow each other. It is written once, and merged with its
/// neighbours into a larger one. It has two lists of terms, words (twice its number) and the trigrams of codes (one more). The rows of a list have
/// the list in the high 32 bits of their id, and in the low ones the place of their first block in the order of the list: a term in a field has
/// one block, or several one after the other when it is frequent.
/// </summary>
internal static class PostingsSchema
{
    /// <summary>Counts up with every change of the tables, the folding, the runs or what is read of a message: the index is then built anew.</summary>
    public const int Version = 4;

    /// <summary>The term of every code in the list of words: where a code is, whichever it is.</summary>
    public const string AnyCode = "\u0001";

    /// <summary>The term of every header field that is there, whatever is in it.</summary>
    public const string AnyValue = "";

    /// <summary>The version that the file bears: another runtime may know characters that this one does not, and cut them otherwise.</summary>
    public static int FileVersion(int variant) => (((Version * 1000) + Environment.Version.Major) * 100) + variant;

    /// <summary>The statements that make the tables.</summary>
    public const string Sql = """
        CREATE TABLE docs(content_id INTEGER PRIMARY KEY, hash_key INTEGER NOT NULL, partial INTEGER NOT NULL);
        CREATE INDEX docs_partial ON docs(content_id) WHERE partial <> 0;
        CREATE TABLE extracts(content_id INTEGER NOT NULL, part INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY(content_id, part)) WITHOUT ROWID;
        CREATE TABLE fields(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE segments(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          first_id INTEGER NOT NULL,
          last_id INTEGER NOT NULL,
          docs INTEGER NOT NULL,
          removed INTEGER NOT NULL,
          merging INTEGER NOT NULL);
        CREATE TABLE terms(list INTEGER NOT NULL, first BLOB NOT NULL, place INTEGER NOT NULL, terms BLOB NOT NULL, docs BLOB NOT NULL,
          PRIMARY KEY(list, first)) WITHOUT ROWID;
        CREATE TABLE postings(id INTEGER PRIMARY KEY, octets BLOB NOT NULL);
        CREATE TABLE positions(id INTEGER PRIMARY KEY, octets BLOB NOT NULL);
        """;
}
