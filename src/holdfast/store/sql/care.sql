-- Checks: what is there and should not be, or the other way round.

-- Every search index has the statements care_compare_<name> (rank 1: with the texts, not only with itself),
-- care_rebuild_<name>, care_parts_<name> (how many it lies in) and care_merge_<name>.

-- name: care_compare_events_fts
INSERT INTO events_fts (events_fts, rank) VALUES ('integrity-check', 1);

-- name: care_compare_memories_fts
INSERT INTO memories_fts (memories_fts, rank) VALUES ('integrity-check', 1);

-- name: care_rebuild_events_fts
INSERT INTO events_fts (events_fts) VALUES ('rebuild');

-- name: care_rebuild_memories_fts
INSERT INTO memories_fts (memories_fts) VALUES ('rebuild');

-- name: care_parts_events_fts
SELECT count(DISTINCT segid) FROM events_fts_idx;

-- name: care_parts_memories_fts
SELECT count(DISTINCT segid) FROM memories_fts_idx;

-- name: care_merge_events_fts
INSERT INTO events_fts (events_fts, rank) VALUES ('merge', :pages);

-- name: care_merge_memories_fts
INSERT INTO memories_fts (memories_fts, rank) VALUES ('merge', :pages);

-- name: care_broken_references
SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2;

-- name: care_texts
-- As bytes: what is damaged may be no text any more.
SELECT id, hash, CAST(body AS BLOB) FROM texts ORDER BY id;

-- name: care_unused_texts
SELECT count(*) FROM texts
WHERE id NOT IN (
  SELECT input FROM events WHERE input IS NOT NULL
  UNION SELECT text FROM events WHERE text IS NOT NULL
  UNION SELECT text FROM deliveries
  UNION SELECT text FROM changes WHERE text IS NOT NULL
  UNION SELECT body FROM memories WHERE body IS NOT NULL
  UNION SELECT quote FROM evidence WHERE quote IS NOT NULL
);

-- name: care_stray_sightings
SELECT count(*) FROM sightings WHERE file <> 0 AND file NOT IN (SELECT id FROM files);

-- name: care_memories_without_history
SELECT count(*) FROM memories WHERE uuid NOT IN (SELECT entity FROM changes);

-- name: care_lost_secrets
SELECT count(*) FROM memories JOIN registers ON registers.entity = memories.uuid AND registers.name = 'text'
JOIN changes ON changes.seq = registers.change
WHERE NOT memories.erased AND json_extract(changes.patch, '$.text.sealed') IS NOT NULL
  AND NOT EXISTS (
    SELECT 1 FROM sealed WHERE sealed.memory = memories.uuid
      AND lower(hex(sealed.id)) = json_extract(changes.patch, '$.text.sealed'));

-- name: care_stray_secrets
SELECT count(*) FROM sealed
WHERE NOT EXISTS (
  SELECT 1 FROM changes WHERE changes.entity = sealed.memory
    AND json_extract(changes.patch, '$.text.sealed') = lower(hex(sealed.id)));

-- name: care_meta_names
SELECT name FROM meta;

-- Shedding. One session at a time, the oldest first.

-- name: care_shed_sessions
SELECT id FROM sessions WHERE ended IS NOT NULL OR heard <= :heard_before ORDER BY heard, id;

-- name: care_shed_events
SELECT id, at, input, text FROM events
WHERE session = :session
  AND (at > :at OR (at = :at AND id > :id)) AND at < :before
  AND (tool IS NOT NULL OR NOT :tools_only)
  AND (input IS NOT NULL OR text IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM evidence WHERE evidence.event = events.id)
ORDER BY at, id LIMIT :count;

-- name: care_may_shed
SELECT 1 FROM events JOIN sessions ON sessions.id = events.session
WHERE events.id = :id AND (sessions.ended IS NOT NULL OR sessions.heard <= :heard_before)
  AND NOT EXISTS (SELECT 1 FROM evidence WHERE evidence.event = events.id);

-- name: care_shed_event
UPDATE events SET input = NULL, text = NULL, terms = NULL, erased = 2 WHERE id = :id;

-- Repair.

-- name: put_meta
INSERT OR REPLACE INTO meta (name, value) VALUES (:name, :value);

-- name: care_meta
SELECT name, value FROM meta;

-- name: care_set_text
UPDATE texts SET hash = :hash, body = :body WHERE id = :id;

-- name: care_text_by_hash
SELECT body FROM texts WHERE hash = :hash;

-- name: care_text_bytes
SELECT CAST(body AS BLOB) FROM texts WHERE id = :id;

-- name: care_bodies
SELECT seq, changes.id, device = (SELECT value FROM meta WHERE name = 'device'), digest, CAST(patch AS BLOB),
  CAST(texts.body AS BLOB)
FROM changes LEFT JOIN texts ON texts.id = changes.text WHERE patch IS NOT NULL ORDER BY seq;

-- name: care_headers
SELECT seq, id, device, device_seq, clock, entity_kind, entity, cause, subject, digest, previous FROM changes;

-- name: care_set_header
UPDATE OR IGNORE changes SET id = ?2, device = ?3, device_seq = ?4, clock = ?5, entity_kind = ?6, entity = ?7, cause = ?8,
  subject = ?9, digest = ?10, previous = ?11
WHERE seq = ?1;

-- name: care_bodies_of_memories
SELECT body FROM memories WHERE body IS NOT NULL;

-- name: care_body
SELECT CAST(patch AS BLOB), CAST(texts.body AS BLOB)
FROM changes LEFT JOIN texts ON texts.id = changes.text WHERE changes.id = :id AND patch IS NOT NULL;

-- name: care_set_patch
UPDATE changes SET patch = CAST(:patch AS TEXT) WHERE seq = :seq;

-- name: care_read_again
-- Transcripts are read from their beginning: what is known stays as it is, what was lost comes back.
UPDATE files SET device = 0, inode = 0, head = NULL, head_size = 0, read_to = 0, size = 0, state = NULL;

-- name: care_lost_sessions
-- A row for each session of which only the events are left.
INSERT INTO sessions (id, host, name, started, heard, ended)
SELECT session, 'unknown', 'lost-' || session, min(at), max(at), max(at) FROM events
WHERE session NOT IN (SELECT id FROM sessions) GROUP BY session;

-- name: care_clear_stray_sightings
DELETE FROM sightings WHERE file <> 0 AND file NOT IN (SELECT id FROM files);

-- name: care_sweep_texts
DELETE FROM texts
WHERE id NOT IN (
  SELECT input FROM events WHERE input IS NOT NULL
  UNION SELECT text FROM events WHERE text IS NOT NULL
  UNION SELECT text FROM deliveries
  UNION SELECT text FROM changes WHERE text IS NOT NULL
  UNION SELECT body FROM memories WHERE body IS NOT NULL
  UNION SELECT quote FROM evidence WHERE quote IS NOT NULL
);

-- name: care_unbacked_memories
-- Memories that the log can no longer make: a change that they stand on is gone, or its body is.
SELECT * FROM memories
WHERE NOT erased AND (
  uuid NOT IN (SELECT entity FROM registers WHERE name = 'text')
  OR uuid IN (
    SELECT registers.entity FROM registers LEFT JOIN changes ON changes.seq = registers.change
    WHERE changes.seq IS NULL OR changes.patch IS NULL
      OR (registers.name = 'text' AND (changes.text IS NULL OR changes.text NOT IN (SELECT id FROM texts)))
  )
);

-- name: care_count_from
-- The highest number that a table ever gave is not given again.
INSERT OR REPLACE INTO sqlite_sequence (rowid, name, seq)
SELECT (SELECT rowid FROM sqlite_sequence WHERE name = ?1), ?1, max(?2, coalesce((SELECT seq FROM sqlite_sequence WHERE name = ?1), 0));

-- Export: in the order in which this store came to know things, so that an import comes to know them likewise.

-- name: care_export_projects
SELECT lower(hex(projects.uuid)) AS uuid, projects.label, lower(hex(other.uuid)) AS merged_into,
  projects.ignored, projects.created, projects.heard,
  (SELECT json_group_array(key) FROM (SELECT key FROM project_keys WHERE project = projects.id ORDER BY key)) AS keys,
  (SELECT json_group_array(hint) FROM (SELECT hint FROM project_hints WHERE project = projects.id ORDER BY hint)) AS hints
FROM projects LEFT JOIN projects AS other ON other.id = projects.merged_into
ORDER BY projects.id;

-- name: care_export_sessions
SELECT host, name, lower(hex(projects.uuid)) AS project, worktree, cwd, attended, host_version, branch, started,
  sessions.heard, ended, end_reason, sessions.ignored
FROM sessions LEFT JOIN projects ON projects.id = sessions.project
ORDER BY sessions.id;

-- name: care_export_events
SELECT json_array(sessions.host, sessions.name) AS session,
  (SELECT json_group_array(name) FROM (SELECT lower(hex(key)) AS name FROM keys WHERE event = events.id ORDER BY key)) AS keys,
  kind, at, prompt, agent, tool, status, given.body AS input, said.body AS text, events.terms IS NOT NULL AS searched,
  detail, trust, erased,
  (SELECT json_group_array(json_object(
      'path', path, 'host', files.host, 'start', start, 'stop', stop, 'sha256', lower(hex(sha256))))
    FROM (SELECT * FROM sightings WHERE event = events.id ORDER BY file = 0, start, stop) AS places
    LEFT JOIN files ON files.id = places.file
    WHERE places.file = 0 OR files.id IS NOT NULL) AS seen
FROM events JOIN sessions ON sessions.id = events.session
LEFT JOIN texts AS given ON given.id = events.input
LEFT JOIN texts AS said ON said.id = events.text
ORDER BY events.id;

-- name: care_export_entities
-- Each memory, project or relation when its first change comes; no list of them is held.
SELECT entity, entity_kind FROM changes
WHERE NOT EXISTS (SELECT 1 FROM changes AS earlier WHERE earlier.entity = changes.entity AND earlier.seq < changes.seq)
ORDER BY seq;

-- name: care_export_changes
SELECT lower(hex(changes.id)) AS id, lower(hex(device)) AS device, device_seq, clock, cause,
  lower(hex(subject)) AS subject, lower(hex(digest)) AS digest, lower(hex(previous)) AS previous, patch,
  texts.body AS text
FROM changes LEFT JOIN texts ON texts.id = changes.text
WHERE entity = :entity ORDER BY seq;

-- name: care_export_memory
SELECT kind, memories.label AS label, title, texts.body AS body, files, tags, scope,
  nullif(lower(hex(projects.uuid)), '') AS project, importance, pinned, standing, topic_key, trust, alive, erased, memories.created, revised, revision, repeats
FROM memories LEFT JOIN texts ON texts.id = memories.body LEFT JOIN projects ON projects.id = memories.project
WHERE memories.uuid = :entity;

-- name: care_export_relation
SELECT lower(hex(source)) AS source, lower(hex(target)) AS target, relation, reason, evidence, confidence, actor, kind,
  session, score, created, judged
FROM relations WHERE uuid = :entity;

-- name: care_sealed_memories
SELECT number, memory FROM sealed;

-- name: care_export_sealed
SELECT id, memory, store, version, fingerprint, wrapped, nonce, ciphertext, kinds, actor, created FROM sealed
ORDER BY number;

-- name: care_export_audit
SELECT at, action, lower(hex(memory)) AS memory, actor FROM audit ORDER BY id;

-- Import: what is known stays as it is.

-- name: care_untouched
SELECT NOT EXISTS (SELECT 1 FROM texts) AND NOT EXISTS (SELECT 1 FROM events) AND NOT EXISTS (SELECT 1 FROM changes)
  AND NOT EXISTS (SELECT 1 FROM keys) AND NOT EXISTS (SELECT 1 FROM deliveries);

-- name: care_import_project
-- One without a name is known by the word of another store alone.
INSERT INTO projects (uuid, label, merged_into, ignored, created, heard)
VALUES (:uuid, :label, (SELECT id FROM projects WHERE uuid = :merged_into), :ignored, :created, :heard)
ON CONFLICT (uuid) DO UPDATE SET label = excluded.label, merged_into = excluded.merged_into, ignored = excluded.ignored
WHERE :believed AND NOT EXISTS (SELECT 1 FROM project_keys WHERE project = projects.id);

-- name: care_project_of_key
SELECT uuid FROM project_keys JOIN projects ON projects.id = project_keys.project WHERE key = :key;

-- name: care_import_project_key
INSERT OR IGNORE INTO project_keys (key, project) SELECT :key, id FROM projects WHERE uuid = :uuid;

-- name: care_import_project_hint
INSERT OR IGNORE INTO project_hints (hint, project) SELECT :hint, id FROM projects WHERE uuid = :uuid;

-- name: care_import_session
INSERT INTO sessions (
  host, name, project, worktree, cwd, attended, host_version, branch, started, heard, ended, end_reason, ignored
) VALUES (
  :host, :name, (SELECT id FROM projects WHERE uuid = :project), :worktree, :cwd, :attended, :host_version, :branch,
  :started, :heard, :ended, :end_reason, :ignored
)
ON CONFLICT (host, name) DO NOTHING;

-- name: care_event_without_keys
-- An event that its host gave no name is recognised by all that is known of it.
SELECT id FROM events
WHERE session = :session AND at = :at AND kind = :kind AND agent IS :agent AND tool IS :tool
  AND text IS (SELECT id FROM texts WHERE hash = :text) AND input IS (SELECT id FROM texts WHERE hash = :input)
  AND NOT EXISTS (SELECT 1 FROM keys WHERE event = events.id)
LIMIT 1;

-- name: care_import_event
INSERT INTO events (session, kind, at, prompt, agent, tool, status, input, text, terms, detail, trust, erased)
VALUES (:session, :kind, :at, :prompt, :agent, :tool, :status, :input, :text, :terms, :detail, :trust, :erased);

-- name: care_import_file
INSERT INTO files (host, path) VALUES (:host, :path) ON CONFLICT (path) DO NOTHING;

-- name: care_import_sighting
INSERT OR IGNORE INTO sightings (event, file, start, stop, sha256)
VALUES (:event, coalesce((SELECT id FROM files WHERE path = :path), 0), :start, :stop, :sha256);

-- name: care_own_key
SELECT 1 FROM meta WHERE name = 'key' AND value = :fingerprint;

-- name: care_set_apart
UPDATE sealed SET fingerprint = :apart WHERE fingerprint = :fingerprint;

-- name: care_sealed
SELECT 1 FROM sealed WHERE id = :id;

-- name: care_record_went
-- Whether a sealed record went with its memory, or with the version that named it.
SELECT 1 FROM changes WHERE entity = :memory AND (cause = 'erase' OR cause = 'redact' AND NOT EXISTS (
  SELECT 1 FROM changes AS naming
  WHERE naming.entity = :memory AND json_extract(naming.patch, '$.text.sealed') = lower(hex(:id))))
LIMIT 1;

-- name: care_import_sealed
-- What is believed takes the place of what others sent under its id; what was wrapped anew here stays so.
INSERT INTO sealed (id, memory, store, version, fingerprint, wrapped, nonce, ciphertext, kinds, actor, created)
VALUES (:id, :memory, :store, :version, :fingerprint, :wrapped, :nonce, :ciphertext, :kinds, :actor, :created)
ON CONFLICT (id) DO UPDATE SET memory = excluded.memory, store = excluded.store, version = excluded.version,
  fingerprint = excluded.fingerprint, wrapped = excluded.wrapped, nonce = excluded.nonce,
  ciphertext = excluded.ciphertext, kinds = excluded.kinds, actor = excluded.actor, created = excluded.created
WHERE :believed AND sealed.fingerprint IS NOT (SELECT value FROM meta WHERE name = 'key');

-- name: care_import_audit
INSERT INTO audit (at, action, memory, actor) SELECT :at, :action, :memory, :actor
WHERE NOT EXISTS (
  SELECT 1 FROM audit WHERE at = :at AND action = :action AND memory IS :memory AND actor = :actor);

-- name: care_change_known
SELECT 1 FROM changes WHERE id = :id;

-- name: care_own
-- Whether a memory, a verdict or a project is this store's own: not the word of another store.
SELECT 1 FROM memories WHERE uuid = :entity AND trust NOT IN ('imported', 'quarantined')
UNION ALL SELECT 1 FROM relations WHERE uuid = :entity AND kind = 'owner'
UNION ALL SELECT 1 FROM projects WHERE uuid = :entity
LIMIT 1;

-- name: care_entity
SELECT 1 FROM changes WHERE entity = :entity LIMIT 1;

-- name: care_own_session
SELECT 1 FROM events WHERE session = :session AND trust NOT IN ('imported', 'quarantined') LIMIT 1;

-- name: care_ends
-- The pair that a relation is about.
SELECT json_extract(patch, '$.ends') FROM changes
WHERE entity = :entity AND json_extract(patch, '$.ends') IS NOT NULL LIMIT 1;

-- name: care_foreign
-- The changes that are the word of another store: those with an id, in the place of a device, of a memory, and of a pair
-- with it. (seq, id, of what)
SELECT seq, id, entity FROM changes WHERE json_extract(patch, '$.capped') IS NOT NULL AND seq IN (
  SELECT seq FROM changes WHERE id = :id
  UNION SELECT seq FROM changes WHERE device = :device AND device_seq = :device_seq
  UNION SELECT seq FROM changes WHERE entity = :entity
  UNION SELECT seq FROM changes WHERE entity IN (
    SELECT uuid FROM relations WHERE source = :entity UNION ALL SELECT uuid FROM relations WHERE target = :entity)
);

-- name: care_forget_registers
DELETE FROM registers WHERE change = :change;

-- name: care_forget_change
DELETE FROM changes WHERE seq = :change;

-- name: care_put_seq
UPDATE changes SET seq = :seq WHERE id = :id;

-- name: care_forget_memory
DELETE FROM memories WHERE uuid = :entity AND NOT EXISTS (SELECT 1 FROM changes WHERE entity = :entity);

-- name: care_event_erased
SELECT 1 FROM events WHERE id = :id AND erased;

-- name: care_believe_event
UPDATE events SET session = :session, kind = :kind, at = :at, prompt = :prompt, agent = :agent, tool = :tool,
  status = :status, input = :input, text = :text, terms = :terms, detail = :detail, trust = :trust, erased = :erased
WHERE id = :id AND trust IN ('imported', 'quarantined') AND trust <> :trust AND NOT erased;

-- name: care_believe_trust
UPDATE events SET trust = :trust WHERE id = :id AND trust IN ('imported', 'quarantined');

-- name: care_erase_events
-- Those of :events (JSON) that were not erased yet: (event, session).
UPDATE events SET text = NULL, input = NULL, terms = NULL, detail = NULL, erased = 1
WHERE id IN (SELECT value FROM json_each(:events)) AND erased <> 1 RETURNING id, session;

-- name: care_change_in_place
SELECT 1 FROM changes WHERE device = :device AND device_seq = :device_seq;

-- name: care_entity_erased
SELECT 1 FROM changes WHERE entity = :entity AND cause = 'erase' LIMIT 1;

-- name: care_empty_erased_packs
UPDATE deliveries SET text = :empty
WHERE EXISTS (
  SELECT 1 FROM json_each(deliveries.items) AS item JOIN memories ON memories.id = json_extract(item.value, '$[0]')
  WHERE memories.erased
);
