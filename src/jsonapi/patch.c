/* From a request document to the JSON object that a create or update statement takes: every
 * attribute and to-one relationship is checked against the resource's tables, and all failures are
 * reported at once. Read-only and unknown members are ignored (today-workspaces.md 2.2). */
#include "jsonapi/patch.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/ids.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

#define DEFAULT_MAX_CHARACTERS (64 * 1024)

void patch_string(struct patch *patch, const char *column, const char *value)
{
    json_member_string(&patch->w, column, value);
    patch->empty = false;
}

void patch_bool(struct patch *patch, const char *column, bool value)
{
    json_member_bool(&patch->w, column, value);
    patch->empty = false;
}

void patch_int(struct patch *patch, const char *column, long long value)
{
    json_member_int(&patch->w, column, value);
    patch->empty = false;
}

void patch_json(struct patch *patch, const char *column, const char *json)
{
    json_member_raw(&patch->w, column, json);
    patch->empty = false;
}

void patch_null(struct patch *patch, const char *column)
{
    json_member_null(&patch->w, column);
    patch->empty = false;
}

static bool same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
            return false;
    return *a == *b;
}

static const struct json_value *member_named(const struct json_value *object, const char *name)
{
    const struct json_value *value = json_get(object, name);
    if (value || json_kind(object) != JSON_OBJECT)
        return value;
    void *cursor = NULL;
    const char *key;
    while (json_next(object, &cursor, &key, &value))
        if (same_name(key, name))
            return value;
    return NULL;
}

const struct json_value *patch_attribute(const struct patch *patch, const char *name)
{
    return patch->attributes ? member_named(patch->attributes, name) : NULL;
}

const struct json_value *patch_relationship(const struct patch *patch, const char *name)
{
    return patch->relationships ? member_named(patch->relationships, name) : NULL;
}

const char *patch_human(struct arena *arena, const char *name)
{
    char *text = arena_strdup(arena, name);
    for (char *c = text; *c; c++)
        if (*c == '-' || *c == '_')
            *c = ' ';
    text[0] = (char)toupper((unsigned char)text[0]);
    return text;
}

static const char *pointer_to(struct context *context, const char *part, const char *name)
{
    const char *object = context->object_pointer ? context->object_pointer : "/data";
    return arena_printf(context->arena, "%s/%s%s%s", object, part, name ? "/" : "",
                        name ? name : "");
}

void patch_fail(struct context *context, const char *name, const char *problem)
{
    request_fail(context, ERROR_INVALID_ATTRIBUTE, pointer_to(context, "attributes", name), "%s %s",
                 patch_human(context->arena, name), problem);
}

static size_t character_count(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

bool patch_is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);
    for (const char *at = choices; *at;) {
        size_t n = strcspn(at, "|");
        if (n == len && strncmp(at, value, n) == 0)
            return true;
        at += n;
        at += *at == '|';
    }
    return false;
}

static const char *check_string(struct context *context, const struct attribute *a,
                                const char *text)
{
    size_t max = a->max ? a->max : DEFAULT_MAX_CHARACTERS;
    if ((a->flags & ATTRIBUTE_REQUIRED) && !(a->flags & ATTRIBUTE_ALLOW_EMPTY) && !*text)
        return "can't be blank";
    if (character_count(text) > max)
        return arena_printf(context->arena, "is too long (maximum is %zu characters)", max);
    if (a->choices && !patch_is_choice(a->choices, text))
        return "is not included in the list";
    return a->check ? a->check(context, text) : NULL;
}

static const char *const kind_problem[] = {
    [ATTRIBUTE_STRING] = "must be a string",
    [ATTRIBUTE_INT] = "must be an integer",
    [ATTRIBUTE_BOOL] = "must be true or false",
    [ATTRIBUTE_TIME] = "must be an ISO 8601 time",
    [ATTRIBUTE_STRINGS] = "must be an array of strings",
    [ATTRIBUTE_JSON] = "is invalid",
};

static const char *take_string(struct context *context, struct patch *patch,
                               const struct attribute *a, const char *column,
                               const struct json_value *value)
{
    const char *text = json_text(value);
    if (!text)
        return kind_problem[a->kind];
    const char *problem = check_string(context, a, text);
    if (!problem)
        patch_string(patch, column, text);
    return problem;
}

static const char *take_strings(struct patch *patch, const char *column,
                                const struct json_value *value)
{
    if (json_kind(value) != JSON_ARRAY)
        return kind_problem[ATTRIBUTE_STRINGS];
    for (size_t i = 0; i < json_length(value); i++)
        if (!json_text(json_at(value, i)))
            return kind_problem[ATTRIBUTE_STRINGS];
    json_key(&patch->w, column);
    json_array_begin(&patch->w);
    for (size_t i = 0; i < json_length(value); i++)
        json_string(&patch->w, json_text(json_at(value, i)));
    json_array_end(&patch->w);
    patch->empty = false;
    return NULL;
}

static const char *take_value(struct context *context, struct patch *patch,
                              const struct attribute *a, const char *column,
                              const struct json_value *value)
{
    enum json_kind kind = json_kind(value);
    char time[CLOCK_WIRE_SIZE];

    switch (a->kind) {
    case ATTRIBUTE_STRING:
        return take_string(context, patch, a, column, value);
    case ATTRIBUTE_BOOL:
        if (kind != JSON_BOOL)
            return kind_problem[a->kind];
        patch_bool(patch, column, json_boolean(value));
        return NULL;
    case ATTRIBUTE_INT:
        if (kind != JSON_INT)
            return kind_problem[a->kind];
        if (json_integer(value) > 2147483647 || json_integer(value) < -2147483648LL)
            return "is out of range";
        patch_int(patch, column, json_integer(value));
        return NULL;
    case ATTRIBUTE_TIME:
        if (kind != JSON_STRING || !clock_parse(json_text(value), time))
            return kind_problem[a->kind];
        patch_string(patch, column, time);
        return NULL;
    case ATTRIBUTE_STRINGS:
        return take_strings(patch, column, value);
    case ATTRIBUTE_JSON: {
        struct buf json;
        buf_init(&json, context->arena);
        json_print(&json, value);
        patch_json(patch, column, buf_str(&json));
        return NULL;
    }
    }
    return NULL;
}

static const char *column_of(struct context *context, const struct attribute *a)
{
    if (a->column)
        return a->column;
    char *column = arena_strdup(context->arena, a->name);
    for (char *c = column; *c; c++)
        if (*c == '-')
            *c = '_';
    return column;
}

static void take_attribute(struct context *context, struct patch *patch, const struct attribute *a)
{
    const struct json_value *value = patch_attribute(patch, a->name);
    bool null = value && json_kind(value) == JSON_NULL;

    if (null && !(a->flags & ATTRIBUTE_NULLABLE))
        value = NULL;
    if (!value) {
        if (patch->create && (a->flags & ATTRIBUTE_REQUIRED))
            patch_fail(context, a->name, "can't be blank");
        else if (patch->create && a->initial)
            patch_json(patch, column_of(context, a), a->initial);
        return;
    }
    if (a->flags & ATTRIBUTE_NO_COLUMN)
        return;
    if (null) {
        patch_null(patch, column_of(context, a));
        return;
    }
    const char *problem = take_value(context, patch, a, column_of(context, a), value);
    if (problem)
        patch_fail(context, a->name, problem);
}

static void take_relationship(struct context *context, struct patch *patch,
                              const struct relationship *r)
{
    const struct json_value *member = patch_relationship(patch, r->name);
    const struct json_value *data = json_get(member, "data");
    const char *pointer = pointer_to(context, "relationships", r->name);

    if (!data || (json_kind(data) == JSON_NULL && !(r->flags & RELATION_NULLABLE))) {
        if (patch->create && (r->flags & RELATION_REQUIRED))
            request_fail(context, ERROR_INVALID_RELATIONSHIP, pointer, "%s can't be blank",
                         patch_human(context->arena, r->name));
        return;
    }
    if (json_kind(data) == JSON_NULL) {
        patch_null(patch, r->writes);
        return;
    }
    const char *id = json_text(json_get(data, "id"));
    const char *type = json_text(json_get(data, "type"));
    if (!id || !*id)
        request_fail(context, ERROR_INVALID_RELATIONSHIP, pointer, "%s must name an id",
                     patch_human(context->arena, r->name));
    else if (type && *type && r->type && strcmp(type, r->type) != 0)
        request_fail(context, ERROR_INVALID_RELATIONSHIP, pointer, "%s must be of type %s",
                     patch_human(context->arena, r->name), r->type);
    else
        patch_string(patch, r->writes, id);
}

static const struct json_value *member_object(struct context *context,
                                              const struct json_value *data, const char *name)
{
    const struct json_value *member = json_get(data, name);
    if (!member || json_kind(member) == JSON_NULL)
        return NULL;
    if (json_kind(member) != JSON_OBJECT)
        request_fail(context, ERROR_INVALID_DOCUMENT, pointer_to(context, name, NULL),
                     "%s must be an object", name);
    return member;
}

static void take_all(struct context *context, const struct resource *resource, struct patch *patch)
{
    for (const struct attribute *a = resource->attributes; a && a->name; a++)
        if (!(a->flags & ATTRIBUTE_READ_ONLY) &&
            (patch->create || !(a->flags & ATTRIBUTE_CREATE_ONLY)))
            take_attribute(context, patch, a);
    for (const struct relationship *r = resource->relationships; r && r->name; r++)
        if (r->writes && (patch->create || !(r->flags & RELATION_CREATE_ONLY)))
            take_relationship(context, patch, r);
    if (resource->before_write)
        resource->before_write(context, patch);
}

bool patch_read_object(struct context *context, const struct resource *resource,
                       const struct json_value *data, const char *pointer, const char *id,
                       bool create, struct patch *patch)
{
    *patch = (struct patch){.create = create, .empty = true, .id = id};
    if (create && !id)
        patch->id = ids_new(context->arena, resource->id_prefix);
    buf_init(&patch->text, context->arena);
    json_writer_init(&patch->w, &patch->text);
    context->object_pointer = pointer;
    patch->attributes = member_object(context, data, "attributes");
    patch->relationships = member_object(context, data, "relationships");
    if (!request_failed(context)) {
        json_object_begin(&patch->w);
        take_all(context, resource, patch);
        json_object_end(&patch->w);
    }
    context->object_pointer = NULL;
    return !request_failed(context);
}

bool patch_read(struct context *context, const struct resource *resource, bool create,
                struct patch *patch)
{
    const struct json_value *data = json_get(context->document, "data");

    if (context->document && json_kind(context->document) != JSON_OBJECT) {
        request_fail(context, ERROR_INVALID_DOCUMENT, "", "The document must be an object");
        return false;
    }
    if ((!data || json_kind(data) != JSON_OBJECT) &&
        !(context->route->flags & ROUTE_OPTIONAL_DOCUMENT && !data)) {
        request_fail(context, ERROR_INVALID_DOCUMENT, "/data", "The document needs a data object");
        return false;
    }
    if (create && !context->created_id)
        context->created_id = ids_new(context->arena, resource->id_prefix);
    return patch_read_object(context, resource, data, NULL,
                             create ? context->created_id : scope_get(context, "id"), create,
                             patch);
}
