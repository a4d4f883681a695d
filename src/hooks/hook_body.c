/* Bodies of hooks: see hook_body.h. */
#include "hooks/hook_body.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "json/json_writer.h"

/* The second version, whose number is a string (today-runs.md 18.4). */
static void write_scoped(struct json_writer *w, const struct hook_notification *n)
{
    json_object_begin(w);
    json_member_string(w, "payload_version", "2");
    json_member_string(w, "notification_configuration_id", n->configuration_id);
    json_member_string(w, "notification_configuration_url", n->configuration_url);
    json_member_string(w, "trigger_scope", n->scope);
    json_member_string(w, "trigger", n->trigger);
    json_member_string(w, "message", n->message);
    json_member_raw(w, "details", n->details);
    json_object_end(w);
}

static void write_generic(struct json_writer *w, const struct hook_notification *n)
{
    json_object_begin(w);
    json_member_int(w, "payload_version", 1);
    json_member_string(w, "notification_configuration_id", n->configuration_id);
    json_member_string(w, "run_url", n->run_url);
    json_member_string(w, "run_id", n->run_id);
    json_member_string(w, "run_message", n->run_message);
    json_member_string(w, "run_created_at", n->run_created_at);
    json_member_string(w, "run_created_by", n->run_created_by);
    json_member_string(w, "workspace_id", n->workspace_id);
    json_member_string(w, "workspace_name", n->workspace_name);
    json_member_string(w, "organization_name", n->organization_name);
    json_key(w, "notifications");
    json_array_begin(w);
    json_object_begin(w);
    json_member_string(w, "message", n->message);
    json_member_string(w, "trigger", n->trigger);
    json_member_string(w, "run_status", n->run_status);
    json_member_string(w, "run_updated_at", n->run_updated_at);
    json_member_string(w, "run_updated_by", n->run_updated_by);
    json_object_end(w);
    json_array_end(w);
    json_object_end(w);
}

/* The lines of a message for people: what is known of the run. */
struct fact {
    const char *title;
    const char *text;
};
#define FACT_COUNT 8

static void facts_of(struct arena *arena, const struct hook_notification *n,
                     struct fact facts[FACT_COUNT])
{
    const char *workspace =
        n->workspace_name
            ? arena_printf(arena, "%s/%s", n->organization_name ? n->organization_name : "",
                           n->workspace_name)
            : NULL;
    const struct fact all[FACT_COUNT] = {
        {"Workspace", workspace},           {"Run", n->run_id},
        {"Message", n->run_message},        {"Created by", n->run_created_by},
        {"Created at", n->run_created_at},  {"Event at", n->run_updated_at},
        {"Destroy at", n->auto_destroy_at}, {"Problem", n->problem},
    };
    memcpy(facts, all, sizeof all);
}

static const char *color_of(const struct hook_notification *n)
{
    if (strcmp(n->trigger, "run:errored") == 0)
        return "#c73445";
    if (strcmp(n->trigger, "run:completed") == 0)
        return "#2eb039";
    return strcmp(n->trigger, "run:needs_attention") == 0 ? "#fa8f37" : "#5c4ee5";
}

/* Slack's markup has three special characters. */
static const char *slack_text(struct arena *arena, const char *text)
{
    struct buf out;
    buf_init(&out, arena);
    for (; *text; text++) {
        if (*text == '&')
            buf_adds(&out, "&amp;");
        else if (*text == '<')
            buf_adds(&out, "&lt;");
        else if (*text == '>')
            buf_adds(&out, "&gt;");
        else
            buf_addc(&out, *text);
    }
    return buf_str(&out);
}

static void write_slack(struct arena *arena, struct json_writer *w,
                        const struct hook_notification *n)
{
    struct fact facts[FACT_COUNT];

    facts_of(arena, n, facts);
    json_object_begin(w);
    json_member_string(w, "text", slack_text(arena, n->message));
    json_key(w, "attachments");
    json_array_begin(w);
    json_object_begin(w);
    json_member_string(w, "fallback", n->message);
    json_member_string(w, "color", color_of(n));
    json_member_string(w, "title", n->message);
    if (n->run_url)
        json_member_string(w, "title_link", n->run_url);
    json_key(w, "fields");
    json_array_begin(w);
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (!facts[i].text)
            continue;
        json_object_begin(w);
        json_member_string(w, "title", facts[i].title);
        json_member_string(w, "value", slack_text(arena, facts[i].text));
        json_member_bool(w, "short", strcmp(facts[i].title, "Message") != 0);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
    json_array_end(w);
    json_object_end(w);
}

static void write_card(struct arena *arena, struct json_writer *w,
                       const struct hook_notification *n)
{
    struct fact facts[FACT_COUNT];

    facts_of(arena, n, facts);
    json_object_begin(w);
    json_member_string(w, "$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
    json_member_string(w, "type", "AdaptiveCard");
    json_member_string(w, "version", "1.4");
    json_key(w, "body");
    json_array_begin(w);
    json_object_begin(w);
    json_member_string(w, "type", "TextBlock");
    json_member_string(w, "text", n->message);
    json_member_string(w, "weight", "bolder");
    json_member_bool(w, "wrap", true);
    json_object_end(w);
    json_object_begin(w);
    json_member_string(w, "type", "FactSet");
    json_key(w, "facts");
    json_array_begin(w);
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (!facts[i].text)
            continue;
        json_object_begin(w);
        json_member_string(w, "title", facts[i].title);
        json_member_string(w, "value", facts[i].text);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
    json_array_end(w);
    if (n->run_url) {
        json_key(w, "actions");
        json_array_begin(w);
        json_object_begin(w);
        json_member_string(w, "type", "Action.OpenUrl");
        json_member_string(w, "title", "Open the run");
        json_member_string(w, "url", n->run_url);
        json_object_end(w);
        json_array_end(w);
    }
    json_object_end(w);
}

static void write_microsoft_teams(struct arena *arena, struct json_writer *w,
                                  const struct hook_notification *n)
{
    json_object_begin(w);
    json_member_string(w, "type", "message");
    json_key(w, "attachments");
    json_array_begin(w);
    json_object_begin(w);
    json_member_string(w, "contentType", "application/vnd.microsoft.card.adaptive");
    json_key(w, "content");
    write_card(arena, w, n);
    json_object_end(w);
    json_array_end(w);
    json_object_end(w);
}

const char *hook_body_notification(struct arena *arena, const struct hook_notification *n)
{
    struct json_writer w;
    struct buf out;

    buf_init(&out, arena);
    json_writer_init(&w, &out);
    if (strcmp(n->destination_type, "slack") == 0)
        write_slack(arena, &w, n);
    else if (strcmp(n->destination_type, "microsoft-teams") == 0)
        write_microsoft_teams(arena, &w, n);
    else if (n->scope)
        write_scoped(&w, n);
    else
        write_generic(&w, n);
    return buf_str(&out);
}

const char *hook_body_verification(struct arena *arena, const char *destination_type,
                                   const char *configuration_id, const char *name)
{
    struct hook_notification n = {
        .destination_type = destination_type,
        .configuration_id = configuration_id,
        .message = arena_printf(arena, "Verification of %s", name),
        .trigger = "verification",
    };
    return hook_body_notification(arena, &n);
}

const char *hook_body_task(struct arena *arena, const struct hook_task *task)
{
    const struct fact strings[] = {
        {"stage", task->stage},
        {"access_token", task->access_token},
        {"configuration_version_download_url", task->configuration_version_download_url},
        {"configuration_version_id", task->configuration_version_id},
        {"organization_name", task->organization_name},
        {"plan_json_api_url", task->plan_json_api_url},
        {"run_app_url", task->run_app_url},
        {"run_created_at", task->run_created_at},
        {"run_created_by", task->run_created_by},
        {"run_id", task->run_id},
        {"run_message", task->run_message},
        {"task_result_callback_url", task->callback_url},
        {"task_result_enforcement_level", task->enforcement_level},
        {"task_result_id", task->result_id},
        {"vcs_branch", task->vcs_branch},
        {"vcs_commit_url", task->vcs_commit_url},
        {"vcs_pull_request_url", task->vcs_pull_request_url},
        {"vcs_repo_url", task->vcs_repo_url},
        {"workspace_app_url", task->workspace_app_url},
        {"workspace_id", task->workspace_id},
        {"workspace_name", task->workspace_name},
        {"workspace_working_directory", task->workspace_working_directory},
    };
    struct json_writer w;
    struct buf out;

    buf_init(&out, arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_member_int(&w, "payload_version", 1);
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
        json_member_string(&w, strings[i].title, strings[i].text);
    if (task->is_speculative)
        json_member_bool(&w, "is_speculative", task->is_speculative[0] == 't');
    else
        json_member_null(&w, "is_speculative");
    json_member_raw(&w, "capabilities", "{\"outcomes\":true}");
    json_object_end(&w);
    return buf_str(&out);
}

const char *hook_body_task_test(struct arena *arena)
{
    return hook_body_task(arena,
                          &(struct hook_task){.access_token = "test-token", .stage = "test"});
}
