-- Task stages of runs (today-runs.md section 15), as the run machine calls them in its transactions.

-- At the creation of a run: a stage for each that has an enabled task, with a result for each task. A task
-- that is both attached and global is asked once a stage, as strictly as either wants. Terraform before
-- 1.1.9 knows nothing of them (14.4).
CREATE OR REPLACE FUNCTION run_stages_create(run_id text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    r runs;
BEGIN
    SELECT * INTO STRICT r FROM runs WHERE id = run_stages_create.run_id;
    IF r.operation = 'assessment' OR version_sort_key(r.terraform_version) COLLATE "C" < version_sort_key('1.1.9') COLLATE "C" THEN
        RETURN;
    END IF;
    WITH wanted AS (
        SELECT t.id AS task_id, t.name, t.url, t.created_at, a.id AS workspace_task_id, a.enforcement_level AS level, unnest(a.stages) AS stage
        FROM workspace_tasks a JOIN run_tasks t ON t.id = a.task_id
        WHERE a.workspace_id = r.workspace_id AND t.enabled
        UNION ALL
        SELECT t.id, t.name, t.url, t.created_at, NULL, t.global_enforcement_level, unnest(t.global_stages)
        FROM run_tasks t JOIN organizations o ON o.id = t.organization_id
        WHERE t.organization_id = r.organization_id AND t.global_enabled AND t.enabled AND is_entitled_to_global_tasks(o.id)),
    tasks AS (
        SELECT w.task_id, w.name, w.url, w.created_at, w.stage, max(w.workspace_task_id) AS workspace_task_id,
               max(w.level) AS level -- mandatory comes after advisory
        FROM wanted w GROUP BY w.task_id, w.name, w.url, w.created_at, w.stage),
    stages AS (
        INSERT INTO task_stages (id, run_id, organization_id, workspace_id, stage)
        SELECT new_id('ts-'), r.id, r.organization_id, r.workspace_id, s.stage
        FROM (SELECT DISTINCT t.stage FROM tasks t) s
        ON CONFLICT ON CONSTRAINT task_stages_stage_key DO UPDATE SET updated_at = task_stages.updated_at
        RETURNING id, stage)
    INSERT INTO task_results (id, task_stage_id, run_id, task_id, task_name, task_url, workspace_task_id, enforcement_level)
    SELECT new_id('taskrs-'), s.id, r.id, t.task_id, t.name, t.url, t.workspace_task_id, t.level
    FROM tasks t JOIN stages s ON s.stage = t.stage ORDER BY t.created_at, t.task_id;
END $$;

-- Global tasks come with every plan but the free one.
CREATE OR REPLACE FUNCTION is_entitled_to_global_tasks(organization text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (SELECT 1 FROM subscriptions s JOIN feature_sets f ON f.id = s.feature_set_id
                       WHERE s.organization_id = organization AND f.is_free_tier)
$$;

-- True: there is such a stage, it is running now, and its requests are due.
CREATE OR REPLACE FUNCTION run_stage_begin(run_id text, stage text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    begun text;
BEGIN
    IF stage = 'policy_check' THEN -- no task stage, but it stands in the run's way like one
        RETURN policy_check_begin(run_id);
    END IF;
    UPDATE task_stages s SET status = 'running', status_timestamps = s.status_timestamps || status_time('running-at'),
        updated_at = now()
    WHERE s.run_id = run_stage_begin.run_id AND s.stage = run_stage_begin.stage AND s.status = 'pending'
    RETURNING s.id INTO begun;
    UPDATE task_results t SET status = 'running', status_timestamps = t.status_timestamps || status_time('running-at'),
        due_at = now(), updated_at = now()
    WHERE t.task_stage_id = begun AND t.status = 'pending';
    PERFORM policy_evaluations_begin(begun);
    RETURN begun IS NOT NULL;
END $$;

-- The run is over. What was at work ends as canceled, what never began as `status` says.
CREATE OR REPLACE FUNCTION run_stages_end(run_id text, status text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE task_stages s SET status = v.status, status_timestamps = s.status_timestamps || status_time(v.status || '-at'),
        updated_at = now()
    FROM (SELECT o.id, CASE o.status WHEN 'pending' THEN run_stages_end.status ELSE 'canceled' END AS status
          FROM task_stages o WHERE o.run_id = run_stages_end.run_id) v
    WHERE s.id = v.id AND s.status IN ('pending', 'running', 'awaiting_override');
    UPDATE task_results t SET status = v.status, status_timestamps = t.status_timestamps || status_time(v.status || '-at'),
        due_at = NULL, timeout_at = NULL, updated_at = now()
    FROM (SELECT o.id, CASE o.status WHEN 'pending' THEN run_stages_end.status ELSE 'canceled' END AS status
          FROM task_results o JOIN task_stages s ON s.id = o.task_stage_id WHERE s.run_id = run_stages_end.run_id) v
    WHERE t.id = v.id AND t.status IN ('pending', 'running');
    PERFORM policy_runs_end(run_id, status);
END $$;

-- What has become of a stage: NULL while results are out, else passed, failed or awaiting_override.
-- Advisory ones never stop a run, nor does anything after the apply (3.1, 3.2); only policies can be
-- overridden (15.4).
CREATE OR REPLACE FUNCTION task_stage_verdict(stage_id text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN t.verdict IS NULL OR p.verdict IS NULL THEN NULL
                WHEN 'failed' IN (t.verdict, p.verdict) THEN 'failed' ELSE p.verdict END
    FROM (SELECT policy_stage_verdict(stage_id) AS verdict) p, LATERAL (
        SELECT CASE WHEN NOT bool_and(t.status IS NULL OR t.status NOT IN ('pending', 'running')) THEN NULL
                    WHEN bool_or(t.enforcement_level = 'mandatory' AND t.status <> 'passed') AND s.stage <> 'post_apply'
                    THEN 'failed' ELSE 'passed' END AS verdict
        FROM task_stages s LEFT JOIN task_results t ON t.task_stage_id = s.id
        WHERE s.id = stage_id GROUP BY s.id) t
$$;
