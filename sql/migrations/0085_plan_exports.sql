-- Exports of plans (today-runs.md 7.9). Their bytes are made of the plan when they are asked for, so
-- that an export is no more than the right to ask for an hour.
CREATE TABLE plan_exports (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT plan_exports_organization_fkey REFERENCES organizations ON DELETE CASCADE,
    phase_id        text NOT NULL CONSTRAINT plan_exports_phase_fkey REFERENCES run_phases ON DELETE CASCADE,
    data_type       text NOT NULL,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    expires_at      timestamptz(3) NOT NULL DEFAULT now() + interval '1 hour'
);
CREATE INDEX plan_exports_phase_idx ON plan_exports (phase_id, expires_at);
CREATE INDEX plan_exports_organization_idx ON plan_exports (organization_id);
