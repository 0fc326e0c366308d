-- name: pack_items
-- What a session of that project may be given, in the order in which room is found for it.
SELECT m.id, m.revision, m.kind, m.title, texts.body, m.trust, m.revised,
  CASE WHEN m.standing THEN 'standing' WHEN m.pinned THEN 'pinned' ELSE 'recent' END AS why
FROM memories m JOIN texts ON texts.id = m.body
WHERE m.alive AND NOT m.erased AND m.trust <> 'quarantined'
  AND (m.scope = 'personal' OR m.project IN (SELECT id FROM projects WHERE id = :project OR merged_into = :project))
ORDER BY m.standing DESC, m.pinned DESC, m.revised DESC, m.id DESC
LIMIT 60;
