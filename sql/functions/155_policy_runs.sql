-- Policies in runs (today-governance.md 5 to 7), as the run machine and the task stages call them.

-- The sets that apply to a workspace: the global ones, those of its project, its own and those that its
-- tag bindings choose, its project's bindings included; but for what a set excludes.
CREATE OR REPLACE FUNCTION policy_sets_of(ws text) RETURNS SETOF policy_sets LANGUAGE sql STABLE AS $$
    WITH w AS (SELECT w.id, w.project_id, w.organization_id FROM workspaces w WHERE w.id = ws),
    bindings AS (
        SELECT b.key, b.value FROM tag_bindings b WHERE b.workspace_id = ws
        UNION ALL
        SELECT b.key, b.value FROM w JOIN tag_bindings b ON b.project_id = w.project_id
        WHERE NOT EXISTS (SELECT 1 FROM tag_bindings own WHERE own.workspace_id = ws AND own.key = b.key)),
    chosen AS (
        SELECT t.policy_set_id, t.is_exclude FROM w JOIN policy_sets ps ON ps.organization_id = w.organization_id
        JOIN policy_set_tag_selectors t ON t.policy_set_id = ps.id
        JOIN bindings b ON b.key = t.tag_key AND (t.tag_value IS NULL OR t.tag_value = b.value)
        WHERE t.is_exclude = ps.global
        UNION ALL
        SELECT l.policy_set_id, l.excluded FROM policy_set_workspaces l JOIN policy_sets ps ON ps.id = l.policy_set_id
        WHERE l.workspace_id = ws AND (l.excluded OR NOT ps.global)
        UNION ALL
        SELECT l.policy_set_id, l.excluded FROM w JOIN policy_set_projects l ON l.project_id = w.project_id
        JOIN policy_sets ps ON ps.id = l.policy_set_id WHERE l.excluded OR NOT ps.global)
    SELECT ps.* FROM w JOIN policy_sets ps ON ps.organization_id = w.organization_id
    WHERE (ps.global OR EXISTS (SELECT 1 FROM chosen c WHERE c.policy_set_id = ps.id AND NOT c.is_exclude))
      AND NOT EXISTS (SELECT 1 FROM chosen c WHERE c.policy_set_id = ps.id AND c.is_exclude)
    ORDER BY ps.created_at, ps.id
$$;

-- Freezes what applies to a new run: sets, their versions or policies, parameters. True: a legacy check
-- awaits it. A set without any policy is none; one whose versions are all pending or errored is one that
-- cannot be evaluated.
CREATE OR REPLACE FUNCTION policy_checks_create(run_id text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    r runs;
    ps policy_sets;
    frozen text;
    stage text;
BEGIN
    SELECT * INTO STRICT r FROM runs WHERE id = policy_checks_create.run_id;
    IF r.operation = 'assessment' THEN
        RETURN false;
    END IF;
    FOR ps IN SELECT s.* FROM policy_sets_of(r.workspace_id) s LOOP
        frozen := new_id('rps-');
        -- Until the end of the transaction nobody deletes what is shared here.
        PERFORM 1 FROM blobs b WHERE b.id IN (
            SELECT p.blob_id FROM policy_set_policies l JOIN policies p ON p.id = l.policy_id WHERE l.policy_set_id = ps.id
            UNION ALL
            SELECT v.blob_id FROM policy_set_versions v WHERE v.policy_set_id = ps.id AND v.status = 'ready') ORDER BY b.id FOR KEY SHARE;
        INSERT INTO run_policy_sets (id, run_id, name, description, kind, is_legacy, overridable, policy_tool_version,
            is_versioned, manifest, blob_id)
        SELECT frozen, r.id, ps.name, ps.description, ps.kind, ps.kind = 'sentinel' AND NOT ps.agent_enabled,
               coalesce(ps.overridable, false), ps.policy_tool_version, n.is_versioned, c.manifest, c.blob_id
        FROM (SELECT EXISTS (SELECT 1 FROM policy_set_versions v WHERE v.policy_set_id = ps.id) AS is_versioned) n
        LEFT JOIN LATERAL (SELECT v.manifest, v.blob_id FROM policy_set_versions v
                           WHERE v.policy_set_id = ps.id AND v.status = 'ready' ORDER BY v.created_at DESC, v.id DESC LIMIT 1) c ON true
        WHERE n.is_versioned OR EXISTS (SELECT 1 FROM policy_set_policies l WHERE l.policy_set_id = ps.id);
        CONTINUE WHEN NOT FOUND;
        INSERT INTO run_policies (run_policy_set_id, name, description, query, enforcement_level, blob_id)
        SELECT frozen, p.name, coalesce(p.description, ''), p.query, p.enforcement_level, p.blob_id
        FROM policy_set_policies l JOIN policies p ON p.id = l.policy_id WHERE l.policy_set_id = ps.id ORDER BY p.created_at, p.id;
        INSERT INTO run_policy_parameters (run_policy_set_id, parameter_id, key, value, sealed_value)
        SELECT frozen, v.id, v.key, v.value, v.sealed_value FROM policy_set_parameters v WHERE v.policy_set_id = ps.id;
    END LOOP;
    IF EXISTS (SELECT 1 FROM run_policy_sets s WHERE s.run_id = r.id AND NOT s.is_legacy) THEN
        INSERT INTO task_stages (id, run_id, organization_id, workspace_id, stage)
        VALUES (new_id('ts-'), r.id, r.organization_id, r.workspace_id, 'post_plan')
        ON CONFLICT ON CONSTRAINT task_stages_stage_key DO UPDATE SET updated_at = task_stages.updated_at
        RETURNING id INTO stage;
        INSERT INTO policy_evaluations (id, task_stage_id, run_id, policy_kind, policy_tool_version)
        SELECT new_id('poleval-'), stage, r.id, s.kind, coalesce(min(s.policy_tool_version), 'latest')
        FROM run_policy_sets s WHERE s.run_id = r.id AND NOT s.is_legacy GROUP BY s.kind;
    END IF;
    INSERT INTO policy_checks (id, run_id)
    SELECT new_id('polchk-'), r.id WHERE EXISTS (SELECT 1 FROM run_policy_sets s WHERE s.run_id = r.id AND s.is_legacy);
    RETURN FOUND;
END $$;

-- True: the run has a check, which is queued now.
CREATE OR REPLACE FUNCTION policy_check_begin(run_id text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE policy_checks c SET status = 'queued', status_timestamps = c.status_timestamps || status_time('queued-at')
    WHERE c.run_id = policy_check_begin.run_id AND c.status = 'pending';
    RETURN FOUND;
END $$;

-- OPA is a job for a runner, of the kind that planned; Sentinel is evaluated by terrace-worker.
CREATE OR REPLACE FUNCTION policy_evaluations_begin(stage_id text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE policy_evaluations e SET status = 'queued', status_timestamps = e.status_timestamps || status_time('queued-at'),
        updated_at = now()
    WHERE e.task_stage_id = stage_id AND e.status = 'pending';
    INSERT INTO run_jobs (id, run_id, phase_id, kind, agent_pool_id, priority)
    SELECT new_id('job-'), e.run_id, ph.id, 'policy', (
        SELECT j.agent_pool_id FROM run_jobs j WHERE j.run_id = e.run_id AND j.kind = 'plan' ORDER BY j.created_at DESC LIMIT 1), 1
    FROM policy_evaluations e JOIN run_phases ph ON ph.run_id = e.run_id AND ph.kind = 'plan'
    WHERE e.task_stage_id = stage_id AND e.policy_kind = 'opa' AND e.status = 'queued';
END $$;

-- The run is over: what was at work is canceled, what never began is what `status` says, and nothing is
-- evaluated any more.
CREATE OR REPLACE FUNCTION policy_runs_end(run_id text, status text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE policy_checks c SET status = v.status, status_timestamps = c.status_timestamps || status_time(v.status || '-at')
    FROM (SELECT o.id, CASE o.status WHEN 'pending' THEN policy_runs_end.status ELSE 'canceled' END AS status
          FROM policy_checks o WHERE o.run_id = policy_runs_end.run_id) v
    WHERE c.id = v.id AND c.status IN ('pending', 'queued');
    UPDATE policy_evaluations e SET status = v.status, status_timestamps = e.status_timestamps || status_time(v.status || '-at'),
        updated_at = now()
    FROM (SELECT o.id, CASE o.status WHEN 'pending' THEN policy_runs_end.status ELSE 'canceled' END AS status
          FROM policy_evaluations o WHERE o.run_id = policy_runs_end.run_id) v
    WHERE e.id = v.id AND e.status IN ('pending', 'queued', 'running');
    DELETE FROM run_policy_sets s WHERE s.run_id = policy_runs_end.run_id;
END $$;

-- What the evaluations of a stage make of it: NULL while one is out, else passed, awaiting_override or
-- failed. Only who may still apply something can override.
CREATE OR REPLACE FUNCTION policy_stage_verdict(stage_id text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN bool_or(e.status NOT IN ('passed', 'overridden')
                             AND NOT (e.status = 'failed' AND e.is_overridable
                                      AND NOT r.plan_only AND (r.has_changes OR r.allow_empty_apply))) THEN 'failed'
                WHEN bool_or(e.status = 'failed') THEN 'awaiting_override' ELSE 'passed' END
    FROM task_stages s JOIN runs r ON r.id = s.run_id LEFT JOIN policy_evaluations e ON e.task_stage_id = s.id
    WHERE s.id = stage_id GROUP BY s.id
    HAVING bool_and(e.status IS NULL OR e.status NOT IN ('pending', 'queued', 'running'))
$$;
