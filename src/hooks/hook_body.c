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

/* A message for people: what has happened, and what is known of it. */
struct fact {
    const char *title;
    const char *text;
    bool is_long;
};
#define FACT_COUNT 8

struct message {
    const char *destination_type;
    const char *text, *color;
    const char *url, *button; /* where it leads */
    struct fact facts[FACT_COUNT];
};

static const char *workspace_path(struct arena *arena, const char *organization,
                                  const char *workspace)
{
    return workspace ? arena_printf(arena, "%s/%s", organization ? organization : "", workspace)
                     : NULL;
}

#define NEUTRAL_COLOR "#5c4ee5"

static const char *color_of(const struct hook_notification *n)
{
    if (strcmp(n->trigger, "run:errored") == 0)
        return "#c73445";
    if (strcmp(n->trigger, "run:completed") == 0)
        return "#2eb039";
    return strcmp(n->trigger, "run:needs_attention") == 0 ? "#fa8f37" : NEUTRAL_COLOR;
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

static void write_slack(struct arena *arena, struct json_writer *w, const struct message *m)
{
    const struct fact *facts = m->facts;

    json_object_begin(w);
    json_member_string(w, "text", slack_text(arena, m->text));
    json_key(w, "attachments");
    json_array_begin(w);
    json_object_begin(w);
    json_member_string(w, "fallback", m->text);
    json_member_string(w, "color", m->color);
    json_member_string(w, "title", m->text);
    if (m->url)
        json_member_string(w, "title_link", m->url);
    json_key(w, "fields");
    json_array_begin(w);
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (!facts[i].text)
            continue;
        json_object_begin(w);
        json_member_string(w, "title", facts[i].title);
        json_member_string(w, "value", slack_text(arena, facts[i].text));
        json_member_bool(w, "short", !facts[i].is_long);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
    json_array_end(w);
    json_object_end(w);
}

static void write_card(struct json_writer *w, const struct message *m)
{
    const struct fact *facts = m->facts;

    json_object_begin(w);
    json_member_string(w, "$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
    json_member_string(w, "type", "AdaptiveCard");
    json_member_string(w, "version", "1.4");
    json_key(w, "body");
    json_array_begin(w);
    json_object_begin(w);
    json_member_string(w, "type", "TextBlock");
    json_member_string(w, "text", m->text);
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
    if (m->url) {
        json_key(w, "actions");
        json_array_begin(w);
        json_object_begin(w);
        json_member_string(w, "type", "Action.OpenUrl");
        json_member_string(w, "title", m->button);
        json_member_string(w, "url", m->url);
        json_object_end(w);
        json_array_end(w);
    }
    json_object_end(w);
}

static void write_microsoft_teams(struct json_writer *w, const struct message *m)
{
    json_object_begin(w);
    json_member_string(w, "type", "message");
    json_key(w, "attachments");
    json_array_begin(w);
    json_object_begin(w);
    json_member_string(w, "contentType", "application/vnd.microsoft.card.adaptive");
    json_key(w, "content");
    write_card(w, m);
    json_object_end(w);
    json_array_end(w);
    json_object_end(w);
}

static bool is_for_people(const char *destination_type)
{
    return strcmp(destination_type, "slack") == 0 ||
           strcmp(destination_type, "microsoft-teams") == 0;
}

/* The text of a mail. */
static const char *plain_text(struct arena *arena, const struct message *m)
{
    struct buf out;

    buf_init(&out, arena);
    buf_printf(&out, "%s\n\n", m->text);
    for (size_t i = 0; i < FACT_COUNT; i++)
        if (m->facts[i].text)
            buf_printf(&out, "%s: %s\n", m->facts[i].title, m->facts[i].text);
    if (m->url)
        buf_printf(&out, "\n%s: %s\n", m->button, m->url);
    return buf_str(&out);
}

static void write_message(struct arena *arena, struct json_writer *w, const struct message *m)
{
    if (strcmp(m->destination_type, "slack") == 0)
        write_slack(arena, w, m);
    else
        write_microsoft_teams(w, m);
}

const char *hook_body_notification(struct arena *arena, const struct hook_notification *n)
{
    const struct message message = {
        n->destination_type,
        n->message,
        color_of(n),
        n->run_url,
        n->run_id ? "Open the run" : "Open the workspace",
        {{"Workspace", workspace_path(arena, n->organization_name, n->workspace_name), false},
         {"Run", n->run_id, false},
         {"Message", n->run_message, true},
         {"Created by", n->run_created_by, false},
         {"Created at", n->run_created_at, false},
         {"Event at", n->run_updated_at, false},
         {"Destroy at", n->auto_destroy_at, false},
         {"Problem", n->problem, true}},
    };
    struct json_writer w;
    struct buf out;

    if (strcmp(n->destination_type, "email") == 0)
        return plain_text(arena, &message);
    buf_init(&out, arena);
    json_writer_init(&w, &out);
    if (is_for_people(n->destination_type))
        write_message(arena, &w, &message);
    else if (n->scope)
        write_scoped(&w, n);
    else
        write_generic(&w, n);
    return buf_str(&out);
}

static void write_change_request(struct json_writer *w, const struct hook_change_request *c)
{
    json_object_begin(w);
    json_member_int(w, "payload_version", 1);
    json_member_string(w, "notification_configuration_id", c->configuration_id);
    json_member_string(w, "change_request_url", c->url);
    json_member_string(w, "change_request_subject", c->subject);
    json_member_string(w, "change_request_message", c->message);
    json_member_string(w, "change_request_created_at", c->created_at);
    json_member_string(w, "change_request_created_by", c->created_by);
    json_member_string(w, "workspace_id", c->workspace_id);
    json_member_string(w, "workspace_name", c->workspace_name);
    json_member_string(w, "organization_name", c->organization_name);
    json_object_end(w);
}

const char *hook_body_change_request(struct arena *arena, const struct hook_change_request *c)
{
    const struct message message = {
        c->destination_type,
        c->title,
        NEUTRAL_COLOR,
        c->url,
        "Open the change request",
        {{"Workspace", workspace_path(arena, c->organization_name, c->workspace_name), false},
         {"Subject", c->subject, false},
         {"Message", c->message, true},
         {"Created by", c->created_by, false},
         {"Created at", c->created_at, false}},
    };
    struct json_writer w;
    struct buf out;

    if (strcmp(c->destination_type, "email") == 0)
        return plain_text(arena, &message);
    buf_init(&out, arena);
    json_writer_init(&w, &out);
    if (is_for_people(c->destination_type))
        write_message(arena, &w, &message);
    else
        write_change_request(&w, c);
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
    const struct {
        const char *title, *text;
    } strings[] = {
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
