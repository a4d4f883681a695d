-- Exports of plans (today-runs.md 7.9).

-- fragment: plan_export_columns
e.id, e.organization_id, e.data_type, e.phase_id AS plan_id, ph.run_id, e.created_at, e.expires_at,
CASE WHEN e.expires_at > now() THEN 'finished' ELSE 'expired' END AS status

-- name: plan_export_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{plan_export_columns}}, {{workspace_mask}} AS scope
    FROM plan_exports e JOIN run_phases ph ON ph.id = e.phase_id JOIN runs r ON r.id = ph.run_id {{run_workspace}}
    WHERE e.id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- Nobody makes another export of plan $1 until the end of the transaction.
-- name: plan_export_begin :one
SELECT ph.id FROM run_phases ph WHERE ph.id = $1 FOR NO KEY UPDATE;

-- name: plan_export_current :one
SELECT e.id FROM plan_exports e WHERE e.phase_id = $1 AND e.expires_at > now() LIMIT 1;

-- $2 the plan.
-- name: plan_export_create :exec
INSERT INTO plan_exports (id, organization_id, phase_id, data_type)
SELECT $1, r.organization_id, ph.id, x.data_type
FROM run_phases ph JOIN runs r ON r.id = ph.run_id, jsonb_populate_record(NULL::plan_exports, $3::jsonb) x
WHERE ph.id = $2 AND $4::text IS NOT NULL;

-- name: plan_export_delete :exec
DELETE FROM plan_exports WHERE id = $1 AND $2::text IS NOT NULL;

-- For the signed URL: nobody is asked who they are.
-- name: plan_export_object :one
SELECT e.id, ph.run_id FROM plan_exports e JOIN run_phases ph ON ph.id = e.phase_id
WHERE e.id = $1 AND e.expires_at > now();
