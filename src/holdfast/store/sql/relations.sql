-- Relations of memories: the projection, and what is read of it.

-- name: put_relation
INSERT OR REPLACE INTO relations (
  uuid, source, target, relation, reason, evidence, confidence, actor, kind, session, score, created, judged
) VALUES (
  :uuid, :source, :target, :relation, :reason, :evidence, :confidence, :actor, :kind, :session, :score, :created, :judged
);

-- name: remove_relations
DELETE FROM relations WHERE :uuid IS NULL OR uuid = :uuid;

-- name: relations_between
-- The relations whose id lies between two values.
SELECT r.*, s.id, s.title, s.alive, t.id, t.title, t.alive
FROM relations r LEFT JOIN memories s ON s.uuid = r.source LEFT JOIN memories t ON t.uuid = r.target
WHERE r.uuid BETWEEN :low AND :high LIMIT 2;

-- name: relations_listed
-- Those of a status (NULL: of any), in some projects (NULL: everywhere); what waits for a verdict first.
SELECT * FROM (
  SELECT r.*, s.id AS source_number, s.title, s.alive AS source_alive, t.id, t.title, t.alive,
    CASE WHEN s.alive AND t.alive THEN iif(r.relation IS NULL, 'pending', 'judged') ELSE 'orphaned' END AS status
  FROM relations r LEFT JOIN memories s ON s.uuid = r.source LEFT JOIN memories t ON t.uuid = r.target
  WHERE :family IS NULL OR s.scope = 'personal' OR s.project IN (SELECT value FROM json_each(:family))
)
WHERE :status IS NULL OR status = :status
ORDER BY status = 'pending' DESC, coalesce(judged, created) DESC, uuid LIMIT :limit;

-- name: relations_counted
SELECT CASE WHEN s.alive AND t.alive THEN iif(r.relation IS NULL, 'pending', 'judged') ELSE 'orphaned' END AS status,
  r.relation, count(*)
FROM relations r LEFT JOIN memories s ON s.uuid = r.source LEFT JOIN memories t ON t.uuid = r.target
WHERE :family IS NULL OR s.scope = 'personal' OR s.project IN (SELECT value FROM json_each(:family))
GROUP BY 1, 2;

-- name: relations_of
-- Every relation of some memories: (memory, whether it is the source, the other, its number, alive, …).
SELECT m.id, 1 AS source, o.id, o.alive AND m.alive, r.uuid, r.relation, r.judged, r.kind, r.reason
FROM json_each(:numbers) AS wanted JOIN memories m ON m.id = wanted.value
JOIN relations r ON r.source = m.uuid LEFT JOIN memories o ON o.uuid = r.target
UNION ALL
SELECT m.id, 0, o.id, o.alive AND m.alive, r.uuid, r.relation, r.judged, r.kind, r.reason
FROM json_each(:numbers) AS wanted JOIN memories m ON m.id = wanted.value
JOIN relations r ON r.target = m.uuid LEFT JOIN memories o ON o.uuid = r.source;

-- name: relations_of_memory
-- Every relation that a memory ever had, also those of which nothing is left but the history.
SELECT DISTINCT entity FROM changes, json_each(changes.patch, '$.ends') AS ends
WHERE entity_kind = 'relation' AND ends.value = lower(hex(:memory));

-- name: relations_of_erased
-- Those that speak of a memory that was erased: where that was done before they came.
SELECT DISTINCT entity FROM changes, json_each(changes.patch, '$.ends') AS ends
WHERE entity_kind = 'relation'
  AND EXISTS (SELECT 1 FROM changes AS erasing WHERE erasing.entity = unhex(ends.value) AND erasing.cause = 'erase');

-- name: words_in_memories
-- In how many memories each of :words (JSON list) stands; under '' about how many there are, and one more.
SELECT term, doc FROM temp.memory_words WHERE term IN (SELECT value FROM json_each(:words))
UNION ALL SELECT '', 1 + coalesce(max(id), 0) FROM memories;

-- name: memories_sharing
-- The best of the memories with some of a new one's words, by the index's own measure, that may be compared with it.
SELECT m.id, m.title, texts.body, m.terms FROM (
  SELECT rowid AS id, bm25(memories_fts, 2.0, 1.0, 0.5) AS rank FROM memories_fts
  WHERE memories_fts MATCH :match ORDER BY rowid DESC LIMIT :most
) AS found CROSS JOIN memories m ON m.id = found.id CROSS JOIN texts ON texts.id = m.body
WHERE m.id <> :number AND m.id < :before AND m.alive AND NOT m.erased AND m.trust <> 'quarantined'
  AND m.scope = :scope AND (m.scope = 'personal' OR m.project IN (SELECT value FROM json_each(:family)))
  AND (m.kind = 'summary') = :summary
ORDER BY found.rank, m.id DESC LIMIT :limit;

-- name: memory_to_compare
-- The next older memory of some projects (NULL: of all) that is alive.
SELECT id FROM memories
WHERE id < :before AND alive AND NOT erased AND trust <> 'quarantined'
  AND (:family IS NULL OR scope = 'personal' OR project IN (SELECT value FROM json_each(:family)))
ORDER BY id DESC LIMIT 1;

-- name: relations_superseding
-- What supersedes some memories, and what supersedes that, as far as 2,000 of them; the latest verdict first.
WITH RECURSIVE above (id) AS (
  SELECT value FROM json_each(:numbers)
  UNION SELECT source FROM above JOIN supersessions ON target = above.id
  LIMIT 2000 + json_array_length(:numbers)
)
SELECT target, source, holds, scope, of_project, by_project FROM above JOIN supersessions ON target = above.id
ORDER BY judged DESC, source DESC;

-- name: relations_judged_among
-- Pairs of some memories of which a verdict says how they stand to each other: (the lesser number, the other).
SELECT min(s.id, t.id), max(s.id, t.id) FROM memories s JOIN relations r ON r.source = s.uuid
JOIN memories t ON t.uuid = r.target
WHERE s.id IN (SELECT value FROM json_each(:numbers)) AND t.id IN (SELECT value FROM json_each(:numbers))
  AND r.relation IS NOT NULL;

-- name: relations_contesting
-- What was found to conflict with some memories, or may, or holds beside them in its own case: (memory, other, relation,
-- its reason). Their owner's verdicts come first. Of what always holds no agent says so.
SELECT number, other, relation, reason FROM (
  SELECT m.id AS number, o.id AS other, r.relation, r.reason, r.kind
  FROM json_each(:numbers) AS wanted JOIN memories m ON m.id = wanted.value
  JOIN relations r ON r.source = m.uuid JOIN memories o ON o.uuid = r.target
  WHERE o.alive
    AND (r.relation IS NULL OR r.relation IN ('conflicts_with', 'scoped') AND NOT (m.standing AND r.kind IS 'agent'))
  UNION
  SELECT m.id, o.id, r.relation, r.reason, r.kind
  FROM json_each(:numbers) AS wanted JOIN memories m ON m.id = wanted.value
  JOIN relations r ON r.target = m.uuid JOIN memories o ON o.uuid = r.source
  WHERE o.alive
    AND (r.relation IS NULL OR r.relation IN ('conflicts_with', 'scoped') AND NOT (m.standing AND r.kind IS 'agent'))
) ORDER BY kind IS 'owner' DESC, other;
