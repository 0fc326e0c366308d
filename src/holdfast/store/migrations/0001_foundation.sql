-- What never changes: texts, the journal (events, keys, sightings) and the log (changes).
-- What is read: projections of the two (sessions, memories, …), rebuilt from them at any time.

CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

-- Every text once, by keyed hash (so that a hash left behind by `erase` tells nothing).
CREATE TABLE texts (
  id   INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  body TEXT NOT NULL
);

CREATE TABLE projects (
  id          INTEGER PRIMARY KEY,
  uuid        BLOB NOT NULL UNIQUE,
  label       TEXT NOT NULL,
  merged_into INTEGER REFERENCES projects (id),
  ignored     INTEGER NOT NULL DEFAULT 0,
  created     INTEGER NOT NULL,
  heard       INTEGER NOT NULL
);

-- The names by which a project is recognised: remote:…, git:…, path:…, name:…
CREATE TABLE project_keys (
  key     TEXT PRIMARY KEY,
  project INTEGER NOT NULL REFERENCES projects (id)
) WITHOUT ROWID;
CREATE INDEX project_keys_project ON project_keys (project);

-- Weaker names, by which a project that moved or gained a remote is found again.
CREATE TABLE project_hints (
  hint    TEXT NOT NULL,
  project INTEGER NOT NULL REFERENCES projects (id),
  PRIMARY KEY (hint, project)
) WITHOUT ROWID;
CREATE INDEX project_hints_project ON project_hints (project);

CREATE TABLE sessions (
  id           INTEGER PRIMARY KEY,
  host         TEXT NOT NULL,
  name         TEXT NOT NULL,              -- the host's own id of the conversation
  project      INTEGER REFERENCES projects (id),
  worktree     TEXT,
  cwd          TEXT,
  attended     INTEGER,                    -- 1 a person types, 0 nobody does, NULL unknown
  host_version TEXT,
  branch       TEXT,
  started      INTEGER NOT NULL,
  heard        INTEGER NOT NULL,
  ended        INTEGER,
  end_reason   TEXT,
  ignored      INTEGER NOT NULL DEFAULT 0, -- its owner asked that it be not recorded
  UNIQUE (host, name)
);
CREATE INDEX sessions_project ON sessions (project, heard);

CREATE TABLE events (
  id      INTEGER PRIMARY KEY,
  session INTEGER NOT NULL REFERENCES sessions (id),
  kind    TEXT NOT NULL,
  at      INTEGER NOT NULL,                -- Unix ms, as the first source gave it
  prompt  TEXT,                            -- the host's id of the prompt that it belongs to
  agent   TEXT,                            -- the sub-agent that did it
  tool    TEXT,
  status  TEXT,
  input   INTEGER REFERENCES texts (id),
  text    INTEGER REFERENCES texts (id),
  terms   TEXT,                            -- identifiers split, CJK bigrams; NULL: not searched
  detail  TEXT,                            -- JSON object
  trust   TEXT NOT NULL,
  seen    INTEGER NOT NULL DEFAULT 0,      -- by whom: 1 a hook, 2 a transcript, 3 both (kept by a trigger)
  erased  INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX events_seen ON events (session, kind, seen, at);
CREATE INDEX events_session ON events (session, at);
CREATE INDEX events_prompt ON events (session, prompt, kind);
-- Without these, each text that goes would make SQLite look through all events for who refers to it.
CREATE INDEX events_text ON events (text) WHERE text IS NOT NULL;
CREATE INDEX events_input ON events (input) WHERE input IS NOT NULL;

-- Any key recognises its event again; 16 bytes of a hash of the host's own name for it.
CREATE TABLE keys (
  key   BLOB PRIMARY KEY,
  event INTEGER NOT NULL REFERENCES events (id)
) WITHOUT ROWID;
CREATE INDEX keys_event ON keys (event);

-- Times in which nothing is recorded (Unix ms; until NULL: until further notice).
CREATE TABLE pauses (
  id    INTEGER PRIMARY KEY,
  began INTEGER NOT NULL,
  until INTEGER
);

-- Transcripts, and how far each was read.
CREATE TABLE files (
  id        INTEGER PRIMARY KEY,
  host      TEXT NOT NULL,
  path      TEXT NOT NULL UNIQUE,
  device    INTEGER NOT NULL DEFAULT 0,
  inode     INTEGER NOT NULL DEFAULT 0,
  head      BLOB,                          -- SHA-256 of the first head_size bytes
  head_size INTEGER NOT NULL DEFAULT 0,
  read_to   INTEGER NOT NULL DEFAULT 0,    -- byte offset behind the last complete line that was taken
  size      INTEGER NOT NULL DEFAULT 0,
  state     TEXT                           -- what a reader must remember between two reads (JSON)
);

CREATE TABLE sightings (
  event  INTEGER NOT NULL REFERENCES events (id),
  file   INTEGER NOT NULL DEFAULT 0,       -- 0: a hook
  start  INTEGER NOT NULL DEFAULT 0,       -- first byte in the file; for a hook its wall time in ms
  stop   INTEGER NOT NULL DEFAULT 0,
  sha256 BLOB,                             -- of the raw bytes
  PRIMARY KEY (event, file, start)
) WITHOUT ROWID;
CREATE INDEX sightings_file ON sightings (file, start);
CREATE TRIGGER sightings_seen AFTER INSERT ON sightings
WHEN NOT (SELECT seen FROM events WHERE id = new.event) & iif(new.file = 0, 1, 2) BEGIN
  UPDATE events SET seen = seen | iif(new.file = 0, 1, 2) WHERE id = new.event;
END;

-- What was given to a session, and what its transcript shows of it.
CREATE TABLE deliveries (
  id      INTEGER PRIMARY KEY,
  mark    TEXT NOT NULL,
  session INTEGER NOT NULL REFERENCES sessions (id),
  place   TEXT NOT NULL,                   -- session-start, prompt, compact
  prompt  TEXT,
  at      INTEGER NOT NULL,
  key     BLOB NOT NULL UNIQUE,            -- what it answers: answered once
  items   TEXT NOT NULL,                   -- JSON [[memory number, revision], …]
  text    INTEGER NOT NULL REFERENCES texts (id),
  tokens  INTEGER NOT NULL,
  receipt TEXT NOT NULL DEFAULT 'sent',    -- sent, arrived, cut, missing, unknown
  seen    INTEGER                          -- when the receipt was read, Unix ms
);
CREATE INDEX deliveries_session ON deliveries (session, at);
CREATE INDEX deliveries_mark ON deliveries (mark);
CREATE INDEX deliveries_text ON deliveries (text);

-- The log. A header is never altered; erasing takes the body (patch, text) away.
CREATE TABLE changes (
  seq         INTEGER PRIMARY KEY,         -- the order of this store
  id          BLOB NOT NULL UNIQUE,        -- UUIDv7
  device      BLOB NOT NULL,
  device_seq  INTEGER NOT NULL,            -- dense per device
  clock       INTEGER NOT NULL,            -- hybrid logical clock
  entity_kind TEXT NOT NULL,               -- memory, project
  entity      BLOB NOT NULL,
  cause       TEXT NOT NULL,               -- what was done: remember, revise, forget, undo, …
  subject     BLOB,                        -- undo: the change undone; repeat: the id that the draft came with
  digest      BLOB NOT NULL,               -- keyed hash of the body
  previous    BLOB NOT NULL,               -- hash of the device's header before
  patch       TEXT,                        -- JSON object: register -> value
  text        INTEGER REFERENCES texts (id),
  UNIQUE (device, device_seq)
);
CREATE INDEX changes_entity ON changes (entity, seq);
CREATE INDEX changes_clock ON changes (clock);
CREATE INDEX changes_subject ON changes (subject) WHERE subject IS NOT NULL;
CREATE INDEX changes_text ON changes (text) WHERE text IS NOT NULL;
CREATE VIEW whole_changes AS
  SELECT seq, changes.id AS id, device, device_seq, clock, entity_kind, entity, cause, subject, digest, previous, patch,
    texts.body AS body
  FROM changes LEFT JOIN texts ON texts.id = changes.text;

CREATE TABLE memories (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid       BLOB NOT NULL UNIQUE,
  project    INTEGER REFERENCES projects (id),
  kind       TEXT NOT NULL,
  label      TEXT,
  title      TEXT NOT NULL,
  body       INTEGER REFERENCES texts (id),
  terms      TEXT NOT NULL,
  files      TEXT NOT NULL,                -- JSON array
  tags       TEXT NOT NULL,                -- JSON array
  scope      TEXT NOT NULL,
  importance REAL NOT NULL,
  pinned     INTEGER NOT NULL,
  standing   INTEGER NOT NULL,
  topic_key  TEXT,
  trust      TEXT NOT NULL,
  alive      INTEGER NOT NULL,
  erased     INTEGER NOT NULL DEFAULT 0,
  created    INTEGER NOT NULL,             -- Unix ms
  revised    INTEGER NOT NULL,
  revision   INTEGER NOT NULL,
  repeats    INTEGER NOT NULL DEFAULT 0,   -- how often the same was said again
  likeness   BLOB NOT NULL                 -- hash of the normalised text, for exact repeats
);
CREATE INDEX memories_project ON memories (project, alive, revised);
CREATE INDEX memories_personal ON memories (alive, revised) WHERE scope = 'personal';
CREATE INDEX memories_first ON memories (project) WHERE standing OR pinned;
CREATE INDEX memories_likeness ON memories (likeness);
CREATE INDEX memories_body ON memories (body);
CREATE INDEX memories_topic ON memories (topic_key) WHERE topic_key IS NOT NULL;
CREATE VIEW whole_memories AS
  SELECT memories.id AS id, uuid, project, kind, label, title, coalesce(texts.body, '') AS body, files, tags, scope,
    importance, pinned, standing, topic_key, trust, alive, erased, created, revised, revision, repeats
  FROM memories LEFT JOIN texts ON texts.id = memories.body;

-- Which change wrote each part of a memory or project last.
CREATE TABLE registers (
  entity BLOB NOT NULL,
  name   TEXT NOT NULL,
  clock  INTEGER NOT NULL,
  change INTEGER NOT NULL REFERENCES changes (seq),
  PRIMARY KEY (entity, name)
) WITHOUT ROWID;

-- What the text of a memory came from, for every change that wrote one: `erase` must find the old quotes too.
CREATE TABLE evidence (
  change INTEGER NOT NULL REFERENCES changes (seq),
  nth    INTEGER NOT NULL,
  event  INTEGER REFERENCES events (id),   -- NULL: an event of another device
  quote  INTEGER REFERENCES texts (id),
  PRIMARY KEY (change, nth)
) WITHOUT ROWID;
CREATE INDEX evidence_quote ON evidence (quote) WHERE quote IS NOT NULL;
CREATE INDEX evidence_event ON evidence (event);

-- Full text. External content: the index can always be rebuilt from the text, by any SQLite.
CREATE VIEW memory_documents AS
  SELECT memories.id AS id, memories.title AS title, texts.body AS body, memories.terms AS terms
  FROM memories JOIN texts ON texts.id = memories.body;
CREATE VIRTUAL TABLE memories_fts USING fts5 (
  title, body, terms,
  content = 'memory_documents', content_rowid = 'id',
  tokenize = "porter unicode61 remove_diacritics 2"
);
INSERT INTO memories_fts (memories_fts, rank) VALUES ('secure-delete', 1);

CREATE VIEW event_documents AS
  SELECT events.id AS id, texts.body AS text, events.terms AS terms
  FROM events JOIN texts ON texts.id = events.text
  WHERE events.terms IS NOT NULL;
CREATE VIRTUAL TABLE events_fts USING fts5 (
  text, terms,
  content = 'event_documents', content_rowid = 'id',
  tokenize = "porter unicode61 remove_diacritics 2"
);
INSERT INTO events_fts (events_fts, rank) VALUES ('secure-delete', 1);

CREATE TRIGGER memories_indexed AFTER INSERT ON memories WHEN new.body IS NOT NULL BEGIN
  INSERT INTO memories_fts (rowid, title, body, terms)
  SELECT id, title, body, terms FROM memory_documents WHERE id = new.id;
END;
CREATE TRIGGER memories_unindexed BEFORE UPDATE OF title, body, terms ON memories
WHEN old.body IS NOT NULL AND (old.title, old.body, old.terms) IS NOT (new.title, new.body, new.terms) BEGIN
  INSERT INTO memories_fts (memories_fts, rowid, title, body, terms)
  SELECT 'delete', id, title, body, terms FROM memory_documents WHERE id = old.id;
END;
CREATE TRIGGER memories_reindexed AFTER UPDATE OF title, body, terms ON memories
WHEN new.body IS NOT NULL AND (old.title, old.body, old.terms) IS NOT (new.title, new.body, new.terms) BEGIN
  INSERT INTO memories_fts (rowid, title, body, terms)
  SELECT id, title, body, terms FROM memory_documents WHERE id = new.id;
END;
CREATE TRIGGER memories_removed BEFORE DELETE ON memories WHEN old.body IS NOT NULL BEGIN
  INSERT INTO memories_fts (memories_fts, rowid, title, body, terms)
  SELECT 'delete', id, title, body, terms FROM memory_documents WHERE id = old.id;
END;

CREATE TRIGGER events_indexed AFTER INSERT ON events WHEN new.terms IS NOT NULL AND new.text IS NOT NULL BEGIN
  INSERT INTO events_fts (rowid, text, terms) SELECT id, text, terms FROM event_documents WHERE id = new.id;
END;
CREATE TRIGGER events_unindexed BEFORE UPDATE OF text, terms ON events WHEN old.terms IS NOT NULL AND old.text IS NOT NULL BEGIN
  INSERT INTO events_fts (events_fts, rowid, text, terms)
  SELECT 'delete', id, text, terms FROM event_documents WHERE id = old.id;
END;
CREATE TRIGGER events_reindexed AFTER UPDATE OF text, terms ON events WHEN new.terms IS NOT NULL AND new.text IS NOT NULL BEGIN
  INSERT INTO events_fts (rowid, text, terms) SELECT id, text, terms FROM event_documents WHERE id = new.id;
END;
CREATE TRIGGER events_removed BEFORE DELETE ON events WHEN old.terms IS NOT NULL AND old.text IS NOT NULL BEGIN
  INSERT INTO events_fts (events_fts, rowid, text, terms)
  SELECT 'delete', id, text, terms FROM event_documents WHERE id = old.id;
END;
