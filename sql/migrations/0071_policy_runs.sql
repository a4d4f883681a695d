-- Policies in runs (today-governance.md sections 5 to 7): what applies to a run is frozen when it is
-- made, so that nobody changes the rules under it; what came of it stays with the run.

CREATE TABLE run_policy_sets (
    id              text PRIMARY KEY,
    run_id          text NOT NULL CONSTRAINT run_policy_sets_run_fkey REFERENCES runs ON DELETE CASCADE,
    position        bigint GENERATED ALWAYS AS IDENTITY,
    name            text NOT NULL,
    description     text NOT NULL,
    kind            text NOT NULL,
    is_legacy       boolean NOT NULL, -- of a policy check; else of an evaluation in a task stage
    overridable     boolean NOT NULL,
    policy_tool_version text,
    is_versioned    boolean NOT NULL,
    manifest        jsonb,            -- of the version; NULL: it has none that is ready
    blob_id         text CONSTRAINT run_policy_sets_blob_fkey REFERENCES blobs DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX run_policy_sets_run_idx ON run_policy_sets (run_id, position);
CREATE INDEX run_policy_sets_blob_idx ON run_policy_sets (blob_id) WHERE blob_id IS NOT NULL;
CREATE TABLE run_policies (
    run_policy_set_id text NOT NULL CONSTRAINT run_policies_set_fkey REFERENCES run_policy_sets ON DELETE CASCADE,
    position        bigint GENERATED ALWAYS AS IDENTITY,
    name            text NOT NULL,
    description     text NOT NULL,
    query           text,
    enforcement_level text NOT NULL,
    blob_id         text CONSTRAINT run_policies_blob_fkey REFERENCES blobs DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT run_policies_pkey PRIMARY KEY (run_policy_set_id, position)
);
CREATE INDEX run_policies_blob_idx ON run_policies (blob_id) WHERE blob_id IS NOT NULL;
CREATE TABLE run_policy_parameters (
    run_policy_set_id text NOT NULL CONSTRAINT run_policy_parameters_set_fkey
                    REFERENCES run_policy_sets ON DELETE CASCADE,
    parameter_id    text NOT NULL,
    key             text NOT NULL,
    value           text NOT NULL,
    sealed_value    text, -- under parameter_id
    CONSTRAINT run_policy_parameters_pkey PRIMARY KEY (run_policy_set_id, parameter_id)
);

-- The legacy check of a run: all its Sentinel sets that are not evaluated in a task stage. What policies
-- print and compute may hold secrets of the plan, so it is sealed under the check's id.
CREATE TABLE policy_checks (
    id              text PRIMARY KEY,
    run_id          text NOT NULL CONSTRAINT policy_checks_run_fkey REFERENCES runs ON DELETE CASCADE,
    status          text NOT NULL DEFAULT 'pending' CONSTRAINT policy_checks_status_check
                    CHECK (status IN ('pending', 'queued', 'passed', 'soft_failed', 'hard_failed', 'overridden',
                                      'errored', 'canceled', 'unreachable')),
    status_timestamps jsonb NOT NULL DEFAULT '{}',
    counts          jsonb,
    sealed_details  text, -- JSON: the member `sentinel` of the result
    sealed_log      text,
    claimed_until   timestamptz(3),
    attempts        integer NOT NULL DEFAULT 0,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT policy_checks_run_key UNIQUE (run_id)
);
CREATE INDEX policy_checks_queued_idx ON policy_checks (created_at, id) WHERE status = 'queued';

-- In the post-plan stage, one a kind.
CREATE TABLE policy_evaluations (
    id              text PRIMARY KEY,
    task_stage_id   text NOT NULL CONSTRAINT policy_evaluations_stage_fkey REFERENCES task_stages ON DELETE CASCADE,
    run_id          text NOT NULL,
    policy_kind     text NOT NULL,
    policy_tool_version text NOT NULL,
    status          text NOT NULL DEFAULT 'pending' CONSTRAINT policy_evaluations_status_check
                    CHECK (status IN ('pending', 'queued', 'running', 'passed', 'failed', 'overridden', 'errored',
                                      'canceled', 'unreachable')),
    is_overridable  boolean NOT NULL DEFAULT false, -- failed, but in no set that is not overridable
    status_timestamps jsonb NOT NULL DEFAULT '{}',
    result_count    jsonb NOT NULL DEFAULT '{"advisory-failed": 0, "errored": 0, "mandatory-failed": 0, "passed": 0}',
    claimed_until   timestamptz(3),
    attempts        integer NOT NULL DEFAULT 0,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT policy_evaluations_kind_key UNIQUE (task_stage_id, policy_kind)
);
CREATE INDEX policy_evaluations_run_idx ON policy_evaluations (run_id);
CREATE INDEX policy_evaluations_queued_idx ON policy_evaluations (created_at, id) WHERE status IN ('queued', 'running');

CREATE TABLE policy_set_outcomes (
    id              text PRIMARY KEY,
    position        bigint GENERATED ALWAYS AS IDENTITY,
    policy_evaluation_id text NOT NULL CONSTRAINT policy_set_outcomes_evaluation_fkey
                    REFERENCES policy_evaluations ON DELETE CASCADE,
    outcomes        jsonb NOT NULL, -- without what was printed
    sealed_output   text,           -- JSON: a list for each outcome; sealed under the id
    error           text NOT NULL DEFAULT '',
    overridable     boolean NOT NULL,
    policy_set_name text NOT NULL,
    policy_set_description text,
    policy_tool_version text NOT NULL,
    result_count    jsonb NOT NULL
);
CREATE INDEX policy_set_outcomes_evaluation_idx ON policy_set_outcomes (policy_evaluation_id, position);
