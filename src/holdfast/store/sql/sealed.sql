-- Sealed secrets: ciphertext only; and who asked for them.

-- name: seal
INSERT INTO sealed (id, memory, store, version, fingerprint, wrapped, nonce, ciphertext, kinds, actor, created)
VALUES (:id, :memory, :store, :version, :fingerprint, :wrapped, :nonce, :ciphertext, :kinds, :actor, :created);

-- name: sealed_of_memory
-- What a memory holds sealed now.
SELECT id, memory, store, version, fingerprint, wrapped, nonce, ciphertext FROM held_secrets WHERE memory = :memory;

-- name: sealed_among
-- Which of the memories :numbers hold something sealed.
SELECT ref FROM held_secrets
WHERE memory IN (SELECT uuid FROM memories WHERE id IN (SELECT value FROM json_each(:numbers)));

-- name: sealed_any
SELECT 1 FROM sealed LIMIT 1;

-- name: sealed_under
SELECT id, memory, store, version, fingerprint, wrapped, nonce, ciphertext FROM sealed WHERE fingerprint = :fingerprint;

-- name: sealed_under_any
SELECT 1 FROM sealed WHERE fingerprint = :fingerprint LIMIT 1;

-- name: sealed_elsewhere
SELECT count(*) FROM sealed WHERE fingerprint <> :fingerprint;

-- name: sealed_rewrap
UPDATE sealed SET fingerprint = :fingerprint, wrapped = :wrapped WHERE id = :id;

-- name: sealed_list
SELECT held.ref, held.memory, held.title, held.kinds, held.actor, held.created, held.fingerprint, held.alive,
  (SELECT count(*) FROM audit WHERE audit.memory = held.memory AND action = 'read'),
  (SELECT max(at) FROM audit WHERE audit.memory = held.memory AND action = 'read')
FROM held_secrets AS held ORDER BY held.ref DESC;

-- name: sealed_erase
DELETE FROM sealed WHERE memory = :memory;

-- name: sealed_drop_unnamed
-- Records of a memory that none of its changes names any more; :keep is about to be written.
DELETE FROM sealed WHERE memory = :memory AND id <> :keep AND NOT EXISTS (
  SELECT 1 FROM changes WHERE entity = :memory AND json_extract(patch, '$.text.sealed') = lower(hex(sealed.id)));

-- name: sealed_meta
SELECT name, value FROM meta WHERE name IN ('store', 'key', 'key_salt', 'key_cost');

-- name: sealed_put_meta
INSERT OR REPLACE INTO meta (name, value) VALUES (:name, :value);

-- name: sealed_drop_meta
DELETE FROM meta WHERE name = :name;

-- name: audit_add
INSERT INTO audit (at, action, memory, actor) VALUES (:at, :action, :memory, :actor);

-- name: audit_list
SELECT audit.id, at, action, memories.id, memories.title, actor
FROM audit LEFT JOIN memories ON memories.uuid = audit.memory
WHERE :memory IS NULL OR audit.memory = :memory
ORDER BY audit.id DESC LIMIT :limit;

-- Taking secrets out of what was stored before there was a rule for them.

-- name: redact_body
UPDATE changes SET patch = NULL, text = NULL WHERE seq = :seq;

-- name: redact_evidence
DELETE FROM evidence WHERE change = :change;

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
  + (SELECT count(*) FROM deliveries);

-- name: redacted_changes
-- The changes that lost their body to a later one.
SELECT DISTINCT value FROM changes, json_each(changes.patch, '$.redacted') WHERE cause = 'redact';

-- name: care_empty_redacted
-- A body that was taken out does not come back, from a copy or an import.
UPDATE changes SET patch = NULL, text = NULL
WHERE patch IS NOT NULL AND cause <> 'redact' AND EXISTS (
  SELECT 1 FROM changes AS later, json_each(later.patch, '$.redacted')
  WHERE later.cause = 'redact' AND later.entity = changes.entity AND value = lower(hex(changes.id)));
