// Setting up an account, as the account wizard leaves it. Every script here runs with the rights of Thunderbird's own code.

const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");

const socketTypes = { Tls: Ci.nsMsgSocketType.SSL, StartTls: Ci.nsMsgSocketType.alwaysSTARTTLS };

// What "Confirm Security Exception" does for a certificate that nobody vouches for, given as base64 of its DER form.
function trust(host, port, certificate) {
  const parsed = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).constructX509FromBase64(certificate);
  Cc["@mozilla.org/security/certoverride;1"].getService(Ci.nsICertOverrideService)
    .rememberValidityOverride(host, port, {}, parsed, true);
}

// Keeps a password where Thunderbird looks for it, so that it does not ask.
async function keepPassword(origin, user, password) {
  const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
  login.init(origin, null, origin, user, password, "", "");
  await Services.logins.addLoginAsync(login);
}

// Nothing is fetched but when a script says so, or when the server speaks up: no polling, no look at the start.
async function setUpAccount({ address, password, host, security, imapPort, smtpPort, certificate }) {
  trust(host, imapPort, certificate);
  trust(host, smtpPort, certificate);
  await keepPassword(`imap://${host}`, address, password);
  await keepPassword(`smtp://${host}`, address, password);

  const incoming = MailServices.accounts.createIncomingServer(address, host, "imap");
  incoming.port = imapPort;
  incoming.socketType = socketTypes[security];
  incoming.authMethod = Ci.nsMsgAuthMethod.passwordCleartext;
  incoming.doBiff = false;
  incoming.loginAtStartUp = false;

  const outgoing = MailServices.outgoingServer.createServer("smtp");
  outgoing.QueryInterface(Ci.nsISmtpServer);
  outgoing.hostname = host;
  outgoing.port = smtpPort;
  outgoing.username = address;
  outgoing.socketType = socketTypes[security];
  outgoing.authMethod = Ci.nsMsgAuthMethod.passwordCleartext;
  MailServices.outgoingServer.defaultServer = outgoing;

  const identity = MailServices.accounts.createIdentity();
  identity.email = address;
  identity.smtpServerKey = outgoing.key;

  const account = MailServices.accounts.createAccount();
  account.addIdentity(identity);
  account.incomingServer = incoming;
  MailServices.accounts.defaultAccount = account;
}
