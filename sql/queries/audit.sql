-- The audit trail (today-access.md 11.4).

-- $1 organization, $2 who, $3 request, $4 address, $5 thing, $6 its type, $7 action, $8 details. What
-- is done to the configuration itself is recorded even where the trail is turned off.
-- name: audit_event_create :exec
INSERT INTO audit_events (id, organization_id, accessor_id, description, auth_type, request_id, remote_addr,
    resource_id, resource_type, action, meta)
SELECT gen_random_uuid()::text, $1, $2, {{accessor_name}}, 'Client', $3, $4, $5, $6, $7, $8::jsonb
WHERE $6 = 'audit_configuration' OR NOT EXISTS (
    SELECT 1 FROM audit_configurations c WHERE c.organization_id = $1 AND NOT c.audit_trails_enabled);

-- fragment: accessor_name
coalesce((SELECT u.username FROM users u WHERE u.id = $2), (SELECT t.name FROM teams t WHERE t.id = $2),
         (SELECT o.name FROM organizations o WHERE o.id = $2),
         (SELECT 'SCIM: ' || k.description FROM tokens k WHERE k.id = $2 AND k.kind = 'scim'), $2)

-- An event about user $1 in every organization that the user is in: $2 who, $3 request, $4 address, $5 action.
-- name: audit_user_events :exec
INSERT INTO audit_events (id, organization_id, accessor_id, description, auth_type, request_id, remote_addr,
    resource_id, resource_type, action)
SELECT gen_random_uuid()::text, m.organization_id, $2, {{accessor_name}}, 'Client', $3, $4, $1, 'user', $5
FROM organization_memberships m
WHERE m.user_id = $1 AND NOT EXISTS (
    SELECT 1 FROM audit_configurations c WHERE c.organization_id = m.organization_id AND NOT c.audit_trails_enabled);

-- Times have a resolution of a second, like those of the service that clients know: an event of the
-- second that `since` ($4) is in does not count as later.
-- fragment: audit_since
($4::text IS NULL OR e.occurred_at >= date_trunc('second', $4::timestamptz) + interval '1 second')

-- The token decides which organization's. $2 limit, $3 offset.
-- name: audit_event_list :many
{{principal}}
SELECT p.auth, s.mask AS scope,
       (SELECT count(*) FROM audit_events e WHERE e.organization_id = s.id AND {{audit_since}}) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT o.id, {{organization_mask}} AS mask FROM organizations o
    WHERE o.id = p.organization_id) s ON s.mask & (1::bigint << 32) <> 0
LEFT JOIN LATERAL (
    SELECT e.id, e.organization_id, date_trunc('second', e.occurred_at) AS occurred_at, e.accessor_id, e.description,
           e.auth_type, e.request_id, e.resource_id, e.resource_type, e.action, e.meta
    FROM audit_events e WHERE e.organization_id = s.id AND {{audit_since}}
    ORDER BY e.occurred_at DESC, e.position DESC LIMIT $2 OFFSET $3) x ON true;

-- fragment: audit_configuration_columns
'auc-' || substr(o.id, 5) AS id, o.name AS organization, coalesce(c.audit_trails_enabled, true) AS audit_trails_enabled,
c.enabled_at, c.disabled_at, coalesce(c.updated_at, o.created_at) AS updated_at

-- name: audit_configuration_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{audit_configuration_columns}}, {{organization_mask}} AS mask
    FROM organizations o LEFT JOIN audit_configurations c ON c.organization_id = o.id
    WHERE o.name = $2) x ON x.mask & (1::bigint << 28) <> 0;

-- name: audit_configuration_reply :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{audit_configuration_columns}}, {{organization_mask}} AS mask
    FROM organizations o LEFT JOIN audit_configurations c ON c.organization_id = o.id
    WHERE o.id = $2) x ON x.mask & (1::bigint << 28) <> 0;

-- $1 organization, $2 document, $3 who.
-- name: audit_configuration_update :exec
INSERT INTO audit_configurations AS c (organization_id, audit_trails_enabled, enabled_at, disabled_at)
SELECT $1, n.enabled, CASE WHEN n.enabled THEN now() END, CASE WHEN NOT n.enabled THEN now() END
FROM (SELECT ($2::jsonb ->> 'audit_trails_enabled')::boolean AS enabled) n
WHERE n.enabled IS NOT NULL AND $3::text IS NOT NULL
ON CONFLICT (organization_id) DO UPDATE SET audit_trails_enabled = EXCLUDED.audit_trails_enabled, updated_at = now(),
    enabled_at = CASE WHEN EXCLUDED.audit_trails_enabled AND NOT c.audit_trails_enabled THEN now() ELSE c.enabled_at END,
    disabled_at = CASE WHEN c.audit_trails_enabled AND NOT EXCLUDED.audit_trails_enabled THEN now() ELSE c.disabled_at END;

-- At most $2 at a time, so that no transaction grows without end. The command counts.
-- name: ctl_audit_prune :one
WITH old AS (
    SELECT e.ctid FROM audit_events e WHERE e.occurred_at < now() - make_interval(days => $1::integer) LIMIT $2::integer),
gone AS (DELETE FROM audit_events e USING old WHERE e.ctid = old.ctid RETURNING 1)
SELECT count(*) AS count FROM gone;
