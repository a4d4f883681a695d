-- Keeps organizations.user_token_limit and tokens.capped_at (today-access.md 1.1, 3.2 and 3.6). They
-- change when a policy or a switch does, which is rare; requests only compare them with the time.

-- How old a token of this kind may get in the organization; NULL: any age.
CREATE OR REPLACE FUNCTION token_max_age(organization text, token_kind text) RETURNS interval
LANGUAGE sql STABLE AS $$
    SELECT make_interval(secs => t.max_ttl_ms / 1000.0)
    FROM organizations o JOIN token_ttl_policies t ON t.organization_id = o.id
    WHERE o.id = organization AND o.max_ttl_enabled AND t.token_type = replace(token_kind, '-', '_')
$$;

CREATE OR REPLACE FUNCTION apply_token_limits(organization text) RETURNS void
LANGUAGE sql AS $$
    UPDATE organizations o SET user_token_limit = l.age
    FROM (SELECT n.id, CASE WHEN n.user_tokens_enabled THEN token_max_age(n.id, 'user')
                            ELSE interval '0' END AS age
          FROM organizations n WHERE n.id = organization) l
    WHERE o.id = l.id AND o.user_token_limit IS DISTINCT FROM l.age;
    UPDATE tokens t SET capped_at = t.created_at + token_max_age(organization, t.kind)
    WHERE t.organization_id = organization
      AND t.capped_at IS DISTINCT FROM t.created_at + token_max_age(organization, t.kind)
$$;

CREATE OR REPLACE FUNCTION token_limits_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'organizations' THEN
        PERFORM apply_token_limits(NEW.id);
    ELSE
        PERFORM apply_token_limits(coalesce(NEW.organization_id, OLD.organization_id));
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER organizations_token_limits_new AFTER INSERT ON organizations
    FOR EACH ROW WHEN (NOT NEW.user_tokens_enabled) EXECUTE FUNCTION token_limits_changed();
CREATE OR REPLACE TRIGGER organizations_token_limits AFTER UPDATE ON organizations
    FOR EACH ROW WHEN (NEW.user_tokens_enabled <> OLD.user_tokens_enabled
                       OR NEW.max_ttl_enabled <> OLD.max_ttl_enabled)
    EXECUTE FUNCTION token_limits_changed();
CREATE OR REPLACE TRIGGER token_ttl_policies_token_limits AFTER INSERT OR UPDATE OR DELETE ON token_ttl_policies
    FOR EACH ROW EXECUTE FUNCTION token_limits_changed();

-- A team's token knows its organization, and every new token its end.
CREATE OR REPLACE FUNCTION token_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind = 'team' THEN
        NEW.organization_id := (SELECT organization_id FROM teams WHERE id = NEW.team_id);
    END IF;
    NEW.capped_at := NEW.created_at + token_max_age(NEW.organization_id, NEW.kind);
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER tokens_made BEFORE INSERT OR UPDATE OF created_at ON tokens
    FOR EACH ROW EXECUTE FUNCTION token_made();
