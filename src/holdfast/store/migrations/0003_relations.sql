-- How memories stand to each other: a projection of the log. The ends are ids, since a relation may come to a store
-- before the memories that it speaks of.
CREATE TABLE relations (
  uuid       BLOB PRIMARY KEY,             -- derived from the two ends, in either order
  source     BLOB NOT NULL,
  target     BLOB NOT NULL,
  relation   TEXT,                         -- the verdict; NULL: pending
  reason     TEXT,
  evidence   TEXT,
  confidence REAL,
  actor      TEXT,
  kind       TEXT,                         -- owner, agent: who judged
  session    TEXT,
  score      REAL,                         -- of a candidate
  created    INTEGER NOT NULL,             -- Unix ms
  judged     INTEGER
) WITHOUT ROWID;
CREATE INDEX relations_source ON relations (source);
CREATE INDEX relations_target ON relations (target);
CREATE INDEX changes_relations ON changes (entity) WHERE entity_kind = 'relation';

-- What supersedes what. A verdict speaks of what the target said then: one that was written anew since is not
-- superseded. What nobody here said replaces only its like, unless a person judged so; and no agent's verdict takes away
-- what sessions are given first: what always holds, what is pinned, and what its owner prefers everywhere.
CREATE VIEW supersessions AS
  SELECT t.id AS target, s.id AS source, s.alive AND NOT s.erased AND s.trust <> 'quarantined' AS holds,
    s.scope AS scope, t.project AS of_project, s.project AS by_project, r.judged AS judged
  FROM relations r JOIN memories t ON t.uuid = r.target JOIN memories s ON s.uuid = r.source
  WHERE r.relation = 'supersedes' AND s.scope = t.scope AND t.revised <= r.judged
    AND (r.kind = 'owner'
      OR (s.trust IN ('owner', 'agent') OR s.trust = t.trust)
        AND NOT (t.standing OR t.pinned OR t.scope = 'personal' AND t.kind = 'preference' AND t.trust = 'owner'));
