-- Of no-code modules, what every workspace is asked about. In a function, whose parts are planned when it is
-- called: hardly any workspace is of such a module, and all are shown by the same statement.

-- Whether the module offers a newer version than the one that the workspace's resources came from. Only the
-- version decides: what is pinned may also be older. $2 name/provider/version.
CREATE OR REPLACE FUNCTION no_code_upgrade_available(module text, at text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM no_code_modules n, LATERAL (
            SELECT v.sort_key FROM registry_module_versions v
            WHERE v.module_id = n.registry_module_id AND v.status = 'ok' AND NOT v.revoked
              AND (n.version_pin IS NULL OR v.version = n.version_pin)
            ORDER BY split_part(v.version, '+', 1) LIKE '%-%', v.sort_key DESC LIMIT 1) t
        WHERE n.id = module AND n.enabled AND t.sort_key > version_sort_key(split_part(at, '/', 3)) COLLATE "C");
END $$;
