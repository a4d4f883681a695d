/* Bodies of hooks: valid JSON with the members that receivers know. */
#include "hooks/hook_body.h"

#include "base/arena.h"
#include "json/json_reader.h"
#include "unit/unit.h"

static struct arena *arena;

static const struct json_value *parsed(const char *text)
{
    const char *reason = NULL;
    const struct json_value *value = json_read(arena, text, strlen(text), 16, &reason);
    CHECK_STR(reason, NULL);
    return value;
}

static struct hook_notification notification(const char *type)
{
    return (struct hook_notification){.destination_type = type,
                                      .configuration_id = "nc-1",
                                      .run_url = "https://a/app/o/w/runs/run-1",
                                      .run_id = "run-1",
                                      .run_message = "<b> & \"q\"",
                                      .workspace_name = "w",
                                      .organization_name = "o",
                                      .message = "Run Errored",
                                      .trigger = "run:errored",
                                      .run_status = "errored"};
}

TEST(generic)
{
    struct hook_notification n = notification("generic");
    const struct json_value *body = parsed(hook_body_notification(arena, &n));
    const struct json_value *list = json_get(body, "notifications");
    CHECK_INT(json_integer(json_get(body, "payload_version")), 1);
    CHECK_STR(json_text(json_get(body, "run_message")), "<b> & \"q\"");
    CHECK_INT(json_kind(json_get(body, "run_created_by")), JSON_NULL);
    CHECK_INT(json_length(list), 1);
    CHECK_STR(json_text(json_get(json_at(list, 0), "trigger")), "run:errored");
    CHECK_INT(json_kind(json_get(json_at(list, 0), "run_updated_by")), JSON_NULL);
}

TEST(what_is_no_run)
{
    struct hook_notification n = notification("generic");
    n.scope = "workspace";
    n.details = "{\"trigger_type\": \"reminder\"}";
    const struct json_value *body = parsed(hook_body_notification(arena, &n));
    CHECK_STR(json_text(json_get(body, "payload_version")), "2");
    CHECK_STR(json_text(json_get(body, "trigger_scope")), "workspace");
    CHECK_STR(json_text(json_get(json_get(body, "details"), "trigger_type")), "reminder");
    CHECK(!json_get(body, "run_id"));
}

TEST(change_request)
{
    struct hook_change_request c = {.destination_type = "generic",
                                    .configuration_id = "nc-1",
                                    .url = "https://a/app/o/w/change-requests/wscr-1",
                                    .subject = "Pin <it>",
                                    .message = "M",
                                    .workspace_name = "w",
                                    .organization_name = "o",
                                    .title = "Change Request Created"};
    const struct json_value *body = parsed(hook_body_change_request(arena, &c));
    CHECK_INT(json_integer(json_get(body, "payload_version")), 1);
    CHECK_STR(json_text(json_get(body, "change_request_subject")), "Pin <it>");
    CHECK_INT(json_kind(json_get(body, "change_request_created_by")), JSON_NULL);
    CHECK(!json_get(body, "notifications"));
    c.destination_type = "slack";
    body = json_at(json_get(parsed(hook_body_change_request(arena, &c)), "attachments"), 0);
    CHECK_STR(json_text(json_get(body, "title")), "Change Request Created");
    CHECK_INT(json_length(json_get(body, "fields")), 3);
    CHECK_STR(json_text(json_get(json_at(json_get(body, "fields"), 1), "value")), "Pin &lt;it&gt;");
    c.destination_type = "microsoft-teams";
    parsed(hook_body_change_request(arena, &c));
}

TEST(slack)
{
    struct hook_notification n = notification("slack");
    const struct json_value *body = parsed(hook_body_notification(arena, &n));
    const struct json_value *attachment = json_at(json_get(body, "attachments"), 0);
    const struct json_value *fields = json_get(attachment, "fields");
    CHECK_STR(json_text(json_get(body, "text")), "Run Errored");
    CHECK_STR(json_text(json_get(attachment, "title_link")), "https://a/app/o/w/runs/run-1");
    /* What is not known is not shown; markup of the message is none here. */
    CHECK_INT(json_length(fields), 3);
    CHECK_STR(json_text(json_get(json_at(fields, 0), "value")), "o/w");
    CHECK_STR(json_text(json_get(json_at(fields, 2), "value")), "&lt;b&gt; &amp; \"q\"");
}

TEST(microsoft_teams)
{
    struct hook_notification n = notification("microsoft-teams");
    const struct json_value *body = parsed(hook_body_notification(arena, &n));
    const struct json_value *attachment = json_at(json_get(body, "attachments"), 0);
    const struct json_value *card = json_get(attachment, "content");
    CHECK_STR(json_text(json_get(body, "type")), "message");
    CHECK_STR(json_text(json_get(card, "type")), "AdaptiveCard");
    CHECK_STR(json_text(json_get(json_at(json_get(card, "body"), 0), "text")), "Run Errored");
    CHECK_STR(json_text(json_get(json_at(json_get(card, "actions"), 0), "url")),
              "https://a/app/o/w/runs/run-1");
}

TEST(verifications_of_every_kind)
{
    static const char *const types[] = {"generic", "slack", "microsoft-teams"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        CHECK(strstr(hook_body_verification(arena, types[i], "nc-1", "My \"hook\""),
                     "Verification of My \\\"hook\\\"") != NULL);
    const struct json_value *body = parsed(hook_body_verification(arena, "generic", "nc-1", "x"));
    CHECK_INT(json_kind(json_get(body, "run_id")), JSON_NULL);
    CHECK_STR(json_text(json_get(json_at(json_get(body, "notifications"), 0), "trigger")),
              "verification");
}

TEST(task)
{
    static const char *const keys[] = {"payload_version",
                                       "stage",
                                       "access_token",
                                       "capabilities",
                                       "configuration_version_download_url",
                                       "configuration_version_id",
                                       "is_speculative",
                                       "organization_name",
                                       "plan_json_api_url",
                                       "run_app_url",
                                       "run_created_at",
                                       "run_created_by",
                                       "run_id",
                                       "run_message",
                                       "task_result_callback_url",
                                       "task_result_enforcement_level",
                                       "task_result_id",
                                       "vcs_branch",
                                       "vcs_commit_url",
                                       "vcs_pull_request_url",
                                       "vcs_repo_url",
                                       "workspace_app_url",
                                       "workspace_id",
                                       "workspace_name",
                                       "workspace_working_directory"};
    const struct json_value *body = parsed(hook_body_task_test(arena));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        CHECK(json_get(body, keys[i]) != NULL);
    CHECK_STR(json_text(json_get(body, "access_token")), "test-token");
    CHECK_STR(json_text(json_get(body, "stage")), "test");
    CHECK(json_boolean(json_find(body, "capabilities", "outcomes", NULL)));
    CHECK_INT(json_kind(json_get(body, "is_speculative")), JSON_NULL);
    body = parsed(hook_body_task(arena, &(struct hook_task){.is_speculative = "f"}));
    CHECK_INT(json_kind(json_get(body, "is_speculative")), JSON_BOOL);
}

int main(int argc, char **argv)
{
    arena = arena_new();
    int failed = unit_run(argc > 1 ? argv[1] : getenv("T"));
    arena_free(arena);
    return failed;
}
