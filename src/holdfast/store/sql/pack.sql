-- name: pack_first
-- Standing instructions and pinned notes of a project, the personal ones, and what its owner prefers everywhere; his
-- own words first.
SELECT m.id, m.revision, m.kind, m.title, texts.body, m.trust, m.revised, m.files, m.created,
  CASE WHEN m.standing THEN 'standing' WHEN m.pinned THEN 'pinned' ELSE 'profile' END AS section
FROM memories m JOIN texts ON texts.id = m.body
WHERE (m.standing OR m.pinned OR m.scope = 'personal' AND m.kind = 'preference' AND m.trust = 'owner')
  AND m.alive AND m.trust <> 'quarantined'
  AND m.id IN (
    SELECT id FROM memories INDEXED BY memories_first
    WHERE (standing OR pinned) AND project IN (SELECT value FROM json_each(:family))
    UNION SELECT id FROM memories INDEXED BY memories_personal WHERE scope = 'personal' AND alive
  )
ORDER BY m.trust = 'owner' DESC, m.standing DESC, m.revised DESC, m.id DESC LIMIT 100;

-- name: pack_recent
-- The notes of one project that people and agents here wrote last; what a session did stands elsewhere.
SELECT m.id, m.revision, m.kind, m.title, texts.body, m.trust, m.revised, m.files, m.created, 'recent' AS section
FROM memories m JOIN texts ON texts.id = m.body
WHERE m.project = :project AND m.alive = 1 AND m.trust <> 'quarantined' AND NOT m.standing AND NOT m.pinned
  AND m.kind <> 'summary' AND m.trust IN ('owner', 'agent')
ORDER BY m.revised DESC LIMIT :limit;

-- name: pack_owned
-- Those of one project that the user wrote himself.
SELECT m.id, m.revision, m.kind, m.title, texts.body, m.trust, m.revised, m.files, m.created, 'recent' AS section
FROM memories m JOIN texts ON texts.id = m.body
WHERE m.project = :project AND m.trust = 'owner' AND m.kind <> 'summary' AND m.alive = 1
  AND NOT m.standing AND NOT m.pinned
ORDER BY m.revised DESC LIMIT :limit;

-- name: pack_foreign
-- Those of one project that come from elsewhere.
SELECT m.id, m.revision, m.kind, m.title, texts.body, m.trust, m.revised, m.files, m.created, 'recent' AS section
FROM memories m INDEXED BY memories_foreign JOIN texts ON texts.id = m.body
WHERE m.project = :project AND m.trust NOT IN ('owner', 'agent') AND m.kind <> 'summary'
  AND m.alive = 1 AND m.trust <> 'quarantined' AND NOT m.standing AND NOT m.pinned
ORDER BY m.revised DESC LIMIT :limit;

-- name: pack_personal
-- The notes for all projects that were written last, here (:own) or elsewhere, or by the user alone (:owner).
SELECT m.id, m.revision, m.kind, m.title, texts.body, m.trust, m.revised, m.files, m.created, 'recent' AS section
FROM memories m JOIN texts ON texts.id = m.body
WHERE m.scope = 'personal' AND m.alive = 1 AND m.trust <> 'quarantined' AND NOT m.standing AND NOT m.pinned
  AND NOT (m.kind = 'preference' AND m.trust = 'owner')
  AND m.trust IN ('owner', 'agent') = :own AND (NOT :owner OR m.trust = 'owner')
ORDER BY m.revised DESC LIMIT :limit;

-- name: pack_note
-- One note, as it stands in a section.
SELECT m.id, m.revision, m.kind, m.title, texts.body, m.trust, m.revised, m.files, m.created, :section
FROM memories m JOIN texts ON texts.id = m.body WHERE m.id = :number AND m.alive AND m.trust <> 'quarantined';

-- name: memory_standing_at
-- The revision of a memory that may be given.
SELECT revision FROM memories WHERE id = :number AND alive AND NOT erased AND trust <> 'quarantined';

-- name: sessions_before
-- Sessions of some projects in which something was asked, or which their agent summed up, the last heard first, and what
-- was asked: the first that was said with them, if possible other than what shall always hold; else, where only their
-- agent tells of it, what it told. None that another store tells of.
SELECT s.id, s.name, s.worktree, s.branch, s.heard, s.ended,
  (SELECT texts.body FROM (
     SELECT id, text, at FROM events
     WHERE session = s.id AND kind = 'prompt' AND agent IS NULL AND text IS NOT NULL
       AND trust NOT IN ('imported', 'quarantined') AND json_extract(detail, '$.told') IS NULL ORDER BY at LIMIT 3
   ) AS first JOIN texts ON texts.id = first.text
   ORDER BY EXISTS (
     SELECT 1 FROM evidence JOIN changes ON changes.seq = evidence.change JOIN memories m ON m.uuid = changes.entity
     WHERE evidence.event = first.id AND m.standing
   ), first.at LIMIT 1),
  (SELECT texts.body FROM events JOIN texts ON texts.id = events.text
   WHERE session = s.id AND kind = 'prompt' AND events.agent IS NULL AND json_extract(detail, '$.told')
   ORDER BY at LIMIT 1)
FROM sessions s
WHERE s.project IN (SELECT value FROM json_each(:family)) AND s.id IS NOT :session AND NOT s.ignored
  AND (SELECT trust FROM events WHERE session = s.id ORDER BY at DESC LIMIT 1) NOT IN ('imported', 'quarantined')
  AND (EXISTS (
    SELECT 1 FROM events WHERE session = s.id AND agent IS NULL AND text IS NOT NULL
      AND (kind = 'prompt' OR kind = 'summary' AND s.host = 'mcp')
  ) OR EXISTS (  -- only commands were typed
    SELECT 1 FROM events CROSS JOIN evidence ON evidence.event = events.id
    CROSS JOIN changes ON changes.seq = evidence.change CROSS JOIN memories m ON m.uuid = changes.entity
    WHERE events.session = s.id AND m.kind = 'summary' AND m.alive
  ))
ORDER BY s.heard DESC LIMIT :limit;

-- name: touched_files
-- What the tools of a session named lately: JSON lists.
SELECT json_extract(detail, '$.files') FROM events
WHERE session = :session AND kind = 'tool' AND json_extract(detail, '$.files') IS NOT NULL
ORDER BY at DESC LIMIT 30;

-- name: memories_in_context
-- Those of the memories :numbers that were drawn from what a session said since it was last compacted.
SELECT DISTINCT m.id FROM memories m JOIN changes c ON c.entity = m.uuid JOIN evidence ON evidence.change = c.seq
JOIN events ON events.id = evidence.event
WHERE m.id IN (SELECT value FROM json_each(:numbers)) AND events.session = :session
  AND events.at >= coalesce((SELECT since FROM contexts WHERE session = :session), 0);

-- name: copied_from
-- The sessions of which the transcript of a copy holds lines, as far as it was read.
SELECT DISTINCT e.session FROM (
  SELECT event FROM sightings WHERE file = (
    SELECT max(s.file) FROM sightings s JOIN events ON events.id = s.event
    WHERE events.session = :session AND s.file > 0 AND events.agent IS NULL
  ) ORDER BY start LIMIT 100
) AS first JOIN events e ON e.id = first.event WHERE e.session <> :session;

-- name: session_started_from
-- How the host said that a session began.
SELECT json_extract(detail, '$.source') FROM events WHERE session = :session AND kind = 'start'
  AND NOT EXISTS (SELECT 1 FROM events e WHERE e.session = :session AND e.id < events.id AND e.kind = 'prompt')
ORDER BY id LIMIT 1;

-- name: session_resumed_last
-- The session of a worktree that was taken up again and then was not heard of any more.
SELECT s.id FROM sessions s
WHERE s.project IN (SELECT value FROM json_each(:family)) AND s.heard > :since AND s.worktree IS :worktree
  AND s.id IS NOT :session AND 'resume' = (
    SELECT iif(kind = 'start', json_extract(detail, '$.source'), '') FROM events WHERE session = s.id
    ORDER BY at DESC, id DESC LIMIT 1
  )
ORDER BY s.heard DESC LIMIT 1;

-- name: summaries_of
-- Those of the memories :numbers that sum up one of :sessions (JSON lists).
SELECT DISTINCT m.id FROM memories m JOIN changes c ON c.entity = m.uuid JOIN evidence ON evidence.change = c.seq
JOIN events ON events.id = evidence.event
WHERE m.id IN (SELECT value FROM json_each(:numbers)) AND m.kind = 'summary'
  AND events.session IN (SELECT value FROM json_each(:sessions));

-- name: context_since
SELECT since FROM contexts WHERE session = :session;

-- name: session_asking
SELECT name, project, worktree, cwd, attended FROM sessions WHERE id = :session;

-- name: sessions_of_memories
-- (memory, session) of what the text of the memories :numbers came from.
SELECT DISTINCT m.id, events.session FROM memories m JOIN changes c ON c.entity = m.uuid
JOIN evidence ON evidence.change = c.seq JOIN events ON events.id = evidence.event
WHERE m.id IN (SELECT value FROM json_each(:numbers));

-- name: sources_unknown
-- Whether a memory was taken back of which not all sources are written down: an erased one, or one said repeatedly.
SELECT 1 WHERE EXISTS (
  SELECT 1 FROM projects CROSS JOIN memories ON memories.project = projects.id AND memories.alive = 0
  WHERE memories.repeats > 0
) OR EXISTS (SELECT 1 FROM memories WHERE project IS NULL AND alive = 0 AND (erased OR repeats > 0));

-- name: withdrawn_of
-- Those of the drafts :ids (JSON, hex) that became a memory which was taken back.
SELECT unhex(value) FROM json_each(:ids) WHERE EXISTS (
  SELECT 1 FROM memories WHERE uuid = unhex(value) AND (NOT alive OR trust = 'quarantined')
) OR EXISTS (
  SELECT 1 FROM changes JOIN memories ON memories.uuid = changes.entity
  WHERE changes.subject = unhex(value) AND changes.cause = 'repeat'
    AND (NOT memories.alive OR memories.trust = 'quarantined')
);

-- name: withdrawn_evidence
-- (event of a session, what such a memory quotes of it)
SELECT DISTINCT events.id, texts.body FROM events CROSS JOIN evidence ON evidence.event = events.id
CROSS JOIN changes ON changes.seq = evidence.change CROSS JOIN memories ON memories.uuid = changes.entity
LEFT JOIN texts ON texts.id = evidence.quote
WHERE events.session = :session AND memories.kind <> 'summary' AND (NOT memories.alive OR memories.trust = 'quarantined');

-- name: session_is_long
-- Whether so many prompts, or calls of tools, of the main agent of a session are known.
SELECT 1 WHERE :prompts <= (
  SELECT count(*) FROM (
    SELECT 1 FROM events WHERE session = :session AND kind = 'prompt' AND agent IS NULL LIMIT :prompts
  )
) OR :calls <= (
  SELECT count(*) FROM (
    SELECT 1 FROM events WHERE session = :session AND kind = 'tool' AND agent IS NULL LIMIT :calls
  )
);

-- name: session_nudged
-- When a session began, and when its agent was reminded to save, if that arrived for all we know.
SELECT s.started, (
  SELECT max(d.at) FROM deliveries d WHERE d.session = s.id AND d.place = 'nudge' AND d.receipt <> 'missing'
) FROM sessions s WHERE s.id = :session;

-- name: sessions_nudged_before
-- The other sessions of a project, the last heard first, and when their agent was reminded to save.
SELECT s.id, (
  SELECT max(d.at) FROM deliveries d WHERE d.session = s.id AND d.place = 'nudge' AND d.receipt <> 'missing'
) FROM sessions s
WHERE s.project IN (SELECT value FROM json_each(:family)) AND s.id <> :session AND NOT s.ignored
ORDER BY s.heard DESC LIMIT :limit;

-- name: saved_in_session
-- Whether somebody kept a note of a project, or for all, since a time, or the agent of the session called a tool that
-- does; not what rules drew, nor what came from elsewhere, nor what the agent of another session said.
SELECT 1 FROM events WHERE session = :session AND kind = 'tool' AND at >= :since AND status = 'ok' AND (
  tool LIKE '%!_!_mem!_save' ESCAPE '!' OR tool LIKE '%!_!_mem!_update' ESCAPE '!'
  OR tool LIKE '%!_!_mem!_session!_summary' ESCAPE '!' OR tool LIKE '%!_!_memory!_store' ESCAPE '!'
)
UNION ALL
SELECT 1 FROM changes c INDEXED BY changes_clock JOIN memories m ON m.uuid = c.entity
WHERE c.clock >= :since << 16 AND c.entity_kind = 'memory' AND c.cause IN ('remember', 'repeat', 'revise')
  AND m.trust IN ('owner', 'agent') AND (m.scope = 'personal' OR m.project IN (SELECT value FROM json_each(:family)))
  AND json_extract(c.patch, '$.text.drawn') IS NULL AND NOT (c.cause = 'repeat' AND c.subject IS NOT NULL)
  AND NOT EXISTS (
    SELECT 1 FROM evidence JOIN events ON events.id = evidence.event
    WHERE evidence.change = c.seq AND events.session <> :session
  )
LIMIT 1;
