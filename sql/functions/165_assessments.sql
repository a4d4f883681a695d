-- When workspaces are assessed, and who hears of it (today-runs.md section 19).

-- A few minutes after it was asked for, by the workspace or for all of the organization.
CREATE OR REPLACE FUNCTION plan_assessment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.assessments_enabled OR (SELECT o.assessments_enforced FROM organizations o WHERE o.id = NEW.organization_id) THEN
        NEW.assess_at := coalesce(NEW.assess_at, now() + interval '2 minutes');
    ELSE
        NEW.assess_at := NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER workspaces_plan_assessment BEFORE INSERT ON workspaces FOR EACH ROW
    EXECUTE FUNCTION plan_assessment();
CREATE OR REPLACE TRIGGER workspaces_replan_assessment BEFORE UPDATE OF assessments_enabled ON workspaces FOR EACH ROW
    WHEN (NEW.assessments_enabled <> OLD.assessments_enabled) EXECUTE FUNCTION plan_assessment();

CREATE OR REPLACE FUNCTION plan_assessments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE workspaces w SET assess_at = CASE WHEN NEW.assessments_enforced OR w.assessments_enabled
        THEN coalesce(w.assess_at, now() + interval '2 minutes') END
    WHERE w.organization_id = NEW.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER organizations_plan_assessments AFTER UPDATE OF assessments_enforced ON organizations FOR EACH ROW
    WHEN (NEW.assessments_enforced <> OLD.assessments_enforced) EXECUTE FUNCTION plan_assessments();

-- As the payload of a notification has it (18.4). $2: address of the installation.
CREATE OR REPLACE FUNCTION assessment_details(a assessment_results, base text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN a.id IS NOT NULL THEN jsonb_build_object(
        'id', a.id, 'url', base || '/api/v2/assessment-results/' || a.id, 'succeeded', a.succeeded, 'drifted', a.drifted,
        'all_checks_succeeded', a.all_checks_succeeded, 'resources_drifted', a.resources_drifted,
        'resources_undrifted', a.resources_undrifted, 'checks_passed', a.checks_passed, 'checks_failed', a.checks_failed,
        'checks_errored', a.checks_errored, 'checks_unknown', a.checks_unknown, 'created_at', payload_time(a.created_at)) END
$$;

-- Tells of a result, when it is news: another extent of the drift, of failed checks, or the first failure.
CREATE OR REPLACE FUNCTION notify_assessment(result text, prior text, base text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO notification_deliveries (notification_configuration_id, workspace_id, trigger, details)
    SELECT l.id, w.id, k.trigger, jsonb_build_object(
        'new_assessment_result', assessment_details(a, $3), 'prior_assessment_result', assessment_details(b, $3),
        'workspace_id', w.id, 'workspace_name', w.name, 'organization_name', o.name)
    FROM assessment_results a LEFT JOIN assessment_results b ON b.id = $2
    JOIN workspaces w ON w.id = a.workspace_id JOIN organizations o ON o.id = w.organization_id,
         LATERAL (
            SELECT 'assessment:drifted' AS trigger
            WHERE a.drifted AND a.resources_drifted IS DISTINCT FROM b.resources_drifted
            UNION ALL
            SELECT 'assessment:check_failure'
            WHERE a.succeeded AND NOT a.all_checks_succeeded
              AND (a.checks_failed, a.checks_errored) IS DISTINCT FROM (b.checks_failed, b.checks_errored)
            UNION ALL
            SELECT 'assessment:failed' WHERE NOT a.succeeded AND b.succeeded IS NOT FALSE) k,
         LATERAL notification_listeners(w.id, k.trigger) l
    WHERE a.id = $1
    ORDER BY l.created_at, l.id
$$;
