-- What is drawn from a session, and what is given to it.

-- The event up to which rules have looked at a session.
ALTER TABLE sessions ADD COLUMN drawn INTEGER NOT NULL DEFAULT 0;

-- Few notes come from elsewhere, and few of those are shown.
CREATE INDEX memories_foreign ON memories (project, revised)
WHERE trust NOT IN ('owner', 'agent') AND kind <> 'summary';

CREATE INDEX deliveries_at ON deliveries (at);
CREATE INDEX deliveries_sent ON deliveries (session) WHERE receipt = 'sent';

-- Since when what a session was given stands in its context: its last compaction, or clearing.
CREATE VIEW contexts AS
  SELECT session, max(at) AS since FROM events
  WHERE agent IS NULL
    AND (kind = 'compaction' OR kind = 'start' AND json_extract(detail, '$.source') = 'clear')
  GROUP BY session;
