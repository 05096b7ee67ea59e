using UnifiedMsg.Database;

namespace UnifiedMsg.Accounts;

/// <summary>The tables of the directory.</summary>
public static class AccountsSchema
{
    /// <summary>All steps of the component <c>accounts</c>.</summary>
    public static MigrationSet Migrations { get; } = new("accounts",
    [
        // One table of addresses, so that an account and a group can never have the same one.
        // AUTOINCREMENT: the store keys mailboxes by account id, so an id must never come again.
        new Migration(1, "accounts, groups, addresses, credentials", """
            CREATE TABLE accounts(
              id INTEGER PRIMARY KEY AUTOINCREMENT,
              name TEXT NOT NULL,
              extension TEXT UNIQUE,
              created INTEGER NOT NULL,
              scram_salt BLOB,
              scram_iterations INTEGER,
              scram_stored_key BLOB,
              scram_server_key BLOB,
              pin_salt BLOB,
              pin_iterations INTEGER,
              pin_hash BLOB,
              pin_failures INTEGER NOT NULL DEFAULT 0,
              pin_locked_until INTEGER NOT NULL DEFAULT 0);
            CREATE TABLE account_groups(id INTEGER PRIMARY KEY AUTOINCREMENT);
            CREATE TABLE account_addresses(
              address TEXT PRIMARY KEY,
              account_id INTEGER REFERENCES accounts(id),
              group_id INTEGER REFERENCES account_groups(id),
              CHECK((account_id IS NULL) <> (group_id IS NULL))) WITHOUT ROWID;
            CREATE UNIQUE INDEX account_addresses_of_accounts ON account_addresses(account_id) WHERE account_id IS NOT NULL;
            CREATE UNIQUE INDEX account_addresses_of_groups ON account_addresses(group_id) WHERE group_id IS NOT NULL;
            CREATE TABLE account_group_members(
              group_id INTEGER NOT NULL REFERENCES account_groups(id),
              account_id INTEGER NOT NULL REFERENCES accounts(id),
              PRIMARY KEY(group_id, account_id)) WITHOUT ROWID;
            CREATE INDEX account_group_members_by_account ON account_group_members(account_id);
            CREATE TABLE account_secrets(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
            """),
        // RFC 7616 §3.4.2: a secret holds for one name in one realm.
        new Migration(2, "passwords of phones", """
            CREATE TABLE account_phone_secrets(
              user_name TEXT NOT NULL,
              realm TEXT NOT NULL,
              account_id INTEGER NOT NULL REFERENCES accounts(id),
              sha256 BLOB NOT NULL,
              md5 BLOB NOT NULL,
              PRIMARY KEY(user_name, realm)) WITHOUT ROWID;
            CREATE INDEX account_phone_secrets_by_account ON account_phone_secrets(account_id);
            """),
    ]);
}
