/* What a run task calls back with (today-runs.md 14.7): `running` as often as it likes, then
 * `passed` or `failed`, with whatever it has found. The last result of a stage moves the run. */
#include "api/tasks/tasks.h"

#include <string.h>

#include "hooks/hook.h"
#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"
#include "run/run_stage.h"

#define STATUSES "running|passed|failed"
#define LEVELS "none|info|warning|error"
#define MAX_OUTCOMES 1000
#define MAX_BODY ((size_t)5 * 1024 * 1024)
#define MAX_TEXT 65536

static const struct json_value *member(const struct json_value *object, const char *dashes,
                                       const char *underscores)
{
    const struct json_value *value = json_get(object, dashes);
    return value ? value : json_get(object, underscores);
}

/* A string or nothing; *problem when it is something else. */
static const char *text_member(const struct json_value *object, const char *name, size_t max,
                               bool *problem)
{
    const struct json_value *value = json_get(object, name);

    if (!value || json_kind(value) == JSON_NULL)
        return NULL;
    if (!json_text(value) || json_text_len(value) > max)
        *problem = true;
    return json_text(value);
}

static bool write_entry(struct json_writer *w, const struct json_value *entry)
{
    bool problem = false;
    const char *label = json_text(entry);
    const char *level = NULL;

    if (!label) {
        label = text_member(entry, "label", MAX_TEXT, &problem);
        level = text_member(entry, "level", MAX_TEXT, &problem);
    }
    if (problem || !label || (level && !patch_is_choice(LEVELS, level)))
        return false;
    json_object_begin(w);
    json_member_string(w, "label", label);
    json_member_string(w, "level", level ? level : "none");
    json_object_end(w);
    return true;
}

static bool write_category(struct json_writer *w, const char *name, const struct json_value *list)
{
    if (!list || json_kind(list) != JSON_ARRAY)
        return false;
    json_object_begin(w);
    json_member_string(w, "label", name);
    json_key(w, "value");
    json_array_begin(w);
    for (size_t i = 0; i < json_length(list); i++)
        if (!write_entry(w, json_at(list, i)))
            return false;
    json_array_end(w);
    json_object_end(w);
    return true;
}

/* Sent as name -> list, shown as a list of {label, value}. */
static bool write_tags(struct json_writer *w, const struct json_value *tags)
{
    void *cursor = NULL;
    const char *name;
    const struct json_value *list;

    json_key(w, "tags");
    json_array_begin(w);
    if (tags && json_kind(tags) == JSON_OBJECT) {
        while (json_next(tags, &cursor, &name, &list))
            if (!write_category(w, name, list))
                return false;
    } else if (tags && json_kind(tags) != JSON_NULL) {
        return false;
    }
    json_array_end(w);
    return true;
}

static bool write_outcome(struct json_writer *w, const struct json_value *attributes)
{
    const struct json_value *id = member(attributes, "outcome-id", "outcome_id");
    bool problem = false;
    const char *description = text_member(attributes, "description", MAX_TEXT, &problem);
    const char *body = text_member(attributes, "body", MAX_BODY, &problem);
    const char *url = text_member(attributes, "url", 2048, &problem);

    if (problem || !json_text(id) || !*json_text(id) || !description || (url && !hook_is_url(url)))
        return false;
    json_object_begin(w);
    json_member_string(w, "outcome_id", json_text(id));
    json_member_string(w, "description", description);
    json_member_string(w, "body", body);
    json_member_string(w, "url", url);
    if (!write_tags(w, json_get(attributes, "tags")))
        return false;
    json_object_end(w);
    return true;
}

static bool is_repeated(const struct json_value *list, size_t index)
{
    const char *id =
        json_text(member(json_get(json_at(list, index), "attributes"), "outcome-id", "outcome_id"));
    for (size_t i = index + 1; id && i < json_length(list); i++) {
        const char *other =
            json_text(member(json_get(json_at(list, i), "attributes"), "outcome-id", "outcome_id"));
        if (other && strcmp(id, other) == 0)
            return true;
    }
    return false;
}

/* As the statement takes them; NULL: there are none, or they are wrong (recorded). Of two with the
 * same id the later counts. */
static const char *read_outcomes(struct context *context)
{
    const struct json_value *data = json_get(context->document, "data");
    const struct json_value *list = json_find(data, "relationships", "outcomes", "data", NULL);
    const char *pointer = "/data/relationships/outcomes/data";
    struct json_writer w;
    struct buf out;

    /* Some pages of the vendor have them here. */
    if (!list)
        list = json_find(data, "attributes", "outcomes", NULL);
    if (list && json_kind(list) == JSON_OBJECT)
        list = json_get(list, "data");
    if (!list || json_kind(list) == JSON_NULL)
        return NULL;
    bool good = json_kind(list) == JSON_ARRAY && json_length(list) <= MAX_OUTCOMES;
    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_array_begin(&w);
    for (size_t i = 0; good && i < json_length(list); i++)
        if (!is_repeated(list, i) && !write_outcome(&w, json_get(json_at(list, i), "attributes"))) {
            pointer = arena_printf(context->arena, "%s/%zu", pointer, i);
            good = false;
        }
    json_array_end(&w);
    if (good)
        return buf_str(&out);
    request_fail(context, ERROR_INVALID_ATTRIBUTE, pointer,
                 "Outcomes need an outcome-id and a description; body, url and tags are optional");
    return NULL;
}

static void record(struct context *context, const struct run_stage_answer *answer)
{
    const char *id = scope_get(context, "id");
    enum db_status failure = DB_OK;
    struct rows *alive = NULL;
    bool refused = false;

    if (strcmp(answer->status, "running") == 0) {
        if (!CONTEXT_QUERY(context, STATEMENT_TASK_RESULT_PROGRESS, &alive, id, answer->message,
                           answer->url))
            return;
        refused = !alive;
    } else {
        enum run_result result =
            run_stage_record(context->service->db, context->arena, id, answer, &failure);
        if (result == RUN_FAILED)
            request_fail_db(context, context->route->resource, failure);
        refused = result == RUN_REFUSED;
    }
    if (refused)
        request_fail(context, ERROR_CONFLICT, NULL, "The task result is final already");
}

static void send_nothing(struct context *context)
{
    context->request->status = 200;
}

void task_callback(struct context *context)
{
    const struct json_value *data = json_get(context->document, "data");
    const struct json_value *attributes = json_get(data, "attributes");
    bool problem = false;
    const struct run_stage_answer answer = {
        .status = json_text(json_get(attributes, "status")),
        .message = text_member(attributes, "message", MAX_TEXT, &problem),
        .url = text_member(attributes, "url", 2048, &problem),
    };

    if (!answer.status || !patch_is_choice(STATUSES, answer.status))
        request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/attributes/status",
                     "Status must be running, passed or failed");
    if (problem || (answer.url && *answer.url && !hook_is_url(answer.url)))
        request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/attributes",
                     "Message and url must be strings, the url one of http or https");
    const char *outcomes = read_outcomes(context);
    if (request_failed(context) || !answer.status)
        return;
    record(context, &answer);
    if (!request_failed(context) && outcomes)
        (void)CONTEXT_QUERY(context, STATEMENT_TASK_OUTCOME_PUT, NULL, scope_get(context, "id"),
                            outcomes);
    context->reply.send = send_nothing;
}
