-- What the surfaces show beside memories: counts, sessions, events, sightings, projects.

-- name: shown_counts
SELECT
  (SELECT count(*) FROM memories WHERE alive AND NOT erased),
  (SELECT count(*) FROM memories WHERE NOT alive AND NOT erased),
  (SELECT count(*) FROM sessions),
  (SELECT count(*) FROM events),
  (SELECT count(*) FROM projects WHERE merged_into IS NULL),
  (SELECT count(*) FROM memories WHERE alive AND NOT erased AND kind = 'summary');

-- name: shown_last_hook
SELECT sessions.host, events.kind, sightings.start, sessions.name, events.agent
FROM sightings JOIN events ON events.id = sightings.event JOIN sessions ON sessions.id = events.session
WHERE sightings.file = 0 ORDER BY sightings.start DESC LIMIT 1;

-- name: shown_last_event
SELECT sessions.host, events.kind, events.at, sessions.name, events.id,
  (SELECT max(start) FROM sightings WHERE event = events.id AND file = 0),
  trust IN ('imported', 'quarantined')
    AND NOT EXISTS (SELECT 1 FROM sightings WHERE event = events.id)
FROM events JOIN sessions ON sessions.id = events.session ORDER BY events.id DESC LIMIT 1;

-- name: shown_project_labels
SELECT id, label FROM projects WHERE id IN (SELECT value FROM json_each(:numbers));

-- name: shown_sessions
-- The latest first; of the projects in the JSON list :family (NULL: all), or the one with number :id.
SELECT sessions.id, host, name, sessions.project, projects.label, worktree, cwd, attended, host_version, branch, started,
  sessions.heard, ended, end_reason, sessions.ignored,
  (SELECT count(*) FROM events WHERE session = sessions.id),
  (SELECT texts.body FROM events JOIN texts ON texts.id = events.text
   WHERE session = sessions.id AND kind = 'prompt' AND agent IS NULL ORDER BY at, events.id LIMIT 1)
FROM sessions LEFT JOIN projects ON projects.id = sessions.project
WHERE (:id IS NULL OR sessions.id = :id)
  AND (:family IS NULL OR sessions.project IN (SELECT value FROM json_each(:family)))
ORDER BY sessions.heard DESC, sessions.id DESC LIMIT :limit;

-- name: shown_session_names
SELECT id, name FROM sessions WHERE id IN (SELECT value FROM json_each(:numbers));

-- name: shown_session_count
SELECT count(*) FROM sessions WHERE :family IS NULL OR project IN (SELECT value FROM json_each(:family));

-- name: shown_sessions_named
SELECT id FROM sessions WHERE name = :name
UNION SELECT id FROM sessions WHERE length(:name) >= 4 AND substr(name, 1, length(:name)) = :name LIMIT 3;

-- name: shown_deliveries
-- What a session was given, the first first; or the one delivery :id.
SELECT deliveries.id, session, place, deliveries.at, receipt, seen, tokens, items, texts.body
FROM deliveries JOIN texts ON texts.id = deliveries.text
WHERE (:session IS NULL OR session = :session) AND (:id IS NULL OR deliveries.id = :id) ORDER BY deliveries.id;

-- name: shown_session_exists
SELECT id FROM sessions WHERE id = :id;

-- name: shown_events_until
-- Events of a session up to a place in its time, the last first.
SELECT events.id, kind, at, tool, status, inputs.body, texts.body, detail, prompt, agent, trust, erased
FROM events LEFT JOIN texts AS inputs ON inputs.id = events.input LEFT JOIN texts ON texts.id = events.text
WHERE session = :session AND (at, events.id) <= (:at, :id) ORDER BY at DESC, events.id DESC LIMIT :limit;

-- name: shown_events_after
SELECT events.id, kind, at, tool, status, inputs.body, texts.body, detail, prompt, agent, trust, erased
FROM events LEFT JOIN texts AS inputs ON inputs.id = events.input LEFT JOIN texts ON texts.id = events.text
WHERE session = :session AND (at, events.id) > (:at, :id) ORDER BY at, events.id LIMIT :limit;

-- name: shown_events_of_prompt
SELECT events.id, kind, at, tool, status, inputs.body, texts.body, detail, prompt, agent, trust, erased
FROM events LEFT JOIN texts AS inputs ON inputs.id = events.input LEFT JOIN texts ON texts.id = events.text
WHERE session = :session AND prompt = :prompt ORDER BY at, events.id LIMIT :limit;

-- name: shown_event
SELECT events.id, kind, at, tool, status, inputs.body, texts.body, detail, prompt, agent, trust, erased, session
FROM events LEFT JOIN texts AS inputs ON inputs.id = events.input LEFT JOIN texts ON texts.id = events.text
WHERE events.id = :id;

-- name: shown_sightings
SELECT sightings.file, files.path, sightings.start, sightings.stop, sightings.sha256
FROM sightings LEFT JOIN files ON files.id = sightings.file WHERE event = :event ORDER BY sightings.file, start;

-- name: shown_projects
SELECT id, uuid, label, merged_into, ignored, created, heard,
  (SELECT count(*) FROM memories WHERE project = projects.id AND alive AND NOT erased),
  (SELECT count(*) FROM sessions WHERE project = projects.id),
  (SELECT json_group_array(key) FROM project_keys WHERE project = projects.id)
FROM projects WHERE :id IS NULL OR id = :id ORDER BY merged_into IS NOT NULL, heard DESC, id;

-- name: shown_project_with_id
SELECT id, label, ignored FROM projects WHERE uuid = :uuid;

-- name: shown_merged_projects
SELECT id, label FROM projects WHERE merged_into = :id ORDER BY id;

-- name: shown_last_delivery
SELECT deliveries.place, deliveries.at, receipt, seen, sessions.host, sessions.name, tokens, json_array_length(items)
FROM deliveries JOIN sessions ON sessions.id = deliveries.session ORDER BY deliveries.id DESC LIMIT 1;

-- name: shown_last_packs
SELECT deliveries.id, deliveries.place, deliveries.at, deliveries.receipt, deliveries.tokens, sessions.host, sessions.name
FROM deliveries JOIN sessions ON sessions.id = deliveries.session
WHERE deliveries.at >= :since AND receipt IN ('missing', 'cut') ORDER BY deliveries.id DESC LIMIT 20;

-- name: shown_memories_of
-- The memories that are served (:alive), or forgotten, of a place (NULL: all), of those whose word they are (NULL:
-- anybody), kept since a time, from a session (NULL: any); and what rules drew while one of them, or of these, stood
-- before the agent.
WITH RECURSIVE chosen AS MATERIALIZED (
  SELECT m.id, m.uuid FROM memories m
  WHERE NOT m.erased AND (:since IS NULL OR m.created >= :since) AND (:source IS NULL OR m.trust = :source)
    AND (:family IS NULL OR m.scope = 'personal' OR m.project IN (SELECT value FROM json_each(:family)))
    AND (:session IS NULL OR EXISTS (
      SELECT 1 FROM changes c JOIN evidence ON evidence.change = c.seq JOIN events ON events.id = evidence.event
      WHERE c.entity = m.uuid AND events.session = :session))
), drawn AS MATERIALIZED (
  SELECT c.entity AS uuid, given.value AS from_ FROM changes c, json_each(c.patch, '$.text.drawn.lineage') given
  WHERE c.patch LIKE '%"lineage"%'
), meant (uuid) AS (
  SELECT uuid FROM chosen UNION SELECT drawn.uuid FROM meant JOIN drawn ON drawn.from_ = lower(hex(meant.uuid))
)
SELECT m.id, m.title, m.id NOT IN (SELECT id FROM chosen) AS derived FROM meant JOIN memories m ON m.uuid = meant.uuid
WHERE m.alive = :alive AND NOT m.erased ORDER BY m.id;

-- name: shown_versions_of
-- (memory, change, session or NULL) of what each text of the memories :numbers came from, the first text first.
SELECT m.id, c.seq, events.session FROM memories m
JOIN changes c ON c.entity = m.uuid AND json_type(c.patch, '$.text') IS NOT NULL
LEFT JOIN evidence ON evidence.change = c.seq LEFT JOIN events ON events.id = evidence.event
WHERE m.id IN (SELECT value FROM json_each(:numbers)) ORDER BY m.id, c.clock, c.device, evidence.nth;

-- name: shown_texts_with
-- Events, and memories but :number, whose text has the word :like in it.
WITH held AS MATERIALIZED (SELECT id, body FROM texts WHERE body LIKE :like)
SELECT 'memory' AS type, memories.id AS ref, memories.kind, held.body FROM held JOIN memories ON memories.body = held.id
WHERE memories.id <> :number
UNION ALL
SELECT 'event', events.id, events.kind, held.body FROM held JOIN events ON events.text = held.id
UNION ALL
SELECT 'event', events.id, events.kind, held.body FROM held JOIN events ON events.input = held.id
ORDER BY type DESC, ref;

-- name: shown_memory_in_copy
SELECT 1 FROM memories WHERE uuid = :uuid AND NOT erased;

-- name: shown_event_in_copy
SELECT 1 FROM events JOIN sessions ON sessions.id = events.session
WHERE events.id = :id AND sessions.host = :host AND sessions.name = :name AND erased = 0;

-- name: shown_session_in_copy
SELECT 1 FROM events JOIN sessions ON sessions.id = events.session
WHERE sessions.host = :host AND sessions.name = :name AND erased = 0 LIMIT 1;

-- name: shown_standing
SELECT uuid FROM memories WHERE standing AND alive AND NOT erased;

-- name: stats_captured
-- By day of the caller (:shift in seconds): days since 1970, events.
SELECT (events.at / 1000 + :shift) / 86400, count(*) FROM events JOIN sessions ON sessions.id = events.session
WHERE events.at >= :since AND (:family IS NULL OR sessions.project IN (SELECT value FROM json_each(:family)))
GROUP BY 1;

-- name: stats_drawn
-- By day: memories drawn by rules, memories kept by somebody.
SELECT (changes.clock / 65536000 + :shift) / 86400,
  sum(json_extract(patch, '$.text.drawn') IS NOT NULL), sum(json_extract(patch, '$.text.drawn') IS NULL)
FROM changes LEFT JOIN memories ON memories.uuid = changes.entity
WHERE changes.clock >= :since * 65536 AND cause = 'remember' AND patch IS NOT NULL
  AND (:family IS NULL OR memories.project IN (SELECT value FROM json_each(:family)))
GROUP BY 1;

-- name: stats_given
-- By day: packs, those that arrived, those that were cut or are missing, tokens of all.
SELECT (deliveries.at / 1000 + :shift) / 86400, count(*), sum(receipt = 'arrived'),
  sum(receipt IN ('cut', 'missing')), sum(tokens)
FROM deliveries JOIN sessions ON sessions.id = deliveries.session
WHERE deliveries.at >= :since AND place <> 'inherited'
  AND (:family IS NULL OR sessions.project IN (SELECT value FROM json_each(:family)))
GROUP BY 1;

-- name: session_called
-- The session that a host calls so.
SELECT id, host, project, ended, ignored FROM sessions WHERE name = :name ORDER BY heard DESC LIMIT 1;

-- name: session_names
SELECT DISTINCT name FROM sessions;

-- name: session_registered_by
-- The session whose agent registered this one, as it began.
SELECT json_extract(detail, '$.by') FROM events WHERE session = :session AND kind = 'start' ORDER BY id LIMIT 1;

-- name: place_session
UPDATE sessions SET project = :project WHERE id = :id AND project IS NULL;

-- name: asked_lately
-- What was asked or commanded in a session, the last first, and its starts after that.
SELECT events.id, kind, texts.body FROM events LEFT JOIN texts ON texts.id = events.text
WHERE session = :session AND kind IN ('prompt', 'command', 'start') AND agent IS NULL AND erased = 0
ORDER BY kind = 'start', at DESC, events.id DESC LIMIT :limit;

-- name: prompt_of_text
SELECT id FROM events WHERE session = :session AND kind = 'prompt' AND text = :text ORDER BY id DESC LIMIT 1;

-- name: notes_to_review
-- Notes that nobody has said again, the oldest first; or those in quarantine.
SELECT id FROM memories
WHERE alive AND NOT erased AND trust = 'quarantined' = :quarantined
  AND (:quarantined OR repeats <= 0 AND NOT standing AND NOT pinned AND kind <> 'summary')
  AND (:family IS NULL OR scope = 'personal' OR project IN (SELECT value FROM json_each(:family)))
ORDER BY revised, id LIMIT :limit;
