using System.Net;
using System.Security.Cryptography;
using System.Text;
using UnifiedMsg.Accounts.Sasl;

namespace UnifiedMsg.Accounts.Tests;

public sealed class SaslTests : IAsyncLifetime
{
    private static readonly SaslPeer Peer = new(IPAddress.Parse("192.0.2.7"), "test");

    private readonly SqliteDirectory _directory = new();
    private Account _alice = null!;

    public async ValueTask InitializeAsync()
    {
        await _directory.InitializeAsync();
        _alice = await _directory.Accounts.AddAsync(new NewAccount("alice@example.test", "Alice", Password: "pencil"));
    }

    public ValueTask DisposeAsync() => _directory.DisposeAsync();

    [Fact]
    public void Passwords_in_the_clear_only_where_allowed()
    {
        Assert.Equal(["SCRAM-SHA-256", "PLAIN", "LOGIN"], _directory.Sasl.Mechanisms(plainAllowed: true));
        Assert.Equal(["SCRAM-SHA-256"], _directory.Sasl.Mechanisms(plainAllowed: false));
        Assert.Null(_directory.Sasl.Begin("PLAIN", plainAllowed: false, Peer));
        Assert.Null(_directory.Sasl.Begin("LOGIN", plainAllowed: false, Peer));
        Assert.Null(_directory.Sasl.Begin("CRAM-MD5", plainAllowed: true, Peer));
    }

    [Theory]
    [InlineData("\0alice@example.test\0pencil", null)]
    [InlineData("Alice@example.test\0alice@example.test\0pencil", null)]
    [InlineData("bob@example.test\0alice@example.test\0pencil", SaslFailure.NotAuthorized)]
    [InlineData("\0alice@example.test\0Pencil", SaslFailure.BadCredentials)]
    [InlineData("\0bob@example.test\0pencil", SaslFailure.BadCredentials)]
    [InlineData("\0alice@example.test", SaslFailure.Malformed)]
    [InlineData("\0\0pencil", SaslFailure.Malformed)]
    [InlineData("\0alice@example.test\0", SaslFailure.Malformed)]
    [InlineData("\0alice@example.test\0pen\0cil", SaslFailure.Malformed)]
    [InlineData("", SaslFailure.Malformed)]
    public async Task Plain(string response, SaslFailure? failure)
    {
        ISaslExchange exchange = _directory.Sasl.Begin("plain", plainAllowed: true, Peer)!;
        Assert.Empty(Assert.IsType<SaslStep.Challenge>(await exchange.StepAsync(null)).Octets);
        SaslStep step = await exchange.StepAsync(Encoding.UTF8.GetBytes(response));
        AssertEnd(step, failure);
    }

    [Fact]
    public async Task Login_asks_for_name_and_password()
    {
        ISaslExchange exchange = _directory.Sasl.Begin("LOGIN", plainAllowed: true, Peer)!;
        Assert.Equal("Username:", Text(await exchange.StepAsync(null)));
        Assert.Equal("Password:", Text(await exchange.StepAsync("alice@example.test"u8.ToArray())));
        AssertEnd(await exchange.StepAsync("pencil"u8.ToArray()), null);

        exchange = _directory.Sasl.Begin("LOGIN", plainAllowed: true, Peer)!;
        Assert.Equal("Password:", Text(await exchange.StepAsync("alice@example.test"u8.ToArray())));
        AssertEnd(await exchange.StepAsync("pen"u8.ToArray()), SaslFailure.BadCredentials);
    }

    // The exchange of RFC 7677 §3.
    [Fact]
    public async Task Scram_answers_as_in_the_example_of_the_rfc()
    {
        byte[] salt = Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==");
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2("pencil"u8, salt, 4096, HashAlgorithmName.SHA256, 32);
        byte[] storedKey = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        byte[] serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
        var accounts = new OneAccount(_alice, new ScramVerifier(salt, 4096, storedKey, serverKey));
        var exchange = new ScramExchange(_directory.Sasl, accounts, Peer, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");

        Assert.Equal(
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            Text(await exchange.StepAsync("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"u8.ToArray())));
        Assert.Equal(
            "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
            Text(await exchange.StepAsync(
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="u8.ToArray())));
        AssertEnd(await exchange.StepAsync(Array.Empty<byte>()), null);
    }

    [Theory]
    [InlineData("alice@example.test", "pencil", null)]
    [InlineData("alice@example.test", "Pencil", SaslFailure.BadCredentials)]
    [InlineData("nobody@example.test", "pencil", SaslFailure.BadCredentials)]
    public async Task Scram_of_a_whole_client(string name, string password, SaslFailure? failure)
    {
        ISaslExchange exchange = _directory.Sasl.Begin("SCRAM-SHA-256", plainAllowed: false, Peer)!;
        string serverFirst = Text(await exchange.StepAsync(Encoding.UTF8.GetBytes($"n,,n={name},r=abc")));
        (string proof, string signature) = ClientProof(name, password, serverFirst);
        SaslStep step = await exchange.StepAsync(Encoding.UTF8.GetBytes(proof));
        if (failure is null)
        {
            Assert.Equal($"v={signature}", Text(step));
            step = await exchange.StepAsync(Array.Empty<byte>());
        }
        AssertEnd(step, failure);
        AssertEnd(await exchange.StepAsync(Array.Empty<byte>()), SaslFailure.Malformed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("n,,n=alice")]
    [InlineData("p=tls-exporter,,n=alice,r=abc")]
    [InlineData("n,,m=x,n=alice,r=abc")]
    [InlineData("n,,n=,r=abc")]
    [InlineData("n,,n=al=ice,r=abc")]
    [InlineData("n,,n=alice,r=")]
    [InlineData("n,,n=alice,r=a b")]
    [InlineData("x,,n=alice,r=abc")]
    public async Task Scram_refuses_a_malformed_first_message(string message)
    {
        ISaslExchange exchange = _directory.Sasl.Begin("SCRAM-SHA-256", plainAllowed: false, Peer)!;
        AssertEnd(await exchange.StepAsync(Encoding.UTF8.GetBytes(message)), SaslFailure.Malformed);
    }

    [Fact]
    public async Task Too_many_failures_have_to_wait()
    {
        for (int i = 0; i < 3; i++)
            AssertEnd(await _directory.Sasl.LogInAsync("alice@example.test", "wrong", Peer), SaslFailure.BadCredentials);
        AssertEnd(await _directory.Sasl.LogInAsync("alice@example.test", "pencil", Peer), SaslFailure.TooManyFailures);
        _directory.Time.Advance(TimeSpan.FromMinutes(11));
        AssertEnd(await _directory.Sasl.LogInAsync("alice@example.test", "pencil", Peer), null);
    }

    [Fact]
    public async Task One_address_can_not_try_many_names()
    {
        for (int i = 0; i < 5; i++)
            AssertEnd(await _directory.Sasl.LogInAsync($"name{i}@example.test", "wrong", Peer), SaslFailure.BadCredentials);
        AssertEnd(await _directory.Sasl.LogInAsync("alice@example.test", "pencil", Peer), SaslFailure.TooManyFailures);
        SaslPeer elsewhere = new(IPAddress.Parse("192.0.2.8"), "test");
        AssertEnd(await _directory.Sasl.LogInAsync("alice@example.test", "pencil", elsewhere), null);
    }

    private static (string Final, string Signature) ClientProof(string name, string password, string serverFirst)
    {
        Dictionary<char, string> fields = serverFirst.Split(',').ToDictionary(part => part[0], part => part[2..]);
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(
            password, Convert.FromBase64String(fields['s']), int.Parse(fields['i']), HashAlgorithmName.SHA256, 32);
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        string withoutProof = $"c=biws,r={fields['r']}";
        byte[] authMessage = Encoding.UTF8.GetBytes($"n={name},r=abc,{serverFirst},{withoutProof}");
        byte[] clientSignature = HMACSHA256.HashData(SHA256.HashData(clientKey), authMessage);
        byte[] proof = [.. clientKey.Zip(clientSignature, (a, b) => (byte)(a ^ b))];
        byte[] signature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), authMessage);
        return ($"{withoutProof},p={Convert.ToBase64String(proof)}", Convert.ToBase64String(signature));
    }

    private static string Text(SaslStep step) => Encoding.UTF8.GetString(Assert.IsType<SaslStep.Challenge>(step).Octets);

    private void AssertEnd(SaslStep step, SaslFailure? failure)
    {
        if (failure is null)
            Assert.Equal(_alice.Id, Assert.IsType<SaslStep.Success>(step).Account.Id);
        else
            Assert.Equal(failure, Assert.IsType<SaslStep.Failure>(step).Reason);
    }
}
