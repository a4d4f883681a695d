/* The parts that pages about runs are made of. */
#include "api/pages/pages.h"

#include <string.h>

#include "api/pages/run_words.h"
#include "api/pages/terminal.h"
#include "base/arena.h"
#include "crypto/crypto.h"
#include "jsonapi/context.h"

/* Of one run, newest events and all tasks that anybody would look at. */
#define MOST_EVENTS "100"
#define MOST_TASKS "100"
#define MOST_OF_CHECK (128 * 1024)

static void add(struct context *context, struct buf *out, enum web_template template,
                const struct template_value *values)
{
    buf_adds(out, page_part(context, template, values));
}

/* `pre_plan` as `pre plan`. */
static const char *spaced(struct context *context, const char *name)
{
    char *copy = arena_strdup(context->arena, name);
    for (char *c = copy; *c; c++)
        if (*c == '_')
            *c = ' ';
    return copy;
}

void run_part_fact(struct context *context, struct buf *out, const char *name, const char *value)
{
    const struct template_value values[] = {{"name", name}, {"value", value}, {0}};
    if (value && *value)
        add(context, out, WEB_FACT, values);
}

const char *run_part_actor(const char *id, const char *name)
{
    if (name || !id)
        return name;
    if (strncmp(id, "org-", 4) == 0)
        return "the organization";
    return strncmp(id, "team-", 5) == 0 ? "a team" : "somebody who has left";
}

void run_part_row(struct context *context, struct buf *out, const struct rows *rows, size_t i,
                  const char *organization, const char *workspace)
{
    const char *status = rows_get(rows, i, "status");
    const char *place = rows_get(rows, i, "workspace");
    const char *id = rows_get(rows, i, "id");
    struct run_words words = {"No runs", "over"};

    if (status)
        words = run_words_of(status, rows_bool(rows, i, "began_plan"),
                             rows_bool(rows, i, "began_apply"));
    if (!workspace)
        workspace = place;
    const struct template_value values[] = {
        {"status", words.text},
        {"tone", words.tone},
        {"workspace", place},
        {"workspace_path", page_place(context, organization, workspace, NULL)},
        {"path", id ? page_place(context, organization, workspace, id) : NULL},
        {"message", rows_get(rows, i, "message")},
        {"locked", rows_bool(rows, i, "is_locked") ? "t" : NULL},
        {"operation", status ? run_words_operation(rows_get(rows, i, "operation")) : NULL},
        {"who",
         run_part_actor(rows_get(rows, i, "created_by"), rows_get(rows, i, "created_by_name"))},
        {"when", page_time(context, rows_get(rows, i, "created_at"))},
        {0},
    };
    add(context, out, WEB_RUN_ROW, values);
}

/* `1 to add, 0 to change, 2 to destroy`, as the CLI puts it. */
static const char *counts(struct context *context, const struct rows *rows, size_t i)
{
    bool plan = strcmp(rows_get(rows, i, "kind"), "plan") == 0;
    const char *imports = rows_get(rows, i, "resource_imports");

    return arena_printf(context->arena,
                        plan ? "%s%s%s to add, %s to change, %s to destroy"
                             : "%s%s%s added, %s changed, %s destroyed",
                        strcmp(imports, "0") == 0 ? "" : imports,
                        strcmp(imports, "0") == 0 ? ""
                        : plan                    ? " to import, "
                                                  : " imported, ",
                        rows_get(rows, i, "resource_additions"),
                        rows_get(rows, i, "resource_changes"),
                        rows_get(rows, i, "resource_destructions"));
}

static const char *name_of(const char *kind)
{
    static const char *const names[][2] = {{"plan", "Plan"}, {"apply", "Apply"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i][0], kind) == 0)
            return names[i][1];
    return "Query";
}

bool run_part_phase(struct context *context, struct buf *out, const struct rows *rows, size_t i,
                    const char *path)
{
    const char *kind = rows_get(rows, i, "kind");
    const char *status = rows_get(rows, i, "status");
    bool finished = strcmp(status, "finished") == 0;
    bool plan = strcmp(kind, "plan") == 0, query = strcmp(kind, "query") == 0;
    bool left_out, changes_left_out = false;
    struct buf log, changes;

    buf_init(&log, context->arena);
    buf_init(&changes, context->arena);
    if (!run_log_html(context, &log, rows, i, &left_out))
        return false;
    /* A plain log has them. */
    if (plan && finished && rows_bool(rows, i, "is_structured") &&
        !run_plan_html(context, &changes, rows_get(rows, i, "id"), &changes_left_out))
        return false;
    const struct template_value values[] = {
        {"name", name_of(kind)},
        {"status", spaced(context, status)},
        {"counts", finished && !query ? counts(context, rows, i) : NULL},
        {"no_changes", finished && plan && !rows_bool(rows, i, "has_changes") ? "t" : NULL},
        {"generated", rows_bool(rows, i, "generated_configuration") ? "t" : NULL},
        {"started", page_time(context, rows_get(rows, i, "started_at"))},
        {"ended", page_time(context, rows_get(rows, i, "ended_at"))},
        {"agent", rows_get(rows, i, "agent_name")},
        {"changes", buf_str(&changes)},
        {"changes_left_out", changes_left_out ? "t" : NULL},
        {"log", buf_str(&log)},
        {"left_out", left_out ? "t" : NULL},
        {"log_path", arena_printf(context->arena, "%s/%s", path, kind)},
        {0},
    };
    add(context, out, WEB_RUN_PHASE, values);
    return true;
}

bool run_part_events(struct context *context, struct buf *out, const struct session *session,
                     const char *run)
{
    struct rows *rows;

    if (!page_db_ok(context,
                    db_query(context->service->db, context->arena, STATEMENT_PAGE_EVENT_LIST, &rows,
                             session->hash, run, MOST_EVENTS)))
        return false;
    for (size_t i = 0; i < rows_count(rows); i++) {
        const struct template_value values[] = {
            {"action", spaced(context, rows_get(rows, i, "action"))},
            {"description", rows_get(rows, i, "description")},
            {"who", run_part_actor(rows_get(rows, i, "actor_id"), rows_get(rows, i, "actor_name"))},
            {"when", page_time(context, rows_get(rows, i, "created_at"))},
            {"comment", rows_get(rows, i, "comment")},
            {"is_cut", rows_bool(rows, i, "is_cut") ? "t" : NULL},
            {0},
        };
        add(context, out, WEB_RUN_EVENT, values);
    }
    return true;
}

/* An address that a run task has given. */
static const char *safe_url(const char *url)
{
    bool web = url && (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0);
    return web ? url : NULL;
}

bool run_part_tasks(struct context *context, struct buf *out, const char *run)
{
    struct rows *rows;

    if (!page_db_ok(context, db_query(context->service->db, context->arena,
                                      STATEMENT_PAGE_TASK_LIST, &rows, run, MOST_TASKS)))
        return false;
    for (size_t i = 0; i < rows_count(rows); i++) {
        const char *name = rows_get(rows, i, "task_name");
        const char *status = rows_get(rows, i, "status");
        const struct template_value values[] = {
            {"stage", spaced(context, rows_get(rows, i, "stage"))},
            {"task", name},
            {"level", rows_get(rows, i, "enforcement_level")},
            {"status", spaced(context, status ? status : rows_get(rows, i, "stage_status"))},
            {"message", rows_get(rows, i, "message")},
            {"url", safe_url(rows_get(rows, i, "url"))},
            {0},
        };
        add(context, out, WEB_RUN_TASK, values);
    }
    return true;
}

bool run_part_policies(struct context *context, struct buf *out, const char *run)
{
    struct rows *rows;

    if (!page_db_ok(context, db_query(context->service->db, context->arena,
                                      STATEMENT_PAGE_POLICY_LIST, &rows, run, MOST_TASKS)))
        return false;
    for (size_t i = 0; i < rows_count(rows); i++) {
        const char *status = rows_get(rows, i, "status");
        const char *set = rows_get(rows, i, "policy_set_name");
        const struct template_value values[] = {
            {"stage", set ? set : rows_get(rows, i, "policy_kind")},
            {"task", rows_get(rows, i, "policy_name")},
            {"level", rows_get(rows, i, "enforcement_level")},
            {"status", spaced(context, status ? status : rows_get(rows, i, "evaluation_status"))},
            {"message", rows_get(rows, i, "error")},
            {0},
        };
        add(context, out, WEB_RUN_TASK, values);
    }
    return true;
}

bool run_part_check(struct context *context, struct buf *out, const char *run)
{
    struct rows *check;
    struct terminal terminal;
    struct buf log;

    enum db_status status =
        db_query(context->service->db, context->arena, STATEMENT_PAGE_POLICY_CHECK, &check, run);
    if (status == DB_NO_ROWS)
        return true;
    if (!page_db_ok(context, status))
        return false;
    const char *sealed = rows_get(check, 0, "sealed_log");
    const char *text = sealed ? crypto_open_text(context->arena, context->service->keyring,
                                                 rows_get(check, 0, "id"), sealed)
                              : NULL;
    buf_init(&log, context->arena);
    terminal_init(&terminal, &log, MOST_OF_CHECK);
    terminal_write(&terminal, text ? text : "", text ? strlen(text) : 0);
    terminal_end(&terminal);
    const struct template_value values[] = {
        {"status", spaced(context, rows_get(check, 0, "status"))},
        {"log", buf_str(&log)},
        {"left_out", terminal.is_full ? "t" : NULL},
        {0},
    };
    add(context, out, WEB_RUN_CHECK, values);
    return true;
}
