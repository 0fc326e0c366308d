-- name: pack_first
-- Standing instructions and pinned notes of a project, and the personal ones.
SELECT m.id, m.revision, m.kind, m.title, texts.body, m.trust, m.revised,
  CASE WHEN m.standing THEN 'standing' ELSE 'pinned' END AS why
FROM memories m JOIN texts ON texts.id = m.body
WHERE (m.standing OR m.pinned) AND m.alive AND m.trust <> 'quarantined'
  AND m.id IN (
    SELECT id FROM memories INDEXED BY memories_first
    WHERE (standing OR pinned) AND project IN (SELECT value FROM json_each(:family))
    UNION SELECT id FROM memories INDEXED BY memories_personal WHERE scope = 'personal' AND alive
  )
ORDER BY m.standing DESC, m.revised DESC, m.id DESC LIMIT 100;

-- name: pack_recent
-- The notes of one project that were written last.
SELECT m.id, m.revision, m.kind, m.title, texts.body, m.trust, m.revised, 'recent' AS why
FROM memories m JOIN texts ON texts.id = m.body
WHERE m.project = :project AND m.alive = 1 AND m.trust <> 'quarantined' AND NOT m.standing AND NOT m.pinned
ORDER BY m.revised DESC LIMIT 40;

-- name: pack_personal
-- The notes for all projects that were written last.
SELECT m.id, m.revision, m.kind, m.title, texts.body, m.trust, m.revised, 'recent' AS why
FROM memories m JOIN texts ON texts.id = m.body
WHERE m.scope = 'personal' AND m.alive = 1 AND m.trust <> 'quarantined' AND NOT m.standing AND NOT m.pinned
ORDER BY m.revised DESC LIMIT 20;
