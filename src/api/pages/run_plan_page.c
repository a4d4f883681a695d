/* What a plan would change, value by value. A structured log only names the resources; whoever is
 * to confirm wants to see more, and the CLI draws it from the same document: the plan as JSON, from
 * which the runner has cut what is sensitive. */
#include "api/pages/pages.h"

#include <string.h>

#include "api/pages/terminal.h"
#include "base/arena.h"
#include "blob/blob.h"
#include "json/json_reader.h"
#include "json/json_span.h"
#include "jsonapi/context.h"

/* Of the document, which begins with the changes and ends with the providers' schemas. */
#define MOST_READ ((size_t)4 * 1024 * 1024)
#define MOST_HTML (256 * 1024)
#define MOST_OF_ONE ((size_t)128 * 1024)
#define MOST_OF_VALUE 300
#define MAX_DEPTH 64

static void write(struct terminal *terminal, const char *text)
{
    terminal_write(terminal, text, strlen(text));
}

/* --- One value --- */

/* True anywhere below. */
static bool is_marked(const struct json_value *mark)
{
    void *cursor = NULL;
    const char *key;
    const struct json_value *value;

    if (!mark)
        return false;
    if (json_kind(mark) == JSON_BOOL)
        return json_boolean(mark);
    if (json_kind(mark) == JSON_OBJECT)
        while (json_next(mark, &cursor, &key, &value))
            if (is_marked(value))
                return true;
    if (json_kind(mark) == JSON_ARRAY)
        for (size_t i = 0; i < json_length(mark); i++)
            if (is_marked(json_at(mark, i)))
                return true;
    return false;
}

static const char *printed(struct arena *arena, const struct json_value *value)
{
    struct buf text;

    if (!value)
        return "null";
    buf_init(&text, arena);
    json_print(&text, value);
    return buf_str(&text);
}

static void write_side(struct arena *arena, struct terminal *terminal,
                       const struct json_value *value, const struct json_value *sensitive,
                       const struct json_value *unknown)
{
    const char *text = printed(arena, value);
    size_t len = strlen(text);

    if (is_marked(sensitive)) {
        write(terminal, "(sensitive)");
    } else if (is_marked(unknown)) {
        write(terminal, "(known after apply)");
    } else {
        terminal_write(terminal, text, len < MOST_OF_VALUE ? len : MOST_OF_VALUE);
        if (len > MOST_OF_VALUE)
            write(terminal, " ...");
    }
}

/* The same member of each part of a change; of the parts themselves with key NULL. */
static const struct json_value *part(const struct json_value *change, const char *name,
                                     const char *key)
{
    const struct json_value *value = json_get(change, name);
    return key && value && json_kind(value) == JSON_OBJECT ? json_get(value, key)
           : key && value && json_kind(value) != JSON_BOOL ? NULL
                                                           : value;
}

static void write_member(struct arena *arena, struct terminal *terminal,
                         const struct json_value *change, const char *key)
{
    const struct json_value *before = part(change, "before", key);
    const struct json_value *after = part(change, "after", key);
    const struct json_value *unknown = part(change, "after_unknown", key);

    if (!is_marked(unknown) && strcmp(printed(arena, before), printed(arena, after)) == 0)
        return;
    write(terminal, "      ");
    write(terminal, key ? key : "value");
    write(terminal, ": ");
    if (before && json_kind(before) != JSON_NULL) {
        write_side(arena, terminal, before, part(change, "before_sensitive", key), NULL);
        write(terminal, " -> ");
    }
    write_side(arena, terminal, after, part(change, "after_sensitive", key), unknown);
    write(terminal, "\n");
}

static void write_members(struct arena *arena, struct terminal *terminal,
                          const struct json_value *change)
{
    static const char *const parts[] = {"before", "after", "after_unknown"};
    const struct json_value *value;
    const char *key;

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const struct json_value *object = json_get(change, parts[i]);
        void *cursor = NULL;
        while (object && json_kind(object) == JSON_OBJECT &&
               json_next(object, &cursor, &key, &value)) {
            bool seen = false;
            for (size_t j = 0; j < i; j++)
                seen = seen || json_get(json_get(change, parts[j]), key);
            if (!seen)
                write_member(arena, terminal, change, key);
        }
    }
}

/* --- One resource or output --- */

static const struct {
    const char *actions; /* as JSON */
    const char *sign;
    unsigned colour;
} kinds[] = {
    {"[\"create\"]", "  + ", TERMINAL_COLOURED | 2},
    {"[\"update\"]", "  ~ ", TERMINAL_YELLOW},
    {"[\"delete\"]", "  - ", TERMINAL_RED},
    {"[\"delete\",\"create\"]", "-/+ ", TERMINAL_RED},
    {"[\"create\",\"delete\"]", "+/- ", TERMINAL_RED},
    {"[\"read\"]", " <= ", TERMINAL_COLOURED | 6},
    {"[\"forget\"]", "  . ", TERMINAL_YELLOW},
};

static bool write_heading(struct arena *arena, struct terminal *terminal,
                          const struct json_value *change, const char *what, const char *name)
{
    const char *actions = printed(arena, json_get(change, "actions"));
    const struct json_value *importing = json_get(change, "importing");
    bool imported = importing && json_kind(importing) == JSON_OBJECT;
    size_t i = 0;

    while (i < sizeof kinds / sizeof kinds[0] && strcmp(kinds[i].actions, actions) != 0)
        i++;
    bool known = i < sizeof kinds / sizeof kinds[0];
    if (!known && !imported)
        return false;
    terminal->style = known ? kinds[i].colour : 0;
    write(terminal, known ? kinds[i].sign : "    ");
    write(terminal, what);
    write(terminal, name);
    terminal_end(terminal);
    write(terminal, imported ? " (imported)\n" : "\n");
    return true;
}

static const struct json_value *read_one(struct arena *arena, struct json_span span)
{
    const char *reason;
    return span.len <= MOST_OF_ONE ? json_read(arena, span.at, span.len, MAX_DEPTH, &reason) : NULL;
}

/* False when not all of it could be shown. */
static bool write_resource(struct arena *arena, struct terminal *terminal, struct json_span span)
{
    const struct json_value *resource = read_one(arena, span);
    const struct json_value *change = json_get(resource, "change");
    const char *address = json_text(json_get(resource, "address"));
    const char *deposed = json_text(json_get(resource, "deposed"));
    struct json_span name;

    if (!address || !change) {
        if (json_span_get(span, "address", &name)) {
            write(terminal, "  ? ");
            terminal_write(terminal, name.at, name.len < MOST_OF_VALUE ? name.len : MOST_OF_VALUE);
            write(terminal, "\n");
        }
        return false;
    }
    if (deposed)
        address = arena_printf(arena, "%s (deposed %s)", address, deposed);
    if (write_heading(arena, terminal, change, "", address))
        write_members(arena, terminal, change);
    return true;
}

static bool write_output(struct arena *arena, struct terminal *terminal, struct json_span key,
                         struct json_span span)
{
    const struct json_value *change = read_one(arena, span);

    if (change &&
        write_heading(arena, terminal, change, "output ", arena_strndup(arena, key.at, key.len)))
        write_member(arena, terminal, change, NULL);
    return change;
}

static bool write_all(struct terminal *terminal, struct json_span list)
{
    struct json_span key, value;
    struct json_walk walk;
    bool all = true;

    if (!json_span_enter(list, &walk))
        return true;
    struct arena *arena = arena_new();
    while (!terminal->is_full && json_span_next(&walk, &key, &value)) {
        bool shown = walk.close == '}' ? write_output(arena, terminal, key, value)
                                       : write_resource(arena, terminal, value);
        all = all && shown;
        arena_reset(arena);
    }
    arena_free(arena);
    return all && !terminal->is_full && !walk.broken;
}

/* --- The document --- */

static enum db_status read_begin(struct context *context, const char *blob_id, struct buf *out)
{
    const struct service *service = context->service;
    struct blob_reader *reader;
    const void *bytes;
    size_t len = 1;
    enum db_status status =
        blob_reader_open(service->db, context->arena, service->keyring, blob_id, &reader);

    if (status != DB_OK)
        return status;
    while (status == DB_OK && len > 0 && out->len < MOST_READ) {
        status = blob_reader_next(reader, &bytes, &len);
        if (status == DB_OK)
            buf_add(out, bytes, len);
    }
    blob_reader_close(reader);
    return status;
}

bool run_plan_html(struct context *context, struct buf *out, const char *phase_id, bool *left_out)
{
    struct rows *file;
    struct buf text;
    struct terminal terminal;
    struct json_span key, value;
    struct json_walk walk;
    bool whole = false;

    *left_out = false;
    enum db_status status = db_query(context->service->db, context->arena, STATEMENT_RUN_FILE,
                                     &file, phase_id, "plan-json-redacted");
    buf_init(&text, context->arena);
    if (status == DB_OK)
        status = read_begin(context, rows_get(file, 0, "blob_id"), &text);
    if (status == DB_NO_ROWS)
        return true;
    if (!page_db_ok(context, status))
        return false;
    terminal_init(&terminal, out, MOST_HTML);
    if (!json_span_enter((struct json_span){buf_str(&text), text.len}, &walk))
        return true;
    while (json_span_next(&walk, &key, &value)) {
        if ((json_span_is(key, "resource_changes") || json_span_is(key, "output_changes")) &&
            !write_all(&terminal, value))
            *left_out = true;
        whole = whole || json_span_is(key, "resource_changes");
    }
    /* What comes after the resources is cut with good right. */
    *left_out = *left_out || (walk.broken && !whole);
    terminal_end(&terminal);
    return true;
}
