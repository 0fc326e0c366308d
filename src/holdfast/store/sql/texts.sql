-- name: other_secrets
SELECT value FROM meta WHERE name GLOB 'secret:*' AND typeof(value) = 'blob' ORDER BY name;

-- name: text_by_hash
SELECT id FROM texts WHERE hash = :hash;

-- name: text_by_id
SELECT body FROM texts WHERE id = :id;

-- name: insert_text_unless_known
INSERT INTO texts (hash, body) VALUES (:hash, :body) ON CONFLICT DO NOTHING;

-- name: insert_text
INSERT INTO texts (hash, body) VALUES (:hash, :body) ON CONFLICT DO NOTHING RETURNING id;
