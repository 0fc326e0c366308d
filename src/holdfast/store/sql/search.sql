-- name: words_of_memories
-- What counts in how many memories a word stands; of this connection alone, reading the index itself.
CREATE VIRTUAL TABLE IF NOT EXISTS temp.memory_words USING fts5vocab (main, memories_fts, row);

-- name: words_of_events
CREATE VIRTUAL TABLE IF NOT EXISTS temp.event_words USING fts5vocab (main, events_fts, row);

-- name: find_words
-- In how many memories (0) and events (1) each of :words (JSON list) stands; without a word: about how many there are.
SELECT 0, term, doc FROM temp.memory_words WHERE term IN (SELECT value FROM json_each(:words))
UNION ALL SELECT 1, term, doc FROM temp.event_words WHERE term IN (SELECT value FROM json_each(:words))
UNION ALL SELECT 0, NULL, coalesce(max(id), 0) FROM memories
UNION ALL SELECT 1, NULL, coalesce(max(id), 0) FROM events;

-- name: find_memories
-- The best of the memories that :match finds, by the index's own measure; looked at are the newest :most of them.
-- :family is a JSON list of projects, :trusts of those who said them; NULL for all of them.
WITH ranked AS MATERIALIZED (
  SELECT id, rank FROM (
    SELECT rowid AS id, bm25(memories_fts, 2.0, 1.0, 0.5) AS rank FROM memories_fts
    WHERE memories_fts MATCH :match ORDER BY rowid DESC LIMIT :most
  ) ORDER BY rank, id DESC
)
SELECT m.id, m.kind, m.title, texts.body, m.terms, m.trust, m.revised, m.project, m.revision, m.scope
FROM ranked CROSS JOIN memories m ON m.id = ranked.id CROSS JOIN texts ON texts.id = m.body
WHERE m.alive AND NOT m.erased
  AND m.trust <> 'quarantined' AND m.scope <> 'team'
  AND (:trusts IS NULL OR m.trust IN (SELECT value FROM json_each(:trusts)))
  AND (:family IS NULL OR m.scope = 'personal' OR m.project IN (SELECT value FROM json_each(:family)))
LIMIT :limit;

-- name: find_turns
-- The best of what was said, likewise, and the two turns before and after each of the best :near of them. Between
-- turns lie tool calls; so many of them are stepped over. hit: found itself, not only beside one that was.
WITH ranked AS MATERIALIZED (
  SELECT id, rank FROM (
    SELECT rowid AS id, bm25(events_fts, 1.0, 0.5) AS rank FROM events_fts
    WHERE events_fts MATCH :match ORDER BY rowid DESC LIMIT :most
  ) ORDER BY rank, id DESC
), hits AS MATERIALIZED (
  SELECT e.id, e.session, e.at, e.agent, row_number() OVER () AS nth
  FROM ranked CROSS JOIN events e ON e.id = ranked.id CROSS JOIN sessions ON sessions.id = e.session
  WHERE e.kind IN ('prompt', 'reply', 'summary')
    AND e.trust <> 'quarantined'
    AND (:without_session IS NULL OR e.session <> :without_session)
    AND (:family IS NULL OR sessions.project IN (SELECT value FROM json_each(:family)))
  LIMIT :limit
), placed AS MATERIALIZED (
  SELECT h.id,
    (SELECT json_group_array(id) FROM (
      SELECT id FROM (
        SELECT id, terms FROM events e
        WHERE e.session = h.session AND (e.at, e.id) < (h.at, h.id) AND e.agent IS h.agent
        ORDER BY e.at DESC, e.id DESC LIMIT 60
      ) WHERE terms IS NOT NULL LIMIT 2)) AS before,
    (SELECT json_group_array(id) FROM (
      SELECT id FROM (
        SELECT id, terms FROM events e
        WHERE e.session = h.session AND (e.at, e.id) > (h.at, h.id) AND e.agent IS h.agent
        ORDER BY e.at, e.id LIMIT 60
      ) WHERE terms IS NOT NULL LIMIT 2)) AS after
  FROM hits h WHERE nth <= :near
), wanted AS (
  SELECT id FROM hits
  UNION SELECT value FROM placed, json_each(before)
  UNION SELECT value FROM placed, json_each(after)
)
SELECT e.id, e.kind, texts.body, e.terms, e.trust, e.at, sessions.project, e.session, hits.id IS NOT NULL AS hit,
  placed.before, placed.after
FROM wanted CROSS JOIN events e ON e.id = wanted.id CROSS JOIN texts ON texts.id = e.text
  CROSS JOIN sessions ON sessions.id = e.session
  LEFT JOIN hits ON hits.id = e.id LEFT JOIN placed ON placed.id = e.id
WHERE e.kind IN ('prompt', 'reply', 'summary');
