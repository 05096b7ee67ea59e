using System.IO.Compression;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Mime;
using UnifiedMsg.Store.Search;
using UnifiedMsg.Store.Search.Attachments;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests.Search;

public sealed class AttachmentTests : IDisposable
{
    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    private const string Pdf = """
        %PDF-1.4
        1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
        2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
        3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
        4 0 obj<</Length 46>>stream
        BT /F1 12 Tf 10 100 Td (hidden treasure) Tj ET
        endstream endobj
        5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
        trailer<</Root 1 0 R>>
        """;

    public void Dispose() => System.IO.Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_program_says_what_a_document_has()
    {
        Assert.Equal("the document", await RunAsync("cat \"$1\""));
        Assert.Empty(System.IO.Directory.GetDirectories(_folder));
    }

    [Fact]
    public async Task It_gets_nothing_of_our_environment()
    {
        string found = (await RunAsync("env"))!;
        Assert.Contains("LC_ALL=C.UTF-8", found);
        Assert.DoesNotContain("DOTNET", found);
    }

    [Fact]
    public async Task Text_without_end_is_cut_off()
    {
        string found = (await RunAsync("yes"))!;
        Assert.InRange(found.Length, 1_000_000, 4 << 20);
    }

    [Fact]
    public async Task A_program_that_fails_or_hangs_leaves_the_message_without_the_text()
    {
        Assert.Equal("", await RunAsync("exit 1"));
        Task<string?> hanging = RunAsync("exec sleep 1000000");
        while (!hanging.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(31));
            await Task.Yield();
        }
        Assert.Equal("", await hanging);
    }

    [Fact]
    public async Task What_no_program_reads_is_left_alone() =>
        Assert.Null(await RunAsync("cat \"$1\"", contentType: "image/png; name=\"a.png\""));

    [Fact]
    public void A_program_that_is_missing_is_said_by_its_package()
    {
        AttachmentProgram missing = AttachmentProgram.Pdf[0] with { Name = "no-such-program" };
        (List<AttachmentProgram> found, List<string> packages) = AttachmentPrograms.Find([missing]);
        Assert.Empty(found);
        Assert.Equal(["poppler-utils"], packages);
    }

    [Theory]
    [InlineData("application/pdf", Engine.Sqlite)]
    [InlineData("application/pdf", Engine.PostgreSql)]
    [InlineData("application/vnd.openxmlformats-officedocument.wordprocessingml.document", Engine.Sqlite)]
    [InlineData("application/vnd.oasis.opendocument.text", Engine.Sqlite)]
    [InlineData("application/msword", Engine.Sqlite)]
    public async Task The_text_of_a_document_is_found(string type, Engine engine)
    {
        if (AttachmentPrograms.Find(AttachmentProgram.Pdf.Concat(AttachmentProgram.Office)).Missing is { Count: > 0 } missing)
        {
            string advice = $"apt-get install {string.Join(' ', missing)}";
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", advice);
            Assert.Skip(advice);
        }
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendAsync(inbox, Message(Document(type), type));
        var query = new TextQuery(SearchField.Body, "den treas");
        Assert.Empty(await test.Store.SearchAsync(inbox.Id, query));
        test.Store.Search.Start(new SearchOptions { File = test.SearchFile, Pdf = true, Office = true, WorkFolder = _folder });
        await test.Store.Search.CatchUpAsync(TestContext.Current.CancellationToken);
        Assert.Equal([1u], await test.Store.SearchAsync(inbox.Id, query));
        Assert.Equal([1u], await test.Store.SearchAsync(inbox.Id, new TextQuery(SearchField.Text, "treasure")));
    }

    private static byte[] Document(string type) => type switch
    {
        "application/pdf" => Encoding.ASCII.GetBytes(Pdf),
        "application/msword" => "hidden treasure\n"u8.ToArray(), // catdoc takes files without the format's mark as plain text.
        "application/vnd.oasis.opendocument.text" => Zip("content.xml",
            "<office:document-content xmlns:office=\"o\" xmlns:text=\"t\"><office:body><office:text><text:p>hidden treasure</text:p></office:text></office:body></office:document-content>"),
        _ => Zip("word/document.xml", "<w:document xmlns:w=\"w\"><w:body><w:p><w:r><w:t>hidden treasure</w:t></w:r></w:p></w:body></w:document>"),
    };

    private static byte[] Zip(string name, string text)
    {
        var octets = new MemoryStream();
        using (var zip = new ZipArchive(octets, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var writer = new StreamWriter(zip.CreateEntry(name).Open());
            writer.Write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + text);
        }
        return octets.ToArray();
    }

    private static byte[] Message(byte[] document, string contentType) => Encoding.ASCII.GetBytes(
        $"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: {contentType}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + Convert.ToBase64String(document, Base64FormattingOptions.InsertLineBreaks) + "\r\n");

    private async Task<string?> RunAsync(string script, string contentType = "application/octet-stream; name=\"a.pdf\"")
    {
        using var message = new MemoryStream(Message("the document"u8.ToArray(), contentType));
        MessagePart part = MessageSummarizer.Summarize(message).Body;
        var program = new AttachmentProgram("sh", "dash", ["-c", script, "sh", "{input}"], ["application/pdf"], [".pdf"]);
        var programs = new AttachmentPrograms([program], _folder, TimeSpan.FromSeconds(30), _time);
        return await programs.ReadAsync(part, message, TestContext.Current.CancellationToken);
    }
}
