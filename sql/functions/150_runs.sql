-- What the run machine (src/run) looks at before it moves a run: the workspace's row is locked first,
-- then the run's, so that whatever moves runs of one workspace goes one after the other.

-- It has other columns than it once had.
DROP FUNCTION IF EXISTS run_begin(text);
CREATE OR REPLACE FUNCTION run_begin(run text) RETURNS TABLE (id text, organization_id text, workspace_id text,
    status text, is_final boolean, plan_only boolean, save_plan boolean, auto_apply boolean, allow_empty_apply boolean,
    has_changes boolean, holds_lock boolean, may_start boolean, cancel_requested boolean, may_force_cancel boolean,
    locked_by text, next_id text, execution_mode text, agent_pool_id text, is_fetching boolean)
LANGUAGE plpgsql AS $$
DECLARE
    ws text := (SELECT r.workspace_id FROM runs r WHERE r.id = run);
    own_position bigint;
BEGIN
    SELECT w.locked_by INTO locked_by FROM workspaces w WHERE w.id = ws FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT r.id, r.organization_id, r.workspace_id, r.status, r.is_final, r.plan_only, r.save_plan,
           r.auto_apply AND r.may_auto_apply, r.allow_empty_apply, r.has_changes, r.position,
           r.canceled_at IS NOT NULL, r.canceled_at IS NOT NULL AND r.force_cancel_available_at <= clock_timestamp()
        INTO id, organization_id, workspace_id, status, is_final, plan_only, save_plan,
             auto_apply, allow_empty_apply, has_changes, own_position, cancel_requested, may_force_cancel
        FROM runs r WHERE r.id = run FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- Its configuration is still on its way from a VCS provider.
    is_fetching := EXISTS (SELECT FROM runs r JOIN configuration_versions cv ON cv.id = r.configuration_version_id
                           WHERE r.id = run AND cv.status = 'pending');
    holds_lock := locked_by IS NOT DISTINCT FROM run;
    -- Who waits for the workspace: runs that change it and have not begun, saved plans that are confirmed.
    SELECT r.id INTO next_id FROM runs r
        WHERE r.workspace_id = ws AND NOT r.is_final AND NOT r.plan_only
          AND r.status = CASE WHEN r.save_plan THEN 'confirmed' ELSE 'pending' END
        ORDER BY r.position LIMIT 1;
    may_start := plan_only OR save_plan AND status = 'pending' OR holds_lock
                 OR locked_by IS NULL AND next_id IS NOT DISTINCT FROM run;
    SELECT CASE WHEN w.own_execution_mode THEN w.execution_mode WHEN pr.own_execution_mode THEN pr.execution_mode
                ELSE o.default_execution_mode END,
           CASE WHEN w.own_execution_mode THEN w.agent_pool_id WHEN pr.own_execution_mode THEN pr.agent_pool_id
                ELSE o.default_agent_pool_id END
        INTO execution_mode, agent_pool_id
        FROM workspaces w JOIN projects pr ON pr.id = w.project_id JOIN organizations o ON o.id = w.organization_id
        WHERE w.id = ws;
    RETURN NEXT;
END $$;

-- The names of an instant in `status-timestamps`: whole seconds (today-runs.md 1.4).
CREATE OR REPLACE FUNCTION status_time(key text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN key IS NULL THEN '{}'
           ELSE jsonb_build_object(key, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')) END
$$;

-- The account that acts for a user, team or organization: a team's token has one of its own
-- (today-access.md 3).
CREATE OR REPLACE FUNCTION acting_user(id text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN id LIKE 'user-%' THEN id ELSE 'user-' || split_part(id, '-', 2) END
$$;

-- How long a phase took; NULL when it never ran.
CREATE OR REPLACE FUNCTION phase_milliseconds(timestamps jsonb) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT extract(epoch FROM coalesce(timestamps ->> 'finished-at', timestamps ->> 'errored-at')::timestamptz
                   - (timestamps ->> 'started-at')::timestamptz) * 1000
$$;
