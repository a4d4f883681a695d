-- Health assessments: what a workspace has made is compared with its configuration, day after day
-- (today-runs.md section 19). One is a plan-only run that nobody sees (operation `assessment`), and what came of it.

CREATE TABLE assessment_results (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    workspace_id    text NOT NULL,
    run_id          text NOT NULL CONSTRAINT assessment_results_run_fkey REFERENCES runs ON DELETE CASCADE,
    is_recorded     boolean NOT NULL DEFAULT false, -- before, there is only the run
    succeeded       boolean NOT NULL DEFAULT false,
    error_message   text,
    drifted         boolean NOT NULL DEFAULT false,
    all_checks_succeeded boolean NOT NULL DEFAULT false,
    resources_drifted   integer,
    resources_undrifted integer,
    checks_passed   integer,
    checks_failed   integer,
    checks_errored  integer,
    checks_unknown  integer,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT assessment_results_run_key UNIQUE (run_id),
    CONSTRAINT assessment_results_workspace_fkey FOREIGN KEY (organization_id, workspace_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX assessment_results_workspace_idx ON assessment_results (workspace_id, created_at, id);
CREATE INDEX assessment_results_waiting_idx ON assessment_results (created_at) WHERE NOT is_recorded;

ALTER TABLE workspaces
    ADD COLUMN assess_at timestamptz(3), -- when the next assessment is due; NULL: none is
    ADD COLUMN current_assessment_result_id text,
    ADD COLUMN last_assessment_result_at timestamptz(3);
CREATE INDEX workspaces_assess_idx ON workspaces (assess_at) WHERE assess_at IS NOT NULL;
UPDATE workspaces w SET assess_at = now() FROM organizations o
WHERE o.id = w.organization_id AND (w.assessments_enabled OR o.assessments_enforced);
