-- name: search_memories
-- :match is an FTS5 expression; :family a JSON list of projects, NULL for all of them.
WITH ranked AS (
  SELECT memories.id AS id, bm25(memories_fts, 2.0, 1.0, 0.5) AS rank
  FROM memories_fts JOIN memories ON memories.id = memories_fts.rowid
  WHERE memories_fts MATCH :match AND alive AND NOT erased
    AND (:quarantined OR trust <> 'quarantined')
    AND CASE scope WHEN 'personal' THEN 1 WHEN 'team' THEN :team ELSE 1 END
    AND (:family IS NULL OR scope = 'personal' OR project IN (SELECT value FROM json_each(:family)))
  ORDER BY rank, memories.id DESC LIMIT :limit
)
SELECT memories.id, memories.title, texts.body, memories.project, memories.revised, ranked.rank
FROM ranked JOIN memories ON memories.id = ranked.id JOIN texts ON texts.id = memories.body
ORDER BY ranked.rank, memories.id DESC;

-- name: search_events
WITH ranked AS (
  SELECT events.id AS id, bm25(events_fts, 1.0, 0.5) AS rank, sessions.project AS project
  FROM events_fts JOIN events ON events.id = events_fts.rowid JOIN sessions ON sessions.id = events.session
  WHERE events_fts MATCH :match
    AND events.kind IN ('prompt', 'reply', 'summary', 'report')
    AND (:family IS NULL OR sessions.project IN (SELECT value FROM json_each(:family)))
  ORDER BY rank, events.id DESC LIMIT :limit
)
SELECT events.id, events.kind, texts.body, ranked.project, events.at, ranked.rank
FROM ranked JOIN events ON events.id = ranked.id JOIN texts ON texts.id = events.text
ORDER BY ranked.rank, events.id DESC;
