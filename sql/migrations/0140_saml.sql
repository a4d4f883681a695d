-- Signing in by SAML 2.0. in_force is kept by a trigger (functions/167_saml.sql).
ALTER TABLE saml_settings ADD COLUMN in_force boolean NOT NULL DEFAULT false;

ALTER TABLE users
    ADD COLUMN is_service_account boolean NOT NULL DEFAULT false, -- as the identity provider says
    ADD COLUMN saml_expires_at timestamptz(3); -- user tokens count until then; NULL: without SAML

-- Requests that the identity provider has not answered yet, and answers that were used.
CREATE TABLE saml_requests (
    id              text CONSTRAINT saml_requests_pkey PRIMARY KEY,
    return_to       text NOT NULL,
    expires_at      timestamptz(3) NOT NULL
);
CREATE INDEX saml_requests_expires_idx ON saml_requests (expires_at);
CREATE TABLE saml_assertions (
    id              text CONSTRAINT saml_assertions_pkey PRIMARY KEY,
    expires_at      timestamptz(3) NOT NULL
);
CREATE INDEX saml_assertions_expires_idx ON saml_assertions (expires_at);
