-- name: insert_delivery
INSERT OR IGNORE INTO deliveries (mark, session, place, prompt, at, key, items, text, tokens)
VALUES (:mark, :session, :place, :prompt, :at, :key, :items, :text, :tokens);

-- name: last_whole_delivery
-- What the session was given when it began or was compacted, unless it was compacted since.
SELECT d.id, d.items, texts.body FROM deliveries d JOIN texts ON texts.id = d.text
WHERE d.session = :session AND d.place IN ('session-start', 'compact')
  AND d.at >= coalesce((SELECT since FROM contexts WHERE session = :session), 0)
ORDER BY d.id DESC LIMIT 1;

-- name: given_since_compaction
-- What stands in a session's context: (items, tokens) of each pack that was not seen to fail.
SELECT items, tokens FROM deliveries WHERE session = :session AND receipt NOT IN ('missing', 'cut')
  AND at >= coalesce((SELECT since FROM contexts WHERE session = :session), 0);

-- name: begun_untold
-- How the host said that a context began in which nothing was given yet and nothing asked.
SELECT json_extract(detail, '$.source') FROM events
WHERE session = :session AND kind = 'start' AND at >= coalesce((SELECT since FROM contexts WHERE session = :session), 0)
  AND NOT EXISTS (
    SELECT 1 FROM deliveries d WHERE d.session = :session
      AND d.at >= coalesce((SELECT since FROM contexts WHERE session = :session), 0)
  )
  AND NOT EXISTS (
    SELECT 1 FROM events e WHERE e.session = :session AND e.kind = 'prompt' AND e.agent IS NULL
      AND e.at >= coalesce((SELECT since FROM contexts WHERE session = :session), 0)
  )
ORDER BY at DESC LIMIT 1;

-- name: ever_given
-- Whether a memory was in a pack since it was made, in a session that a person attended.
SELECT 1 FROM deliveries JOIN sessions ON sessions.id = deliveries.session, json_each(deliveries.items)
WHERE deliveries.at >= :since AND sessions.attended IS NOT 0 AND json_extract(json_each.value, '$[0]') = :number LIMIT 1;

-- name: given_for_event
-- The memories that stood whole in the context of an event: in the pack of its prompt, and in those of the session's
-- start, compaction or parent since its context began, and whether it was that of the prompt.
SELECT DISTINCT memories.uuid, memories.trust, memories.title, texts.body,
  deliveries.prompt IS NOT NULL AS asked_with
FROM events
JOIN deliveries ON deliveries.session = events.session AND (
  deliveries.prompt = events.prompt
  OR deliveries.prompt IS NULL AND deliveries.receipt <> 'missing' AND deliveries.at <= events.at
    AND deliveries.at >= coalesce((
      SELECT max(began.at) FROM events began
      WHERE began.session = events.session AND began.agent IS NULL AND began.at <= events.at
        AND (began.kind = 'compaction' OR began.kind = 'start' AND json_extract(began.detail, '$.source') = 'clear')
    ), 0)
), json_each(deliveries.items) AS item
JOIN memories ON memories.id = json_extract(item.value, '$[0]')
JOIN texts ON texts.id = memories.body
WHERE events.id = :event AND json_array_length(item.value) = 2 LIMIT 64;

-- name: receive
-- Equal packs have equal marks: what is shown once is one of them, the last that was sent and not seen yet.
UPDATE deliveries SET receipt = :receipt, seen = :at
WHERE id = (
  SELECT id FROM deliveries WHERE mark = :mark AND session = :session AND receipt <> 'arrived'
  ORDER BY receipt = 'sent' DESC, id DESC LIMIT 1
);

-- name: file_may_tell_of
-- Whether a transcript holds events of a session, or none at all yet.
SELECT 1 WHERE EXISTS (
  SELECT 1 FROM events e JOIN sightings s ON s.event = e.id AND s.file = :file WHERE e.session = :session
) OR NOT EXISTS (SELECT 1 FROM sightings WHERE file = :file);

-- name: inherit_delivery
-- A fork's transcript begins with copies of its parent's lines: what stands there was given to it as well.
INSERT OR IGNORE INTO deliveries (mark, session, place, at, key, items, text, tokens, receipt, seen)
SELECT d.mark, :session, 'inherited', d.at, :key, d.items, d.text, d.tokens, 'arrived', :at FROM deliveries d
WHERE d.mark = :mark AND d.session <> :session AND d.place <> 'inherited'
  AND NOT EXISTS (SELECT 1 FROM deliveries WHERE mark = :mark AND session = :session)
  AND d.at >= coalesce((SELECT since FROM contexts WHERE session = d.session), 0)
  AND EXISTS (SELECT 1 FROM events e JOIN sightings s ON s.event = e.id AND s.file = :file WHERE e.session = d.session)
LIMIT 1;

-- name: missing_deliveries
-- The model has answered since, the transcript shows it, and what we gave is not there.
UPDATE deliveries SET receipt = 'missing', seen = :at
WHERE receipt = 'sent' AND at < (
  SELECT max(e.at) FROM events e JOIN sightings s ON s.event = e.id AND s.file = :file
  WHERE e.session = deliveries.session AND e.kind IN ('reply', 'error') AND e.agent IS NULL
);

-- name: unknown_deliveries
-- The session is over and its transcript never showed a line of what came after.
UPDATE deliveries SET receipt = 'unknown', seen = :at
WHERE receipt = 'sent' AND session IN (
  SELECT id FROM sessions WHERE coalesce(ended, heard + :silence) < :before
);

-- name: receipt_counts
SELECT receipt, count(*) FROM deliveries WHERE at >= :since AND place <> 'inherited' GROUP BY receipt;

-- name: receipts_of_sessions
-- (session, receipt, packs, tokens) of the sessions in the JSON list :sessions.
SELECT session, receipt, count(*), sum(tokens) FROM deliveries
WHERE session IN (SELECT value FROM json_each(:sessions)) AND place <> 'inherited' GROUP BY session, receipt;
