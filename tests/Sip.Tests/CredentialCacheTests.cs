using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Sip.Identity;

namespace UnifiedMsg.Sip.Tests;

/// <summary>How long the certificate of a signer, or that it can't be had, is remembered.</summary>
public sealed class CredentialCacheTests : IDisposable
{
    private static readonly Uri At = new("https://cert.example.test/709J.pem");

    private readonly IdentityAuthority _authority = new();

    [Fact]
    public async Task A_fault_of_the_source_is_not_remembered_for_good()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var source = new Source(() => throw new InvalidOperationException("the source"));
        var cache = Cache(source, time);
        await Assert.ThrowsAsync<InvalidOperationException>(() => cache.GetAsync(At).Soon());
        await Assert.ThrowsAsync<InvalidOperationException>(() => cache.GetAsync(At).Soon());
        Assert.Equal(1, source.Fetches);
        source.Fetch = Certificate;
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Null((await cache.GetAsync(At).Soon()).Credential!.Fault);
    }

    [Fact]
    public async Task A_certificate_is_not_kept_beyond_its_end()
    {
        // It ends a day from now, and half an hour from then.
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(23.5));
        var source = new Source(Certificate);
        var cache = Cache(source, time);
        Assert.Null((await cache.GetAsync(At).Soon()).Credential!.Fault);
        time.Advance(TimeSpan.FromMinutes(20));
        Assert.Null((await cache.GetAsync(At).Soon()).Credential!.Fault);
        Assert.Equal(1, source.Fetches);
        time.Advance(TimeSpan.FromMinutes(20));
        Assert.NotNull((await cache.GetAsync(At).Soon()).Credential!.Fault);
        Assert.Equal(2, source.Fetches);
    }

    public void Dispose() => _authority.Dispose();

    private FetchedCredential Certificate() => new(_authority.Issue(IdentityAuthority.TnAuthList(provider: "709J")), TimeSpan.FromHours(24));

    private CredentialCache Cache(Source source, TimeProvider time) => new(source, new IdentityOptions { Trust = [_authority.Root] }, time);

    private sealed class Source(Func<FetchedCredential> fetch) : ICredentialSource
    {
        public Func<FetchedCredential> Fetch { get; set; } = fetch;

        public int Fetches { get; private set; }

        public Task<FetchedCredential> FetchAsync(Uri address, CancellationToken cancellationToken)
        {
            Fetches++;
            return Task.FromResult(Fetch());
        }
    }
}
