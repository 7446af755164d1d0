-- What every service keeps beside its own tables.

-- Commands by their idempotency key, with what was answered.
CREATE TABLE IF NOT EXISTS commands (
    customer_id TEXT NOT NULL,
    key TEXT NOT NULL,
    -- Tells path and body apart.
    fingerprint BLOB NOT NULL,
    status INTEGER NOT NULL,
    answer BLOB NOT NULL,
    answered_at INTEGER NOT NULL,
    PRIMARY KEY (customer_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS commands_by_age ON commands (answered_at);

-- Events that are still to be published, in the order in which they happened.
CREATE TABLE IF NOT EXISTS outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    customer_id TEXT,
    happened_at INTEGER NOT NULL
) STRICT;

-- What has changed of people's things, each once, at the place of its last change. A place is never given twice.
CREATE TABLE IF NOT EXISTS journal (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT NOT NULL UNIQUE,
    customer_id TEXT NOT NULL,
    removed INTEGER NOT NULL CHECK (removed IN (0, 1)),
    changed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS journal_by_customer ON journal (customer_id, place, subject);
