-- What rules read of sessions.

-- name: happened
-- Events of a session behind a number, the last first; of a long text head and tail.
SELECT e.id, e.kind, e.at,
  CASE WHEN length(i.body) > 8000 THEN substr(i.body, 1, 4000) || char(10) || '…' || char(10) || substr(i.body, -4000)
    ELSE i.body END,
  CASE WHEN length(t.body) > 8000 THEN substr(t.body, 1, 4000) || char(10) || '…' || char(10) || substr(t.body, -4000)
    ELSE t.body END,
  e.tool, e.status, e.agent, e.prompt, e.trust, e.detail
FROM events e LEFT JOIN texts i ON i.id = e.input LEFT JOIN texts t ON t.id = e.text
WHERE e.session = :session AND e.id > :after AND e.id <= :upto AND e.erased = 0
ORDER BY e.at DESC, e.id DESC LIMIT :limit;

-- name: next_events
-- The number of the last of the next :limit events of a session behind a number.
SELECT max(id) FROM (SELECT id FROM events WHERE session = :session AND id > :after ORDER BY id LIMIT :limit);

-- name: turns_begin
-- The first event of the turns to which events of a session between two numbers belong.
SELECT min(id) FROM events WHERE session = :session AND prompt IN (
  SELECT DISTINCT prompt FROM events WHERE session = :session AND id > :after AND id <= :upto AND prompt IS NOT NULL
);

-- name: turn_in_hand
-- The last prompt of a session between two numbers, when the host has not told yet that its turn is over.
SELECT p.id FROM events p WHERE p.id = (
  SELECT max(id) FROM events WHERE session = :session AND id > :after AND id <= :upto AND kind = 'prompt' AND agent IS NULL
) AND NOT EXISTS (
  SELECT 1 FROM events r WHERE r.session = :session AND r.prompt = p.prompt AND r.kind IN ('reply', 'error')
    AND r.agent IS NULL AND r.seen & 1
);

-- name: session_to_draw
SELECT s.name, s.project, s.drawn, s.ended, s.heard, (SELECT max(id) FROM events WHERE session = s.id)
FROM sessions s WHERE s.id = :session;

-- name: sessions_to_draw
-- Sessions with events that no rule has looked at, heard between two moments; the oldest first.
SELECT s.id FROM sessions s
WHERE s.project IS NOT NULL AND s.heard BETWEEN :since AND :before
  AND EXISTS (SELECT 1 FROM events e WHERE e.session = s.id AND e.id > s.drawn)
ORDER BY s.heard LIMIT :limit;

-- name: set_drawn
UPDATE sessions SET drawn = max(drawn, :drawn) WHERE id = :session;

-- name: last_of_events
-- When the last of the events :events (JSON) happened, and whether one of them is the word of another store.
SELECT max(at), max(trust = 'imported') FROM events WHERE id IN (SELECT value FROM json_each(:events));
