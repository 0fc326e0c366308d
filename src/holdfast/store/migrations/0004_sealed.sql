-- What is kept encrypted, and who asked for it.

-- One row for each body whose original was sealed; the text register of the change that wrote it names it by id.
CREATE TABLE sealed (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  id          BLOB NOT NULL UNIQUE,
  memory      BLOB NOT NULL,
  store       BLOB NOT NULL,               -- the store that sealed it
  version     INTEGER NOT NULL,            -- of the way of sealing
  fingerprint BLOB NOT NULL,               -- of the master key that wrapped its data key
  wrapped     BLOB NOT NULL,               -- the data key: nonce, ciphertext
  nonce       BLOB NOT NULL,
  ciphertext  BLOB NOT NULL,
  kinds       TEXT NOT NULL,               -- JSON array: which rules found a secret
  actor       TEXT NOT NULL,               -- who had it sealed
  created     INTEGER NOT NULL             -- Unix ms
);
CREATE INDEX sealed_memory ON sealed (memory);

-- What each memory that is there holds sealed now.
CREATE VIEW held_secrets AS
  SELECT sealed.*, memories.id AS ref, memories.title AS title, memories.alive AS alive
  FROM sealed JOIN memories ON memories.uuid = sealed.memory
  JOIN registers ON registers.entity = sealed.memory AND registers.name = 'text'
  JOIN changes ON changes.seq = registers.change
  WHERE NOT memories.erased AND json_extract(changes.patch, '$.text.sealed') = lower(hex(sealed.id));

CREATE TABLE audit (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  at     INTEGER NOT NULL,                 -- Unix ms
  action TEXT NOT NULL,                    -- sealed, read, refused, rotated
  memory BLOB,
  actor  TEXT NOT NULL
);
CREATE INDEX audit_memory ON audit (memory);
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'what is in the audit stays'); END;
CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'what is in the audit stays'); END;

-- What the user wrote himself: a session's start would read all notes of a project for it.
CREATE INDEX memories_owned ON memories (project, alive, revised) WHERE trust = 'owner';
