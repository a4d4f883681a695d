-- Gives a run-time role its rights: rows, no DDL. Only the owner of the tables can, so that anybody
-- may execute it.
CREATE OR REPLACE FUNCTION schema_grant(role text) RETURNS void
    LANGUAGE plpgsql AS
$$
DECLARE
    home text := current_schema();
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', home, role);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', home, role);
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO %I', home, role);
    EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA %I TO %I', home, role);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON %I.schema_migrations, %I.schema_functions FROM %I',
                   home, home, role);
END
$$;
