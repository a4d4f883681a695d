-- What has been applied. The run-time role may read it (the server refuses a schema that it does
-- not know) and never writes it.
CREATE TABLE schema_migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- The files of sql/functions as they were last replaced.
CREATE TABLE schema_functions (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    replaced_at timestamptz NOT NULL DEFAULT now()
);
