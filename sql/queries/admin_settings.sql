-- Settings of the site (today-admin.md section 7). Only a site administrator's user token sees them.

-- fragment: site_scope
CASE WHEN p.is_site_admin THEN 0 END AS scope

-- $1 its name, $2 sealed; NULL removes it.
-- name: setting_secret_set :exec
WITH gone AS (DELETE FROM setting_secrets WHERE id = $1 AND $2::text IS NULL)
INSERT INTO setting_secrets (id, sealed_value) SELECT $1, $2 WHERE $2::text IS NOT NULL
ON CONFLICT ON CONSTRAINT setting_secrets_pkey DO UPDATE SET sealed_value = excluded.sealed_value;

-- name: setting_secret :one
SELECT s.sealed_value FROM setting_secrets s WHERE s.id = $1;

-- fragment: saml_settings_rows
(SELECT t.*, s.enabled AS scim_enabled FROM saml_settings t, scim_settings s) x ON p.is_site_admin

-- name: saml_settings_show :one
{{principal}}
SELECT p.auth, {{site_scope}}, x.* FROM p LEFT JOIN {{saml_settings_rows}};

-- name: saml_settings_reply :one
{{principal}}
SELECT p.auth, {{site_scope}}, x.* FROM p LEFT JOIN {{saml_settings_rows}} AND x.id = $2;

-- A new certificate of the provider keeps the one before, until that is revoked.
-- name: saml_settings_update :exec
UPDATE saml_settings t SET (enabled, debug, authn_requests_signed, want_assertions_signed, team_management_enabled,
    old_idp_cert, idp_cert, slo_endpoint_url, sso_endpoint_url, attr_username, attr_groups, attr_site_admin,
    site_admin_role, sso_api_token_session_timeout, certificate, signature_signing_method, signature_digest_method,
    provider_type)
  = (SELECT r.enabled, r.debug, r.authn_requests_signed, r.want_assertions_signed, r.team_management_enabled,
    CASE WHEN r.idp_cert IS DISTINCT FROM t.idp_cert THEN t.idp_cert ELSE t.old_idp_cert END, r.idp_cert,
    r.slo_endpoint_url, r.sso_endpoint_url, r.attr_username, r.attr_groups, r.attr_site_admin,
    r.site_admin_role, r.sso_api_token_session_timeout, r.certificate, r.signature_signing_method,
    r.signature_digest_method, r.provider_type
    FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: saml_settings_revoke :exec
UPDATE saml_settings SET old_idp_cert = NULL WHERE id = $1;

-- name: general_settings_show :one
{{principal}}
SELECT p.auth, {{site_scope}}, x.* FROM p LEFT JOIN general_settings x ON p.is_site_admin;

-- name: general_settings_reply :one
{{principal}}
SELECT p.auth, {{site_scope}}, x.* FROM p LEFT JOIN general_settings x ON p.is_site_admin AND x.id = $2;

-- name: general_settings_update :exec
UPDATE general_settings t SET (limit_user_organization_creation, api_rate_limiting_enabled, api_rate_limit,
    send_passing_statuses_for_untriggered_speculative_plans,
    allow_speculative_plans_on_pull_requests_from_forks, default_remote_state_access, apply_timeout,
    plan_timeout)
  = (SELECT r.limit_user_organization_creation, r.api_rate_limiting_enabled, r.api_rate_limit,
    r.send_passing_statuses_for_untriggered_speculative_plans,
    r.allow_speculative_plans_on_pull_requests_from_forks, r.default_remote_state_access, r.apply_timeout,
    r.plan_timeout
     FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- Requests a second of one caller; 0: any number.
-- name: rate_limit :one
SELECT CASE WHEN g.api_rate_limiting_enabled THEN g.api_rate_limit ELSE 0 END AS requests FROM general_settings g;

-- name: cost_estimation_settings_show :one
{{principal}}
SELECT p.auth, {{site_scope}}, x.* FROM p LEFT JOIN cost_estimation_settings x ON p.is_site_admin;

-- name: cost_estimation_settings_reply :one
{{principal}}
SELECT p.auth, {{site_scope}}, x.* FROM p LEFT JOIN cost_estimation_settings x ON p.is_site_admin AND x.id = $2;

-- name: cost_estimation_settings_update :exec
UPDATE cost_estimation_settings t SET (aws_access_key_id, azure_client_id, azure_subscription_id, azure_tenant_id)
  = (SELECT r.aws_access_key_id, r.azure_client_id, r.azure_subscription_id, r.azure_tenant_id
     FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: customization_settings_show :one
{{principal}}
SELECT p.auth, {{site_scope}}, x.* FROM p LEFT JOIN customization_settings x ON p.is_site_admin;

-- name: customization_settings_reply :one
{{principal}}
SELECT p.auth, {{site_scope}}, x.* FROM p LEFT JOIN customization_settings x ON p.is_site_admin AND x.id = $2;

-- name: customization_settings_update :exec
UPDATE customization_settings t SET (support_email_address, login_help, footer, error, new_user)
  = (SELECT r.support_email_address, r.login_help, r.footer, r.error, r.new_user
     FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: smtp_settings_show :one
{{principal}}
SELECT p.auth, {{site_scope}}, x.* FROM p LEFT JOIN smtp_settings x ON p.is_site_admin;

-- name: smtp_settings_reply :one
{{principal}}
SELECT p.auth, {{site_scope}}, x.* FROM p LEFT JOIN smtp_settings x ON p.is_site_admin AND x.id = $2;

-- name: smtp_settings_update :exec
UPDATE smtp_settings t SET (enabled, host, port, sender, auth_method, username)
  = (SELECT r.enabled, r.host, r.port, r.sender, r.auth_method, r.username
     FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: twilio_settings_show :one
{{principal}}
SELECT p.auth, {{site_scope}}, x.* FROM p LEFT JOIN twilio_settings x ON p.is_site_admin;

-- name: twilio_settings_reply :one
{{principal}}
SELECT p.auth, {{site_scope}}, x.* FROM p LEFT JOIN twilio_settings x ON p.is_site_admin AND x.id = $2;

-- name: twilio_settings_update :exec
UPDATE twilio_settings t SET (account_sid, from_number)
  = (SELECT r.account_sid, r.from_number
     FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- Texts of the pages; nothing of it is secret.
-- name: customization_texts :one
SELECT support_email_address, login_help, footer, error, new_user FROM customization_settings WHERE id = 'customization';

-- name: oidc_settings_load :one
{{principal}}
SELECT p.auth, {{site_scope}}, 'oidc' AS id FROM p;

-- name: oidc_key_list :many
SELECT jwk FROM oidc_keys ORDER BY position DESC;

-- name: oidc_key_now :one
SELECT k.id, s.sealed_value FROM oidc_keys k JOIN setting_secrets s ON s.id = 'oidc/' || k.id ORDER BY k.position DESC LIMIT 1;

-- name: oidc_key_create :exec
INSERT INTO oidc_keys (id, jwk) VALUES ($1, $2);

-- All but the newest; $1 what the names of their secrets begin with.
-- name: oidc_key_trim :exec
WITH gone AS (DELETE FROM oidc_keys WHERE position < (SELECT max(position) FROM oidc_keys) RETURNING id)
DELETE FROM setting_secrets s USING gone WHERE s.id = $1 || gone.id;
