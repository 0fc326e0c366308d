-- Taking secrets out of what was stored before there was a rule for them.

-- name: redact_body
UPDATE changes SET patch = NULL, text = NULL WHERE seq = :seq;

-- name: redact_quotes
SELECT texts.body FROM evidence JOIN texts ON texts.id = evidence.quote WHERE evidence.change = :change;

-- name: redact_relation
SELECT entity FROM changes WHERE seq = :seq;

-- name: redact_event
SELECT said.body, given.body, detail, terms IS NOT NULL, text, input FROM events
LEFT JOIN texts AS said ON said.id = events.text LEFT JOIN texts AS given ON given.id = events.input
WHERE events.id = :id;

-- name: redact_set_event
UPDATE events SET text = :text, input = :input, detail = :detail, terms = :terms WHERE id = :id;

-- name: redact_pack
SELECT texts.body, text FROM deliveries JOIN texts ON texts.id = deliveries.text WHERE deliveries.id = :id;

-- name: redact_set_label
UPDATE projects SET label = :label WHERE id = :id;

-- name: redact_session
SELECT name, worktree, cwd, branch FROM sessions WHERE id = :id;

-- name: redact_set_session
UPDATE sessions SET name = :name, worktree = :worktree, cwd = :cwd, branch = :branch WHERE id = :id;

-- name: redact_projects_after
SELECT id FROM projects WHERE id > :after ORDER BY id LIMIT :limit;

-- name: redact_sessions_after
SELECT id FROM sessions WHERE id > :after ORDER BY id LIMIT :limit;

-- name: redact_memories_after
SELECT id FROM memories WHERE id > :after AND NOT erased ORDER BY id LIMIT :limit;

-- name: redact_relations_after
-- Each relation when its first change comes.
SELECT seq FROM changes
WHERE seq > :after AND entity_kind = 'relation' AND NOT EXISTS (
  SELECT 1 FROM changes AS earlier
  WHERE earlier.entity = changes.entity AND earlier.entity_kind = 'relation' AND earlier.seq < changes.seq)
ORDER BY seq LIMIT :limit;

-- name: redact_events_after
SELECT id FROM events WHERE id > :after AND (text IS NOT NULL OR input IS NOT NULL OR detail IS NOT NULL)
ORDER BY id LIMIT :limit;

-- name: redact_packs_after
SELECT id FROM deliveries WHERE id > :after ORDER BY id LIMIT :limit;

-- name: redact_count
SELECT (SELECT count(*) FROM memories WHERE NOT erased)
  + (SELECT count(DISTINCT entity) FROM changes WHERE entity_kind = 'relation')
  + (SELECT count(*) FROM events WHERE text IS NOT NULL OR input IS NOT NULL OR detail IS NOT NULL)
  + (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM projects) + (SELECT count(*) FROM sessions);

-- name: redacted_changes
-- The changes that lost their body to a later one.
SELECT DISTINCT value FROM changes, json_each(changes.patch, '$.redacted') WHERE cause = 'redact';

-- name: care_empty_redacted
-- A body that was taken out does not come back, from a copy or an import.
UPDATE changes SET patch = NULL, text = NULL
WHERE entity = :entity AND patch IS NOT NULL AND EXISTS (
  SELECT 1 FROM changes AS later, json_each(later.patch, '$.redacted')
  WHERE later.cause = 'redact' AND later.entity = changes.entity AND value = lower(hex(changes.id))
    AND (changes.cause <> 'redact' OR changes.clock < later.clock));
