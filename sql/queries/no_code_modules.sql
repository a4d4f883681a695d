-- Modules for use without code (today-registry-vcs.md section 4).

-- fragment: no_code_module_columns
n.id, n.registry_module_id, n.version_pin, n.enabled, o.name AS organization,
ARRAY(SELECT v.id FROM no_code_variable_options v WHERE v.no_code_module_id = n.id ORDER BY v.position) AS option_ids

-- name: no_code_module_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{no_code_module_columns}}, {{organization_mask}} AS mask
    FROM no_code_modules n JOIN organizations o ON o.id = n.organization_id
    WHERE n.id = $2 {{once}}) x ON x.mask & (1::bigint << 28) <> 0;

-- name: no_code_module_include :many
{{principal}}
SELECT {{no_code_module_columns}}
FROM p, no_code_modules n JOIN organizations o ON o.id = n.organization_id,
    LATERAL (SELECT {{organization_mask}} AS mask) x
WHERE n.id = ANY ($2::text[]) AND x.mask & (1::bigint << 28) <> 0;

-- name: no_code_variable_option_include :many
{{principal}}
SELECT v.id, v.variable_name, v.variable_type, v.options
FROM p, no_code_variable_options v JOIN no_code_modules n ON n.id = v.no_code_module_id
JOIN organizations o ON o.id = n.organization_id, LATERAL (SELECT {{organization_mask}} AS mask) x
WHERE v.id = ANY ($2::text[]) AND x.mask & (1::bigint << 28) <> 0
ORDER BY v.no_code_module_id, v.position;

-- name: no_code_module_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT n.id, n.organization_id, n.registry_module_id, {{organization_mask}} AS scope
    FROM no_code_modules n JOIN organizations o ON o.id = n.organization_id
    WHERE n.id = $2 {{once}}) x ON x.scope & (1::bigint << 28) <> 0;

-- name: no_code_module_create :exec
INSERT INTO no_code_modules (id, organization_id, registry_module_id, version_pin, enabled)
SELECT $1, $2, r.registry_module_id, nullif(nullif(r.version_pin, ''), 'latest'), r.enabled
FROM jsonb_populate_record(NULL::no_code_modules, $3::jsonb) r WHERE $4::text IS NOT NULL;

-- name: no_code_module_update :exec
UPDATE no_code_modules t SET updated_at = now(), (version_pin, enabled)
  = (SELECT nullif(nullif(r.version_pin, ''), 'latest'), r.enabled FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: no_code_module_delete :exec
DELETE FROM no_code_modules WHERE id = $1 AND $2::text IS NOT NULL;

-- name: no_code_variable_option_clear :exec
DELETE FROM no_code_variable_options WHERE no_code_module_id = $1;

-- $2 [{name, type, options}], in order.
-- name: no_code_variable_option_create :exec
INSERT INTO no_code_variable_options (id, no_code_module_id, position, variable_name, variable_type, options)
SELECT new_id('ncvaropt-'), $1, f.place, f.item ->> 'name', f.item ->> 'type',
       ARRAY(SELECT jsonb_array_elements_text(f.item -> 'options'))
FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY f(item, place);

-- What a version asks for, and whether a global variable set gives it already. $3 version.
-- name: registry_module_variable_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT n.id, n.organization_id, v.contents, {{organization_mask}} AS mask
    FROM no_code_modules n JOIN organizations o ON o.id = n.organization_id
    JOIN registry_module_versions v ON v.module_id = n.registry_module_id AND v.version = $3 AND v.status = 'ok'
    WHERE n.id = $2 {{once}}) s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT md5(s.id || '/' || (f.item ->> 'name')) AS id, f.item ->> 'name' AS name, f.item ->> 'type' AS type,
           f.item ->> 'description' AS description, (f.item ->> 'required')::boolean AS required,
           (f.item ->> 'sensitive')::boolean AS sensitive,
           coalesce((SELECT c.options FROM no_code_variable_options c
                     WHERE c.no_code_module_id = s.id AND c.variable_name = f.item ->> 'name'), '{}') AS options,
           EXISTS (SELECT FROM varsets g JOIN vars d ON d.varset_id = g.id
                   WHERE g.organization_id = s.organization_id AND g.global AND d.category = 'terraform'
                     AND d.key = f.item ->> 'name') AS has_global
    FROM jsonb_array_elements(s.contents -> 'root' -> 'inputs') WITH ORDINALITY f(item, place)
    ORDER BY f.place LIMIT $4 OFFSET $5) x ON true;
