-- name: insert_delivery
INSERT OR IGNORE INTO deliveries (mark, session, place, prompt, at, key, items, text, tokens)
VALUES (:mark, :session, :place, :prompt, :at, :key, :items, :text, :tokens);

-- name: last_session_start
-- What the session was given at its start, unless it was compacted or cleared since.
SELECT d.id, d.items, texts.body, d.mark FROM deliveries d JOIN texts ON texts.id = d.text
WHERE d.session = :session AND d.place = 'session-start'
  AND NOT EXISTS (SELECT 1 FROM events e WHERE e.session = d.session AND e.kind = 'compaction' AND e.at > d.at)
ORDER BY d.id DESC LIMIT 1;

-- name: receive
UPDATE deliveries SET receipt = :receipt, seen = :at
WHERE mark = :mark AND session = :session AND receipt NOT IN ('arrived');

-- name: missing_deliveries
-- The model has answered since, the transcript shows it, and what we gave is not there.
UPDATE deliveries SET receipt = 'missing', seen = :at
WHERE session = :session AND receipt = 'sent' AND at < (
  SELECT max(e.at) FROM events e JOIN sightings s ON s.event = e.id AND s.file > 0
  WHERE e.session = :session AND e.kind IN ('reply', 'error') AND e.agent IS NULL
);

-- name: receipt_counts
SELECT receipt, count(*) FROM deliveries WHERE at >= :since GROUP BY receipt;
