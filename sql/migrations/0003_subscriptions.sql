-- Plans by name and what an organization is subscribed to. Terrace sells nothing and every plan has
-- every feature; ceilings and dates are the administrator's record, kept and given back.
CREATE TABLE feature_sets (
    id              text PRIMARY KEY,
    identifier      text NOT NULL CONSTRAINT feature_sets_identifier_key UNIQUE,
    name            text NOT NULL CONSTRAINT feature_sets_name_key UNIQUE,
    description     text NOT NULL,
    position        integer NOT NULL,
    default_runs_ceiling integer NOT NULL,
    is_free_tier    boolean NOT NULL,
    is_current      boolean NOT NULL DEFAULT true
);
INSERT INTO feature_sets (id, identifier, name, description, position, default_runs_ceiling, is_free_tier) VALUES
    ('fs-free', 'free', 'Free', 'Everything this server offers, one run at a time', 1, 1, true),
    ('fs-standard', 'standard-entitlement', 'Standard (entitlement)', 'Everything this server offers', 2, 10, false),
    ('fs-business', 'business', 'Business', 'Everything this server offers', 3, 100, false);

CREATE TABLE subscriptions (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT subscriptions_organization_key UNIQUE
                    CONSTRAINT subscriptions_organization_fkey REFERENCES organizations ON DELETE CASCADE,
    feature_set_id  text NOT NULL CONSTRAINT subscriptions_feature_set_fkey REFERENCES feature_sets,
    runs_ceiling    integer,
    agents_ceiling  integer,
    contract_start_at timestamptz(3),
    contract_user_limit integer,
    contract_apply_limit integer,
    contract_managed_resources_limit integer,
    end_at          timestamptz(3),
    created_at      timestamptz(3) NOT NULL DEFAULT now()
);
