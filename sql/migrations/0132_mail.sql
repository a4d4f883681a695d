-- Mail: the server that takes it, and what waits to be sent (today-admin.md 7.6).
ALTER TABLE smtp_settings ADD COLUMN enabled boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT smtp_settings_complete_check
        CHECK (NOT enabled OR host IS NOT NULL AND port IS NOT NULL AND sender IS NOT NULL);

CREATE TABLE mails (
    position        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind            text NOT NULL, -- invitation (of a membership); confirmation of a new address, new password (of a user)
    membership_id   text CONSTRAINT mails_membership_fkey REFERENCES organization_memberships ON DELETE CASCADE,
    user_id         text CONSTRAINT mails_user_fkey REFERENCES users ON DELETE CASCADE,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    due_at          timestamptz(3) NOT NULL DEFAULT now(),
    attempts        integer NOT NULL DEFAULT 0,
    CONSTRAINT mails_kind_check CHECK (kind IN ('invitation', 'confirmation', 'password')),
    CONSTRAINT mails_about_check CHECK (num_nonnulls(membership_id, user_id) = 1 AND (kind = 'invitation') = (membership_id IS NOT NULL))
);
CREATE INDEX mails_due_idx ON mails (due_at, position);
CREATE INDEX mails_membership_idx ON mails (membership_id);
CREATE INDEX mails_user_idx ON mails (user_id);

-- When somebody last asked for mail in the user's name: it may be anybody.
ALTER TABLE users ADD COLUMN mailed_at timestamptz(3);
