/* Terraform's own reader (internal/command/jsonformat) wants the members of the plan under a few
 * other names, and values of the types that the schemas say, also where they are cut. */
#define _GNU_SOURCE /* memmem */
#include "runner/plan_json.h"

#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "json/json_span.h"
#include "json/json_writer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define DEPTH 200
#define FLUSH (1024 * 1024)

/* What is planned */

static bool has_action(const struct json_value *actions, const char *name)
{
    for (size_t i = 0; i < json_length(actions); i++) {
        const char *action = json_text(json_at(actions, i));
        if (action != NULL && strcmp(action, name) == 0)
            return true;
    }
    return false;
}

static void count_change(struct arena *arena, struct json_span resource, struct counts *counts)
{
    struct json_span change, actions, importing;
    const char *reason;
    if (!json_span_get(resource, "change", &change) || !json_span_get(change, "actions", &actions))
        return;
    const struct json_value *list = json_read(arena, actions.at, actions.len, DEPTH, &reason);
    if (list == NULL || json_kind(list) != JSON_ARRAY)
        return;
    counts->additions += has_action(list, "create");
    counts->changes += has_action(list, "update");
    counts->destructions += has_action(list, "delete");
    counts->imports += json_span_get(change, "importing", &importing) && importing.at[0] == '{';
}

static bool count_changes(struct json_span resources, struct counts *counts)
{
    struct json_walk walk;
    struct json_span resource;
    if (!json_span_enter(resources, &walk))
        return true; /* null */
    struct arena *arena = arena_new();
    while (json_span_next(&walk, NULL, &resource)) {
        count_change(arena, resource, counts);
        arena_reset(arena);
    }
    arena_free(arena);
    return !walk.broken;
}

static void list_variables(struct json_span configuration, struct buf *declared)
{
    struct json_span module, variables, key, value;
    struct json_walk walk;
    if (!json_span_get(configuration, "root_module", &module) ||
        !json_span_get(module, "variables", &variables) || !json_span_enter(variables, &walk))
        return;
    while (json_span_next(&walk, &key, &value)) {
        buf_add(declared, key.at, key.len);
        buf_addc(declared, '\n');
    }
}

bool plan_json_read(const char *plan, size_t len, struct counts *counts, struct buf *declared)
{
    struct json_span whole, key, value;
    struct json_walk walk;
    *counts = (struct counts){0};
    if (!json_span_whole(plan, len, &whole) || *whole.at != '{' || !json_span_enter(whole, &walk))
        return false;
    bool good = true;
    while (json_span_next(&walk, &key, &value)) {
        if (json_span_is(key, "resource_changes"))
            good = count_changes(value, counts) && good;
        else if (json_span_is(key, "configuration") && declared != NULL)
            list_variables(value, declared);
    }
    return good && !walk.broken;
}

/* What people may see of it */

struct output {
    struct buf buf;
    struct json_writer writer;
    int fd;
    bool failed;
};

static void flush(struct output *output, size_t from)
{
    for (size_t done = 0; output->buf.len >= from && done < output->buf.len && !output->failed;) {
        ssize_t n = write(output->fd, output->buf.data + done, output->buf.len - done);
        if (n < 0 && errno != EINTR)
            output->failed = true;
        done += n > 0 ? (size_t)n : 0;
    }
    if (output->buf.len >= from)
        buf_clear(&output->buf);
}

static void write_raw(struct output *output, struct json_span value)
{
    if (output->writer.comma)
        buf_addc(&output->buf, ',');
    buf_add(&output->buf, value.at, value.len);
    output->writer.comma = true;
}

static bool is_marked(const struct json_value *mark)
{
    if (mark == NULL)
        return false;
    void *cursor = NULL;
    const char *key;
    const struct json_value *value;
    switch (json_kind(mark)) {
    case JSON_BOOL:
        return json_boolean(mark);
    case JSON_OBJECT:
        while (json_next(mark, &cursor, &key, &value))
            if (is_marked(value))
                return true;
        return false;
    case JSON_ARRAY:
        for (size_t i = 0; i < json_length(mark); i++)
            if (is_marked(json_at(mark, i)))
                return true;
        return false;
    default:
        return false;
    }
}

static bool is_whole_mark(const struct json_value *mark)
{
    return mark != NULL && json_kind(mark) == JSON_BOOL && json_boolean(mark);
}

static bool equal(const struct json_value *a, const struct json_value *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    struct buf left, right;
    buf_init(&left, NULL);
    buf_init(&right, NULL);
    json_print(&left, a);
    json_print(&right, b);
    bool same = left.len == right.len && memcmp(left.data, right.data, left.len) == 0;
    buf_free(&left);
    buf_free(&right);
    return same;
}

/* The same kind of value, the same for all values but for the two sides of a change. */
static void write_stand_in(struct json_writer *w, const struct json_value *value, bool second)
{
    switch (json_kind(value)) {
    case JSON_NULL:
        json_null(w);
        break;
    case JSON_BOOL:
        json_bool(w, second);
        break;
    case JSON_INT:
    case JSON_DOUBLE:
        json_int(w, second);
        break;
    case JSON_STRING:
        json_string(w, second ? "(changed)" : "(sensitive)");
        break;
    case JSON_ARRAY:
        json_raw(w, second ? "null" : "[]");
        break;
    case JSON_OBJECT:
        json_raw(w, second ? "null" : "{}");
        break;
    }
}

static void write_value(struct json_writer *w, const struct json_value *value)
{
    if (w->comma)
        buf_addc(w->out, ',');
    json_print(w->out, value);
    w->comma = true;
}

struct side {
    const struct json_value *value, *mark;
};

/* One side of a change; second: it is the one after, and a stand-in differs if the values do. */
static void write_side(struct json_writer *w, struct side mine, struct side other, bool second)
{
    if (is_whole_mark(mine.mark)) {
        write_stand_in(w, mine.value, second && !equal(mine.value, other.value));
        return;
    }
    if (!is_marked(mine.mark)) {
        write_value(w, mine.value);
        return;
    }
    if (json_kind(mine.value) == JSON_OBJECT && json_kind(mine.mark) == JSON_OBJECT) {
        void *cursor = NULL;
        const char *key;
        const struct json_value *value;
        json_object_begin(w);
        while (json_next(mine.value, &cursor, &key, &value)) {
            json_key(w, key);
            write_side(w, (struct side){value, json_get(mine.mark, key)},
                       (struct side){json_get(other.value, key), json_get(other.mark, key)},
                       second);
        }
        json_object_end(w);
        return;
    }
    if (json_kind(mine.value) == JSON_ARRAY && json_kind(mine.mark) == JSON_ARRAY) {
        bool pairs = other.value != NULL && json_kind(other.value) == JSON_ARRAY;
        json_array_begin(w);
        for (size_t i = 0; i < json_length(mine.value); i++)
            write_side(w,
                       (struct side){json_at(mine.value, i),
                                     i < json_length(mine.mark) ? json_at(mine.mark, i) : NULL},
                       (struct side){pairs && i < json_length(other.value) ? json_at(other.value, i)
                                                                           : NULL,
                                     NULL},
                       second);
        json_array_end(w);
        return;
    }
    /* Marks that do not fit the value: nothing of it is shown. */
    write_stand_in(w, mine.value, second);
}

/* A change: actions, before, after, ... */
static void write_parsed_change(struct json_writer *w, const struct json_value *change)
{
    struct side before = {json_get(change, "before"), json_get(change, "before_sensitive")};
    struct side after = {json_get(change, "after"), json_get(change, "after_sensitive")};
    void *cursor = NULL;
    const char *key;
    const struct json_value *value;
    json_object_begin(w);
    while (json_next(change, &cursor, &key, &value)) {
        json_key(w, key);
        if (strcmp(key, "before") == 0)
            write_side(w, before, after, false);
        else if (strcmp(key, "after") == 0)
            write_side(w, after, before, true);
        else
            write_value(w, value);
    }
    json_object_end(w);
}

static bool mentions_sensitive(struct json_span change)
{
    static const char *const names[] = {"before_sensitive", "after_sensitive"};
    for (size_t i = 0; i < 2; i++) {
        struct json_span mark;
        if (json_span_get(change, names[i], &mark) && memmem(mark.at, mark.len, "true", 4) != NULL)
            return true;
    }
    return false;
}

static bool write_change(struct output *output, struct arena *arena, struct json_span change)
{
    if (!mentions_sensitive(change)) {
        write_raw(output, change);
        return true;
    }
    const char *reason;
    const struct json_value *value = json_read(arena, change.at, change.len, DEPTH, &reason);
    if (value == NULL || json_kind(value) != JSON_OBJECT)
        return false;
    write_parsed_change(&output->writer, value);
    return true;
}

static void write_key(struct output *output, struct json_span key)
{
    struct buf *buf = &output->buf;
    buf_adds(buf, output->writer.comma ? ",\"" : "\"");
    buf_add(buf, key.at, key.len);
    buf_adds(buf, "\":");
    output->writer.comma = false;
}

/* A resource: address, mode, ..., and its change. */
static bool write_resource(struct output *output, struct arena *arena, struct json_span resource)
{
    struct json_walk walk;
    struct json_span key, value;
    bool good = true;
    if (!json_span_enter(resource, &walk) || walk.close != '}')
        return false;
    json_object_begin(&output->writer);
    while (good && json_span_next(&walk, &key, &value)) {
        write_key(output, key);
        if (json_span_is(key, "change"))
            good = write_change(output, arena, value);
        else
            write_raw(output, value);
    }
    json_object_end(&output->writer);
    return good && !walk.broken;
}

typedef bool write_fn(struct output *output, struct arena *arena, struct json_span value);

static bool write_each(struct output *output, struct json_span list, write_fn *write_one)
{
    struct json_walk walk;
    struct json_span key, value;
    if (!json_span_enter(list, &walk)) {
        write_raw(output, list);
        return true;
    }
    struct arena *arena = arena_new();
    bool good = true, object = walk.close == '}';
    if (object)
        json_object_begin(&output->writer);
    else
        json_array_begin(&output->writer);
    while (good && json_span_next(&walk, &key, &value)) {
        if (object)
            write_key(output, key);
        good = write_one(output, arena, value);
        arena_reset(arena);
        flush(output, FLUSH);
    }
    if (object)
        json_object_end(&output->writer);
    else
        json_array_end(&output->writer);
    arena_free(arena);
    return good && !walk.broken;
}

static bool write_member(struct output *output, const char *name, struct json_span value,
                         write_fn *write_one)
{
    json_key(&output->writer, name);
    if (write_one != NULL)
        return write_each(output, value, write_one);
    write_raw(output, value);
    return true;
}

/* Members that are not named here may hold values, and are left out. */
static const struct {
    const char *name, *as;
    write_fn *write_one;
} plan_members[] = {
    {"format_version", "plan_format_version", NULL},
    {"output_changes", "output_changes", write_change},
    {"resource_changes", "resource_changes", write_resource},
    {"resource_drift", "resource_drift", write_resource},
    {"relevant_attributes", "relevant_attributes", NULL},
};

static bool write_plan(struct output *output, struct json_span plan)
{
    bool good = true;
    for (size_t i = 0; good && i < sizeof(plan_members) / sizeof(plan_members[0]); i++) {
        struct json_span value;
        if (json_span_get(plan, plan_members[i].name, &value))
            good = write_member(output, plan_members[i].as, value, plan_members[i].write_one);
    }
    return good;
}

static bool write_schemas(struct output *output, struct json_span schemas)
{
    struct json_span value;
    if (!json_span_get(schemas, "format_version", &value))
        return false;
    write_member(output, "provider_format_version", value, NULL);
    if (json_span_get(schemas, "provider_schemas", &value)) {
        write_member(output, "provider_schemas", value, NULL);
        flush(output, FLUSH);
    }
    return true;
}

bool plan_json_redact(const char *plan, size_t plan_len, const char *schemas, size_t schemas_len,
                      int fd)
{
    struct json_span whole, types;
    struct output output = {.fd = fd};
    if (!json_span_whole(plan, plan_len, &whole) || *whole.at != '{' ||
        !json_span_whole(schemas, schemas_len, &types) || *types.at != '{')
        return false;
    buf_init(&output.buf, NULL);
    json_writer_init(&output.writer, &output.buf);
    json_object_begin(&output.writer);
    bool good = write_plan(&output, whole) && write_schemas(&output, types);
    json_object_end(&output.writer);
    flush(&output, 0);
    buf_free(&output.buf);
    return good && !output.failed;
}
