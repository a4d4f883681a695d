-- Of the last 30 runs of a workspace that errored or applied (today-workspaces.md 2.6): kept when a run
-- ends, for a workspace is read far more often.
ALTER TABLE workspaces
    ADD COLUMN apply_duration_average integer, -- milliseconds
    ADD COLUMN plan_duration_average integer,
    ADD COLUMN policy_check_failures integer,
    ADD COLUMN run_failures integer,
    ADD COLUMN workspace_kpis_runs_count integer;
