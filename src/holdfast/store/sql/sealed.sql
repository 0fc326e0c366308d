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

-- name: sealed_drop_meta
DELETE FROM meta WHERE name = :name;

-- name: audit_add
INSERT INTO audit (at, action, memory, actor) VALUES (:at, :action, :memory, :actor);

-- name: audit_list
SELECT audit.id, at, action, memories.id, memories.title, actor
FROM audit LEFT JOIN memories ON memories.uuid = audit.memory
WHERE :memory IS NULL OR audit.memory = :memory
ORDER BY audit.id DESC LIMIT :limit;
