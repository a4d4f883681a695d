-- Semantic versions in order as bytes (COLLATE "C"): numbers padded, a release behind its
-- pre-releases (a digit and ! stand before ~), build metadata last and only to tell two apart.
CREATE OR REPLACE FUNCTION version_sort_key(version text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (SELECT string_agg(lpad(n, 20, '0'), '.' ORDER BY i)
            FROM string_to_table(parts[1], '.') WITH ORDINALITY t(n, i))
        || coalesce((SELECT string_agg(CASE WHEN n ~ '^[0-9]+$' THEN '!0' || lpad(n, 64, '0') ELSE '!1' || n END,
                                       '' ORDER BY i)
                     FROM string_to_table(parts[2], '.') WITH ORDINALITY t(n, i)), '~')
        || coalesce(' ' || parts[3], '')
    FROM regexp_match(version, '^([0-9.]+)(?:-([^+]*))?(?:[+](.*))?$') parts
$$;
