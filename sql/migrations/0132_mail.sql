-- Mail: the server that takes it, and what waits to be sent (today-admin.md 7.6).
ALTER TABLE smtp_settings ADD COLUMN enabled boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT smtp_settings_complete_check
        CHECK (NOT enabled OR host IS NOT NULL AND port IS NOT NULL AND sender IS NOT NULL);

CREATE TABLE mails (
    position        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    membership_id   text NOT NULL CONSTRAINT mails_membership_fkey REFERENCES organization_memberships ON DELETE CASCADE,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    due_at          timestamptz(3) NOT NULL DEFAULT now(),
    attempts        integer NOT NULL DEFAULT 0
);
CREATE INDEX mails_due_idx ON mails (due_at, position);
CREATE INDEX mails_membership_idx ON mails (membership_id);
