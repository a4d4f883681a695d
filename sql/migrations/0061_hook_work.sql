-- What terrace-worker does about runs: deliveries of notifications, requests of run tasks.

-- One row a notification that is to be sent; it goes when it has been. A worker holds it until due_at.
CREATE TABLE notification_deliveries (
    position        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    notification_configuration_id text NOT NULL CONSTRAINT notification_deliveries_configuration_fkey
                    REFERENCES notification_configurations ON DELETE CASCADE,
    run_id          text NOT NULL CONSTRAINT notification_deliveries_run_fkey REFERENCES runs ON DELETE CASCADE,
    trigger         text NOT NULL,
    run_status      text NOT NULL,
    run_updated_by  text, -- id of the user or team; NULL: the system
    run_updated_at  timestamptz(3) NOT NULL DEFAULT now(),
    due_at          timestamptz(3) NOT NULL DEFAULT now(),
    attempts        integer NOT NULL DEFAULT 0
);
CREATE INDEX notification_deliveries_due_idx ON notification_deliveries (due_at, position);
CREATE INDEX notification_deliveries_configuration_idx ON notification_deliveries (notification_configuration_id, position);
CREATE INDEX notification_deliveries_run_idx ON notification_deliveries (run_id);

-- The stages of a run that have tasks, and the results of those. What is shown of a task is copied when
-- the run is made.
CREATE TABLE task_stages (
    id              text PRIMARY KEY,
    run_id          text NOT NULL CONSTRAINT task_stages_run_fkey REFERENCES runs ON DELETE CASCADE,
    organization_id text NOT NULL,
    workspace_id    text NOT NULL,
    stage           text NOT NULL CONSTRAINT task_stages_stage_check
                    CHECK (stage IN ('pre_plan', 'post_plan', 'pre_apply', 'post_apply')),
    status          text NOT NULL DEFAULT 'pending' CONSTRAINT task_stages_status_check
                    CHECK (status IN ('pending', 'running', 'passed', 'failed', 'awaiting_override', 'errored',
                                      'canceled', 'unreachable')),
    status_timestamps jsonb NOT NULL DEFAULT '{}',
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT task_stages_stage_key UNIQUE (run_id, stage)
);

CREATE TABLE task_results (
    id              text PRIMARY KEY,
    position        bigint GENERATED ALWAYS AS IDENTITY,
    task_stage_id   text NOT NULL CONSTRAINT task_results_stage_fkey REFERENCES task_stages ON DELETE CASCADE,
    run_id          text NOT NULL,
    status          text NOT NULL DEFAULT 'pending' CONSTRAINT task_results_status_check
                    CHECK (status IN ('pending', 'running', 'passed', 'failed', 'errored', 'canceled', 'unreachable')),
    status_timestamps jsonb NOT NULL DEFAULT '{}',
    message         text,
    url             text,
    task_id         text NOT NULL, -- the task may be gone
    task_name       text NOT NULL,
    task_url        text NOT NULL,
    workspace_task_id text,        -- NULL: a global task
    enforcement_level text NOT NULL,
    due_at          timestamptz(3), -- when the request is to be sent; NULL: not at all, or it has been
    attempts        integer NOT NULL DEFAULT 0,
    timeout_at      timestamptz(3), -- when an answer is too late
    first_sent_at   timestamptz(3),
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX task_results_stage_idx ON task_results (task_stage_id, position);
CREATE INDEX task_results_due_idx ON task_results (due_at) WHERE status = 'running' AND due_at IS NOT NULL;
CREATE INDEX task_results_timeout_idx ON task_results (timeout_at) WHERE status = 'running' AND timeout_at IS NOT NULL;

CREATE TABLE task_result_outcomes (
    id              text PRIMARY KEY,
    position        bigint GENERATED ALWAYS AS IDENTITY,
    task_result_id  text NOT NULL CONSTRAINT task_result_outcomes_result_fkey REFERENCES task_results ON DELETE CASCADE,
    outcome_id      text NOT NULL,
    description     text NOT NULL,
    body            text,
    url             text,
    tags            jsonb NOT NULL DEFAULT '[]',
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT task_result_outcomes_outcome_key UNIQUE (task_result_id, outcome_id)
);

-- What a run task calls back with: good for one result, and for what the run's stage lets it read.
ALTER TABLE tokens ADD COLUMN task_result_id text CONSTRAINT tokens_task_result_fkey
    REFERENCES task_results ON DELETE CASCADE;
CREATE INDEX tokens_task_result_idx ON tokens (task_result_id) WHERE task_result_id IS NOT NULL;
ALTER TABLE tokens DROP CONSTRAINT tokens_kind_check;
ALTER TABLE tokens ADD CONSTRAINT tokens_kind_check
    CHECK (kind IN ('user', 'team', 'organization', 'audit-trails', 'agent', 'scim', 'run', 'runner', 'task'));
CREATE INDEX tokens_spent_idx ON tokens (expired_at) WHERE kind = 'task';
