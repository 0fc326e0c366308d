-- The log: changes are appended, never altered; only their bodies can go.

-- name: log_own_device
SELECT value FROM meta WHERE name = 'device';

-- name: log_latest_clock
SELECT coalesce(max(clock), 0) FROM changes;

-- name: log_head
SELECT * FROM whole_changes WHERE device = :device ORDER BY device_seq DESC LIMIT 1;

-- name: log_append
INSERT INTO changes (
  id, device, device_seq, clock, entity_kind, entity, cause, subject, digest, previous, patch, text
) VALUES (
  :id, :device, :device_seq, :clock, :entity_kind, :entity, :cause, :subject, :digest, :previous, :patch, :text
);

-- name: log_change
SELECT * FROM whole_changes WHERE id = :id;

-- name: log_change_ids
-- The changes whose id lies between two values: how the start of one is looked up.
SELECT id FROM changes WHERE id BETWEEN :low AND :high LIMIT 2;

-- name: log_of_entity
SELECT * FROM whole_changes
WHERE entity = :entity ORDER BY seq;

-- name: log_lives_of_entity
SELECT * FROM whole_changes
WHERE entity = :entity AND seq < :seq AND json_type(patch, '$.alive') IS NOT NULL ORDER BY seq;

-- name: log_until
-- Every change of one kind of entity stamped before :clock, one entity after the other.
SELECT * FROM whole_changes
WHERE entity_kind = :entity_kind AND clock < :clock ORDER BY entity, seq;

-- name: log_undoable
-- The changes of a device that somebody made, or all those of one memory, that can be undone at all, latest first;
-- nobody asked for a candidate.
SELECT seq, id, entity FROM changes
WHERE (:device IS NULL OR device = :device) AND cause NOT IN ('undo', 'erase', 'redact', 'propose')
  AND patch IS NOT NULL AND seq < :before
  AND (:entity IS NULL OR entity = :entity)
  AND (:entity IS NOT NULL
    OR json_extract(patch, '$.text.drawn') IS NULL AND NOT (cause = 'repeat' AND subject IS NOT NULL))
ORDER BY seq DESC LIMIT 50;

-- name: log_latest_by_hand
-- What somebody did last on a device; rules draw and repeat.
SELECT seq, cause FROM changes
WHERE device = :device AND cause <> 'propose' AND NOT (cause = 'repeat' AND subject IS NOT NULL)
  AND (cause IN ('erase', 'redact') OR json_extract(patch, '$.text.drawn') IS NULL AND patch IS NOT NULL)
ORDER BY seq DESC LIMIT 1;

-- name: log_repeat_of_draft
SELECT entity FROM changes WHERE subject = :draft AND cause = 'repeat' LIMIT 1;

-- name: log_chain
SELECT * FROM whole_changes ORDER BY device, device_seq;

-- name: log_entities_of_cause
SELECT DISTINCT entity FROM changes WHERE cause = :cause;

-- name: log_entities
SELECT entity FROM changes WHERE entity_kind = :entity_kind GROUP BY entity ORDER BY min(seq);

-- Projections: which change holds each register, and what that makes.

-- name: register_writes
SELECT whole_changes.*, registers.name FROM registers JOIN whole_changes ON whole_changes.seq = registers.change
WHERE registers.entity = :entity;

-- name: register_of_text
SELECT 1 FROM registers JOIN changes ON changes.seq = registers.change
WHERE registers.entity = :entity AND registers.name = 'text' AND changes.patch IS NOT NULL;

-- name: set_register
INSERT INTO registers (entity, name, clock, change) VALUES (:entity, :name, :clock, :change)
ON CONFLICT (entity, name) DO UPDATE SET clock = excluded.clock, change = excluded.change
WHERE registers.change <> excluded.change;

-- name: forget_registers
DELETE FROM registers WHERE :entity IS NULL OR entity = :entity;

-- name: forget_evidence
DELETE FROM evidence WHERE change = :change;

-- name: memory_counts
SELECT created, revision, repeats, erased FROM memories WHERE uuid = :uuid;

-- name: insert_memory
INSERT INTO memories (
  id, uuid, project, kind, label, title, body, terms, files, tags, scope, importance, pinned, standing, topic_key,
  trust, alive, erased, created, revised, revision, repeats, likeness
) VALUES (
  :id, :uuid, :project, :kind, :label, :title, :body, :terms, :files, :tags, :scope, :importance, :pinned, :standing,
  :topic_key, :trust, :alive, :erased, :created, :revised, :revision, :repeats, :likeness
);

-- name: update_memory
UPDATE memories SET
  project = :project, kind = :kind, label = :label, title = :title, body = :body, terms = :terms, files = :files,
  tags = :tags, scope = :scope, importance = :importance, pinned = :pinned, standing = :standing,
  topic_key = :topic_key, trust = :trust, alive = :alive, erased = :erased, created = :created, revised = :revised,
  revision = :revision, repeats = :repeats, likeness = :likeness
WHERE uuid = :uuid;

-- name: memory_numbers
SELECT uuid, id FROM memories;

-- name: remove_memories
DELETE FROM memories;

-- name: insert_evidence
INSERT INTO evidence (change, nth, event, quote) VALUES (:change, :nth, :event, :quote);

-- name: remove_evidence
DELETE FROM evidence;

-- name: evidence_changes
SELECT * FROM whole_changes WHERE entity_kind = 'memory' AND json_type(patch, '$.text') IS NOT NULL;

-- name: project_by_id
SELECT uuid, label, merged_into, ignored FROM projects WHERE id = :id;

-- name: project_by_uuid
SELECT id FROM projects WHERE uuid = :uuid;

-- name: project_family
-- A project, those that it was merged into (the last of them is the one that lives on) and all merged into those.
WITH RECURSIVE
  up (id, depth) AS (
    SELECT :project, 0
    UNION SELECT projects.merged_into, depth + 1 FROM up JOIN projects USING (id)
    WHERE projects.merged_into IS NOT NULL AND depth < 50
  ),
  family (id) AS (
    SELECT id FROM (SELECT id FROM up ORDER BY depth DESC LIMIT 1)
    UNION SELECT projects.id FROM family JOIN projects ON projects.merged_into = family.id
  )
SELECT id FROM family;

-- name: set_project
UPDATE projects SET label = coalesce(:label, label), merged_into = :merged_into, ignored = :ignored WHERE id = :id;

-- Reading memories.

-- name: memory_by_number
SELECT * FROM whole_memories WHERE id = :id;

-- name: memory_by_uuid
SELECT * FROM whole_memories WHERE uuid = :uuid;

-- name: memory_by_numbers
SELECT * FROM whole_memories WHERE id IN (SELECT value FROM json_each(:numbers));

-- name: memory_numbers_between
SELECT id FROM memories WHERE uuid BETWEEN :low AND :high LIMIT 2;

-- name: memory_evidence
SELECT memories.id, evidence.event, texts.body
FROM json_each(:numbers) AS wanted
JOIN memories ON memories.id = wanted.value
JOIN registers ON registers.entity = memories.uuid AND registers.name = 'text'
JOIN evidence ON evidence.change = registers.change
LEFT JOIN texts ON texts.id = evidence.quote
ORDER BY memories.id, evidence.nth;

-- name: memory_recent
SELECT * FROM whole_memories
WHERE NOT erased AND (alive OR :include_dead)
  AND (:family IS NULL OR scope = 'personal' OR project IN (SELECT value FROM json_each(:family)))
  AND (:kinds IS NULL OR kind IN (SELECT value FROM json_each(:kinds))
    OR lower(label) IN (SELECT value FROM json_each(:labels)))
ORDER BY revised DESC, id DESC LIMIT :limit;

-- name: memory_recent_count
SELECT count(*) FROM memories
WHERE NOT erased AND (alive OR :include_dead)
  AND (:family IS NULL OR scope = 'personal' OR project IN (SELECT value FROM json_each(:family)))
  AND (:kinds IS NULL OR kind IN (SELECT value FROM json_each(:kinds))
    OR lower(label) IN (SELECT value FROM json_each(:labels)));

-- name: memory_under_topic
-- What only its owner writes anew is found for him alone: what others save under its key is a memory of its own.
SELECT memories.id FROM memories
WHERE topic_key = :topic_key AND scope = :scope AND NOT erased
  AND (scope = 'personal' OR project IN (SELECT value FROM json_each(:family)))
  AND trust IN (SELECT value FROM json_each(:trusts))
  AND (:owner OR NOT standing AND NOT pinned AND NOT (trust = 'owner' AND (
    scope = 'personal' AND kind = 'preference' OR EXISTS (SELECT 1 FROM held_secrets WHERE memory = memories.uuid)
  )))
ORDER BY alive DESC, standing DESC, memories.id LIMIT 1;

-- name: memory_alike
-- Memories that a draft may repeat: equal ones first, then those with all of its longest words.
WITH found (id, place) AS (
    SELECT id, 0 FROM memories WHERE likeness = :likeness
    UNION ALL
    SELECT * FROM (SELECT rowid, 1 FROM memories_fts WHERE :match <> '' AND memories_fts MATCH :match LIMIT 200)
  )
SELECT memories.id FROM found JOIN memories ON memories.id = found.id
WHERE alive AND NOT erased AND kind = :kind AND scope = :scope
  AND (scope = 'personal' OR project IN (SELECT value FROM json_each(:family)))
  AND trust IN (SELECT value FROM json_each(:trusts))
GROUP BY memories.id ORDER BY min(place), memories.id LIMIT 20;

-- name: event_exists
SELECT 1 FROM events WHERE id = :id;

-- Erasing.

-- name: erasures
SELECT value FROM meta WHERE name = 'erasures';

-- name: count_erasure
INSERT INTO meta (name, value) VALUES ('erasures', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1;

-- name: erase_bodies
UPDATE changes SET patch = NULL, text = NULL WHERE entity = :entity AND cause <> 'erase' AND patch IS NOT NULL;

-- name: erase_evidence
DELETE FROM evidence WHERE change IN (SELECT seq FROM changes WHERE entity = :entity);

-- name: texts_of_memory
SELECT text FROM changes WHERE entity = :entity AND text IS NOT NULL
UNION SELECT quote FROM evidence JOIN changes ON changes.seq = evidence.change
WHERE changes.entity = :entity AND quote IS NOT NULL;

-- name: packs_with
-- Packs that hold one of :refs (JSON: a memory's number, "e12" for an event, "s3" for what a session left).
SELECT deliveries.id, deliveries.text FROM deliveries
WHERE EXISTS (
  SELECT 1 FROM json_each(deliveries.items)
  WHERE json_extract(json_each.value, '$[0]') IN (SELECT value FROM json_each(:refs))
);

-- name: empty_pack
UPDATE deliveries SET text = :text WHERE id = :id;

-- name: events_of_session
SELECT id FROM events WHERE session = :session;

-- name: session_exists
SELECT 1 FROM sessions WHERE id = :id;

-- name: versions_from_events
-- (memory, change) of the texts that cite one of the events, or that tell of a whole session to which one belongs.
SELECT changes.entity, changes.seq FROM evidence JOIN changes ON changes.seq = evidence.change
WHERE evidence.event IN (SELECT value FROM json_each(:events))
UNION
SELECT changes.entity, changes.seq FROM evidence JOIN changes ON changes.seq = evidence.change
JOIN events ON events.id = evidence.event JOIN memories ON memories.uuid = changes.entity
WHERE (memories.kind = 'summary' OR json_extract(changes.patch, '$.text.kind') = 'summary')
  AND events.session IN (SELECT session FROM events WHERE id IN (SELECT value FROM json_each(:events)))
ORDER BY 2;

-- name: sessions_of_events
SELECT DISTINCT session FROM events WHERE id IN (SELECT value FROM json_each(:events));

-- name: texts_of_events
SELECT text FROM events WHERE id IN (SELECT value FROM json_each(:events)) AND text IS NOT NULL
UNION SELECT input FROM events WHERE id IN (SELECT value FROM json_each(:events)) AND input IS NOT NULL
UNION SELECT quote FROM evidence WHERE event IN (SELECT value FROM json_each(:events)) AND quote IS NOT NULL;

-- name: erase_events
UPDATE events SET text = NULL, input = NULL, terms = NULL, detail = NULL, erased = 1
WHERE id IN (SELECT value FROM json_each(:events));

-- name: erase_quotes
UPDATE evidence SET quote = NULL WHERE event IN (SELECT value FROM json_each(:events));

-- name: drop_unused_text
-- One that nothing refers to any more; how many bytes it had.
DELETE FROM texts WHERE id = :id
  AND NOT EXISTS (SELECT 1 FROM changes WHERE text = :id)
  AND NOT EXISTS (SELECT 1 FROM memories WHERE body = :id)
  AND NOT EXISTS (SELECT 1 FROM evidence WHERE quote = :id)
  AND NOT EXISTS (SELECT 1 FROM events WHERE text = :id)
  AND NOT EXISTS (SELECT 1 FROM events WHERE input = :id)
  AND NOT EXISTS (SELECT 1 FROM deliveries WHERE text = :id)
RETURNING length(CAST(body AS BLOB));

-- name: empty_the_wal
PRAGMA wal_checkpoint(TRUNCATE);

-- name: project_above
SELECT above.uuid FROM projects JOIN projects AS above ON above.id = projects.merged_into WHERE projects.uuid = :uuid;
