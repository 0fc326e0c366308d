-- name: event_by_key
SELECT event FROM keys WHERE key = :key;

-- name: insert_key
INSERT OR IGNORE INTO keys (key, event) VALUES (:key, :event);

-- name: events_by_keys
-- (key, event) of those of :keys (JSON, in hex) that are known.
SELECT key, event FROM keys WHERE key IN (SELECT unhex(value) FROM json_each(:keys));

-- name: insert_event
-- input, text: hashes of theirs.
INSERT INTO events (id, session, kind, at, prompt, agent, tool, status, input, text, terms, detail, trust, seen)
VALUES (:id, :session, :kind, :at, :prompt, :agent, :tool, :status, (SELECT id FROM texts WHERE hash = :input),
  (SELECT id FROM texts WHERE hash = :text), :terms, :detail, :trust, :seen);

-- name: event_last
SELECT coalesce(max(id), 0) FROM events;

-- name: gathered_events
-- Events on their way into the journal, of which one statement makes many.
CREATE TEMP TABLE IF NOT EXISTS gathered (
  id INTEGER PRIMARY KEY, kind, at, prompt, agent, tool, status, input, text, terms, detail, trust, seen,
  file, start, stop, sha256
);

-- name: gather_event
INSERT INTO gathered (id, kind, at, prompt, agent, tool, status, input, text, terms, detail, trust, seen, file, start,
  stop, sha256)
VALUES (:id, :kind, :at, :prompt, :agent, :tool, :status, :input, :text, :terms, :detail, :trust, :seen, :file, :start,
  :stop, :sha256);

-- name: insert_gathered
INSERT INTO events (id, session, kind, at, prompt, agent, tool, status, input, text, terms, detail, trust, seen)
SELECT id, :session, kind, at, prompt, agent, tool, status, (SELECT id FROM texts WHERE hash = gathered.input),
  (SELECT id FROM texts WHERE hash = gathered.text), terms, detail, trust, seen
FROM gathered ORDER BY id;

-- name: sight_gathered
INSERT INTO sightings (event, file, start, stop, sha256)
SELECT id, file, start, stop, sha256 FROM gathered ORDER BY id;

-- name: forget_gathered
DELETE FROM gathered;

-- name: insert_sighting
-- What was erased gains none: who had told of it until then is what says of whom it is still to be expected.
INSERT OR IGNORE INTO sightings (event, file, start, stop, sha256)
SELECT :event, :file, :start, :stop, :sha256 WHERE NOT (SELECT erased FROM events WHERE id = :event);

-- name: any_unclaimed
SELECT 1 FROM events WHERE session = :session AND kind = :kind AND seen = :seen LIMIT 1;

-- name: unclaimed_by_text
-- The first event of that kind and text that the other source (hook: file = 0) has told of and this one has not.
SELECT id FROM events
WHERE session = :session AND kind = :kind AND text = :text AND agent IS :agent
  AND at BETWEEN :at - :window AND :at + :window
  AND (prompt = :prompt OR prompt IS NULL OR :prompt IS NULL OR :queued OR json_extract(detail, '$.queued'))
  AND seen = iif(:hook, 2, 1)
ORDER BY prompt IS NOT :prompt, id LIMIT 1;

-- name: unclaimed_by_kind
SELECT id FROM events
WHERE session = :session AND kind = :kind AND agent IS :agent
  AND at BETWEEN :at - :window AND :at + :window
  AND seen = iif(:hook, 2, 1)
ORDER BY id LIMIT 1;

-- name: unclaimed_of_prompt
-- The same, whatever the text.
SELECT e.id, texts.body FROM events e JOIN texts ON texts.id = e.text
WHERE e.session = :session AND e.kind = :kind AND e.agent IS :agent
  AND e.at BETWEEN :at - :window AND :at + :window
  AND (e.prompt = :prompt OR e.prompt IS NULL OR :prompt IS NULL OR :queued OR json_extract(e.detail, '$.queued'))
  AND e.seen = iif(:hook, 2, 1)
ORDER BY e.id LIMIT 20;

-- name: erased_of_turn
-- What the other source alone had told of when it was erased, of the same turn: by the prompt or, `sure` being 0, because
-- nothing was asked or answered in between, and a hook tells what is asked before its line, all else behind it.
SELECT id, at, ifnull(prompt = :prompt, 0) OR :queued AS sure FROM events
WHERE session = :session AND kind = :kind AND agent IS :agent AND erased
  AND at BETWEEN :at - :window AND :at + :window
  AND seen = iif(:hook, 2, 1)
  AND (prompt = :prompt OR :queued AND at <= :at OR (prompt IS NULL OR :prompt IS NULL) AND NOT :queued
    AND iif(:hook, :at - at, at - :at) * iif(kind IN ('prompt', 'command'), -1, 1) >= -:slack
    AND NOT EXISTS (
      SELECT 1 FROM events other
      WHERE other.session = :session AND other.agent IS :agent AND other.kind IN ('prompt', 'command', 'reply')
        AND other.at > min(events.at, :at) AND other.at < max(events.at, :at)
    ))
ORDER BY prompt IS NOT :prompt, abs(at - :at), id;

-- name: event_for_filling
SELECT session, kind, prompt, tool, status, input, text, detail, erased FROM events WHERE id = :id;

-- name: fill_event
UPDATE events SET prompt = :prompt, tool = :tool, status = :status, input = :input, detail = :detail
WHERE id = :id;

-- name: fill_event_text
UPDATE events SET text = :text, terms = :terms WHERE id = :id;

-- name: session_by_name
SELECT id, project, cwd, attended, host_version, branch, started, heard, ended, end_reason, worktree, ignored
FROM sessions WHERE host = :host AND name = :name;

-- name: insert_session
INSERT INTO sessions (host, name, project, worktree, cwd, attended, host_version, branch, started, heard)
VALUES (:host, :name, :project, :worktree, :cwd, :attended, :host_version, :branch, :at, :at);

-- name: update_session
UPDATE sessions SET
  project = :project, worktree = :worktree, cwd = :cwd, attended = :attended, host_version = :host_version,
  branch = :branch, started = :started, heard = :heard, ended = :ended, end_reason = :end_reason
WHERE id = :id;

-- name: project_by_key
SELECT project FROM project_keys WHERE key = :key;

-- name: insert_project
-- One that is there without a name is known by the word of another store alone.
INSERT INTO projects (uuid, label, created, heard) VALUES (:uuid, :label, :at, :at)
ON CONFLICT (uuid) DO UPDATE SET label = excluded.label, merged_into = NULL, ignored = 0
WHERE NOT EXISTS (SELECT 1 FROM project_keys WHERE project = projects.id);

-- name: insert_project_key
INSERT OR IGNORE INTO project_keys (key, project) VALUES (:key, :project);

-- name: insert_project_hint
INSERT OR IGNORE INTO project_hints (hint, project) VALUES (:hint, :project);

-- name: forget_project_hints
DELETE FROM project_hints WHERE project = :project;

-- name: projects_hinted
-- Those that go by a weaker name, or by that very name.
SELECT project FROM project_hints WHERE hint = :hint UNION SELECT project FROM project_keys WHERE key = :hint;

-- name: project_hints
SELECT hint FROM project_hints WHERE project = :project;

-- name: project_keys
SELECT key FROM project_keys WHERE project = :project;

-- name: project_heard
UPDATE projects SET heard = max(heard, :at) WHERE id = :id;

-- name: project_row
SELECT id, uuid, label, merged_into, ignored FROM projects WHERE id = :id;

-- name: file_by_path
SELECT id, device, inode, head, head_size, read_to, state FROM files WHERE path = :path;

-- name: file_by_id
SELECT id, device, inode, head, head_size, read_to, state FROM files WHERE id = :id;

-- name: file_read_to
SELECT read_to FROM files WHERE id = :id;

-- name: files_read
-- The files of a host, and how far they were read.
SELECT path, read_to FROM files WHERE host = :host;

-- name: files_met
-- Likewise, and whether only an import told of it: it is said to hold events, and nothing of it was read.
SELECT path, read_to, read_to = 0 AND EXISTS (SELECT 1 FROM sightings WHERE file = files.id)
FROM files WHERE host = :host ORDER BY id DESC LIMIT :limit;

-- name: insert_file
INSERT INTO files (host, path) VALUES (:host, :path);

-- name: drop_unread_file
DELETE FROM files
WHERE path = :path AND read_to = 0 AND head IS NULL AND state IS NULL
  AND NOT EXISTS (SELECT 1 FROM sightings WHERE file = files.id);

-- name: update_file
UPDATE files SET device = :device, inode = :inode, head = :head, head_size = :head_size, read_to = :read_to,
  size = :size, state = :state
WHERE id = :id;

-- name: ignore_session
UPDATE sessions SET ignored = 1 WHERE id = :id;

-- name: pauses
SELECT began, until FROM pauses;

-- name: paused_at
SELECT until FROM pauses WHERE began <= :at AND (until IS NULL OR until > :at) ORDER BY until IS NULL DESC, until DESC
LIMIT 1;

-- name: begin_pause
INSERT INTO pauses (began, until) VALUES (:at, :until);

-- name: end_pause
UPDATE pauses SET until = :at WHERE began <= :at AND (until IS NULL OR until > :at);

-- name: ignored_sessions
-- Those of a project that are not recorded, and those of which nobody knows where they were.
SELECT name, started, heard FROM sessions
WHERE ignored AND (project IS NULL OR project IN (SELECT value FROM json_each(:family)));

-- name: any_open_session
SELECT 1 FROM sessions WHERE ended IS NULL AND heard > :since LIMIT 1;

-- name: projects_named
SELECT DISTINCT p.id FROM projects p LEFT JOIN project_keys k ON k.project = p.id
WHERE p.merged_into IS NULL AND (p.label = :name COLLATE NOCASE OR p.id = :number OR k.key = :name);

-- name: keep_file_state
INSERT INTO files (host, path, state) VALUES (:host, :path, :state)
ON CONFLICT (path) DO UPDATE SET state = excluded.state;

-- name: project_of_transcripts
-- The project of the session that was heard last, of those whose transcripts lie between two paths.
SELECT s.project FROM files f JOIN sightings g ON g.file = f.id JOIN events e ON e.id = g.event
JOIN sessions s ON s.id = e.session
WHERE f.path > :low AND f.path < :high AND s.project IS NOT NULL ORDER BY s.heard DESC LIMIT 1;

-- name: said_in_session
SELECT id FROM events
WHERE session = :session AND kind IN ('prompt', 'reply', 'command', 'notification', 'summary') ORDER BY id;

-- name: first_tool_since
SELECT min(at) FROM events WHERE session = :session AND kind = 'tool' AND id > :event;
