/* Reads and writes the explorer's queries: see explorer_query.h. */
#include "api/explorer/explorer_query.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "http/http_request.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

static bool refuse(struct explorer_problem *problem, const char *where, const char *text)
{
    *problem = (struct explorer_problem){where, text};
    return false;
}

static bool is_number(const char *text)
{
    text += *text == '-';
    size_t whole = strspn(text, "0123456789");
    const char *rest = text + whole;
    if (*rest == '.' && rest[1 + strspn(rest + 1, "0123456789")] == '\0')
        return whole > 0 && rest[1] && strlen(text) < 40;
    return whole > 0 && !*rest && whole < 40;
}

/* Without an offset it is UTC, without a time midnight. */
static const char *read_time(struct arena *arena, const char *text)
{
    static const char *const endings[] = {"", "Z", "T00:00:00Z"};
    char *time = arena_alloc(arena, CLOCK_WIRE_SIZE);

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (clock_parse(arena_printf(arena, "%s%s", text, endings[i]), time))
            return time;
    return NULL;
}

/* The value as the database compares it; NULL when it is none of this kind. */
static const char *read_value(struct arena *arena, enum explorer_kind kind, const char *value)
{
    switch (kind) {
    case EXPLORER_STRING:
        return value;
    case EXPLORER_NUMBER:
        return is_number(value) ? value : NULL;
    case EXPLORER_BOOLEAN:
        return strcmp(value, "true") == 0 || strcmp(value, "false") == 0 ? value : NULL;
    case EXPLORER_DATETIME:
        return read_time(arena, value);
    }
    return NULL;
}

struct words {
    const char *field, *operator;
    size_t field_len, operator_len;
};

static bool add_filter(struct arena *arena, struct explorer_query *query, struct words words,
                       const char *value, const char *where, struct explorer_problem *problem)
{
    const struct explorer_field *field =
        explorer_field_find(query->view, words.field, words.field_len);
    const struct explorer_operator *operator=
        explorer_operator_find(words.operator, words.operator_len);
    const char *sense = "";

    if (!field)
        return refuse(problem, where,
                      arena_printf(arena, "there is no field %.*s in %s", (int)words.field_len,
                                   words.field, query->view->name));
    if (!operator)
        return refuse(problem, where,
                      arena_printf(arena, "there is no operator %.*s", (int)words.operator_len,
                                   words.operator));
    if (!(operator->kinds & 1u << field->kind))
        return refuse(problem, where,
                      arena_printf(arena, "%s is no operator for %s, which is a %s", operator->name,
                                   field->name, explorer_kind_name(field->kind)));
    if (!operator->without_value && !value)
        return refuse(problem, where, "there must be one value");
    if (!operator->without_value)
        sense = read_value(arena, field->kind, value);
    if (!sense)
        return refuse(problem, where,
                      arena_printf(arena, "the value of %s must be a %s", field->name,
                                   explorer_kind_name(field->kind)));
    if (query->filter_count == EXPLORER_MAX_FILTERS)
        return refuse(problem, where,
                      arena_printf(arena, "there may be %d filters", EXPLORER_MAX_FILTERS));
    query->filters[query->filter_count++] =
        (struct explorer_filter){field, operator->name, value ? value : "", sense};
    return true;
}

static bool add_sort(struct arena *arena, struct explorer_query *query, const char *name,
                     size_t len, const char *where, struct explorer_problem *problem)
{
    bool descending = len > 0 && *name == '-';
    const struct explorer_field *field =
        explorer_field_find(query->view, name + descending, len - descending);

    if (!field)
        return refuse(
            problem, where,
            arena_printf(arena, "there is no field %.*s in %s", (int)len, name, query->view->name));
    if (query->sort_count == EXPLORER_MAX_SORTS)
        return refuse(problem, where,
                      arena_printf(arena, "there may be %d fields", EXPLORER_MAX_SORTS));
    query->sorts[query->sort_count++] = (struct explorer_sort){field, descending};
    return true;
}

static bool add_field(struct arena *arena, struct explorer_query *query, const char *name,
                      size_t len, const char *where, struct explorer_problem *problem)
{
    const struct explorer_field *field = explorer_field_find(query->view, name, len);

    if (!field)
        return refuse(
            problem, where,
            arena_printf(arena, "there is no field %.*s in %s", (int)len, name, query->view->name));
    for (size_t i = 0; i < query->field_count; i++)
        if (query->fields[i] == field)
            return true;
    query->fields[query->field_count++] = field;
    return true;
}

typedef bool add_fn(struct arena *arena, struct explorer_query *query, const char *name, size_t len,
                    const char *where, struct explorer_problem *problem);

/* --- Query strings --- */

static bool add_listed(struct arena *arena, struct explorer_query *query, const char *text,
                       const char *where, add_fn *add, struct explorer_problem *problem)
{
    while (text && *text) {
        size_t len = strcspn(text, ",");
        if (len > 0 && !add(arena, query, text, len, where, problem))
            return false;
        text += len;
        text += *text == ',';
    }
    return true;
}

/* "[word]" at *at, which moves behind it. */
static bool take_bracket(const char **at, const char **word, size_t *len)
{
    if (**at != '[')
        return false;
    *word = *at + 1;
    *len = strcspn(*word, "]");
    if ((*word)[*len] != ']' || *len == 0)
        return false;
    *at = *word + *len + 1;
    return true;
}

static bool is_digits(const char *text, size_t len)
{
    return len < 6 && strspn(text, "0123456789") >= len;
}

static bool filter_from_url(struct arena *arena, struct explorer_query *query, const char *name,
                            const char *value, struct explorer_problem *problem)
{
    const char *at = name + strlen("filter"), *index, *place;
    const char *where = arena_printf(arena, "?%s", name);
    size_t index_len, place_len;
    struct words words;

    if (!take_bracket(&at, &index, &index_len) || !is_digits(index, index_len) ||
        !take_bracket(&at, &words.field, &words.field_len) ||
        !take_bracket(&at, &words.operator, & words.operator_len) ||
        !take_bracket(&at, &place, &place_len) || *at)
        return refuse(problem, where, "must be filter[INDEX][FIELD][OPERATOR][0]");
    if (place_len != 1 || *place != '0')
        return refuse(problem, where, "the index of the value must be 0");
    return add_filter(arena, query, words, value, where, problem);
}

bool explorer_query_from_url(struct arena *arena, const struct http_request *request,
                             struct explorer_query *query, struct explorer_problem *problem)
{
    *query = (struct explorer_query){.view = explorer_view_find(http_query(request, "type"))};
    if (!query->view)
        return refuse(problem, "?type", "must be " EXPLORER_VIEWS);
    for (size_t i = 0; i < request->query_count; i++) {
        const struct http_query_param *q = &request->query[i];
        if (strncmp(q->name, "filter[", 7) == 0 &&
            !filter_from_url(arena, query, q->name, q->value, problem))
            return false;
    }
    return add_listed(arena, query, http_query(request, "sort"), "?sort", add_sort, problem) &&
           add_listed(arena, query, http_query(request, "fields"), "?fields", add_field, problem);
}

/* --- Documents --- */

/* The one value of a filter, alone or in an array; *value is NULL when there is none. */
static bool one_value(struct arena *arena, const struct json_value *json, const char **value)
{
    *value = NULL;
    if (json && json_kind(json) == JSON_ARRAY) {
        if (json_length(json) > 1)
            return false;
        json = json_length(json) ? json_at(json, 0) : NULL;
    }
    if (!json || json_kind(json) == JSON_NULL)
        return true;
    *value = json_text(json);
    if (!*value && (json_kind(json) == JSON_BOOL || json_kind(json) == JSON_INT ||
                    json_kind(json) == JSON_DOUBLE)) {
        struct buf text;
        buf_init(&text, arena);
        json_print(&text, json);
        *value = buf_str(&text);
    }
    return *value;
}

static bool filter_from_words(struct arena *arena, struct explorer_query *query, const char *field,
                              const char *operator, const struct json_value * json,
                              const char *where, struct explorer_problem *problem)
{
    const char *value;

    if (!field || !operator)
        return refuse(problem, where, "must have a field, an operator and a value");
    if (!one_value(arena, json, &value))
        return refuse(problem, where, "there must be one value");
    return add_filter(arena, query,
                      (struct words){field, operator, strlen(field), strlen(operator)}, value,
                      where, problem);
}

static bool filter_from_json(struct arena *arena, struct explorer_query *query,
                             const struct json_value *json, const char *where,
                             struct explorer_problem *problem)
{
    const struct json_value *inner, *value;
    const char *field, *operator;
    void *fields = NULL;

    if (json_get(json, "field") || json_get(json, "operator"))
        return filter_from_words(arena, query, json_text(json_get(json, "field")),
                                 json_text(json_get(json, "operator")), json_get(json, "value"),
                                 where, problem);
    if (json_kind(json) != JSON_OBJECT)
        return refuse(problem, where, "must be an object");
    while (json_next(json, &fields, &field, &inner)) {
        void *inside = NULL;
        if (json_kind(inner) != JSON_OBJECT)
            return refuse(problem, where, "must have a field, an operator and a value");
        while (json_next(inner, &inside, &operator, & value))
            if (!filter_from_words(arena, query, field, operator, value, where, problem))
                return false;
    }
    return true;
}

static bool is_absent(const struct json_value *json)
{
    return !json || json_kind(json) == JSON_NULL;
}

static bool filters_from_json(struct arena *arena, struct explorer_query *query,
                              const struct json_value *json, struct explorer_problem *problem)
{
    if (is_absent(json))
        return true;
    if (json_kind(json) != JSON_ARRAY)
        return refuse(problem, "/filter", "must be an array");
    for (size_t i = 0; i < json_length(json); i++)
        if (!filter_from_json(arena, query, json_at(json, i), arena_printf(arena, "/filter/%zu", i),
                              problem))
            return false;
    return true;
}

/* An array of names, or one text of them. */
static bool names_from_json(struct arena *arena, struct explorer_query *query,
                            const struct json_value *json, const char *where, add_fn *add,
                            struct explorer_problem *problem)
{
    if (is_absent(json))
        return true;
    if (json_text(json))
        return add_listed(arena, query, json_text(json), where, add, problem);
    if (json_kind(json) != JSON_ARRAY)
        return refuse(problem, where, "must be an array of names");
    for (size_t i = 0; i < json_length(json); i++) {
        const char *name = json_text(json_at(json, i));
        if (!name)
            return refuse(problem, where, "must be an array of names");
        if (!add(arena, query, name, strlen(name), where, problem))
            return false;
    }
    return true;
}

bool explorer_query_from_json(struct arena *arena, const struct explorer_view *view,
                              const struct json_value *json, struct explorer_query *query,
                              struct explorer_problem *problem)
{
    const struct json_value *fields = json_get(json, "fields");
    const char *type = json_text(json_get(json, "type"));

    *query = (struct explorer_query){.view = view};
    if (json && json_kind(json) != JSON_OBJECT)
        return refuse(problem, "", "must be an object");
    if (type && strcmp(type, view->name) != 0)
        return refuse(problem, "/type", arena_printf(arena, "must be %s", view->name));
    /* {"workspaces": [...]} is what clients are known to send as well. */
    if (fields && json_kind(fields) == JSON_OBJECT)
        fields = json_get(fields, view->name);
    return filters_from_json(arena, query, json_get(json, "filter"), problem) &&
           names_from_json(arena, query, fields, "/fields", add_field, problem) &&
           names_from_json(arena, query, json_get(json, "sort"), "/sort", add_sort, problem);
}

/* --- What is kept, and what the database is asked --- */

static void write_kept_filters(struct json_writer *w, const struct explorer_query *query)
{
    json_key(w, "filter");
    json_array_begin(w);
    for (size_t i = 0; i < query->filter_count; i++) {
        const struct explorer_filter *f = &query->filters[i];
        json_object_begin(w);
        json_member_string(w, "field", f->field->name);
        json_member_string(w, "operator", f->operator);
        json_key(w, "value");
        json_array_begin(w);
        json_string(w, f->value);
        json_array_end(w);
        json_object_end(w);
    }
    json_array_end(w);
}

const char *explorer_query_json(struct arena *arena, const struct explorer_query *query)
{
    struct buf out;
    struct json_writer w;

    buf_init(&out, arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_member_string(&w, "type", query->view->name);
    write_kept_filters(&w, query);
    if (query->field_count) {
        json_key(&w, "fields");
        json_array_begin(&w);
        for (size_t i = 0; i < query->field_count; i++)
            json_string(&w, query->fields[i]->name);
        json_array_end(&w);
    }
    if (query->sort_count) {
        json_key(&w, "sort");
        json_array_begin(&w);
        for (size_t i = 0; i < query->sort_count; i++)
            json_string(&w, arena_printf(arena, "%s%s", query->sorts[i].descending ? "-" : "",
                                         query->sorts[i].field->name));
        json_array_end(&w);
    }
    json_object_end(&w);
    return buf_str(&out);
}

const char *explorer_query_filters(struct arena *arena, const struct explorer_query *query)
{
    struct buf out;
    struct json_writer w;

    buf_init(&out, arena);
    json_writer_init(&w, &out);
    json_array_begin(&w);
    for (size_t i = 0; i < query->filter_count; i++) {
        const struct explorer_filter *f = &query->filters[i];
        json_object_begin(&w);
        json_member_string(&w, "field", f->field->name);
        json_member_string(&w, "kind", explorer_kind_name(f->field->kind));
        json_member_string(&w, "operator", f->operator);
        json_member_string(&w, "value", f->sense);
        json_object_end(&w);
    }
    json_array_end(&w);
    return buf_str(&out);
}

const char *explorer_query_sorts(struct arena *arena, const struct explorer_query *query)
{
    struct buf out;
    struct json_writer w;

    buf_init(&out, arena);
    json_writer_init(&w, &out);
    json_array_begin(&w);
    for (size_t i = 0; i < query->sort_count; i++) {
        json_object_begin(&w);
        json_member_string(&w, "field", query->sorts[i].field->name);
        json_member_string(&w, "kind", explorer_kind_name(query->sorts[i].field->kind));
        json_member_bool(&w, "descending", query->sorts[i].descending);
        json_object_end(&w);
    }
    json_array_end(&w);
    return buf_str(&out);
}

const struct explorer_field *explorer_query_field(const struct explorer_query *query, size_t n)
{
    if (query->field_count)
        return n < query->field_count ? query->fields[n] : NULL;
    const struct explorer_field *field = &query->view->fields[n];
    return field->name ? field : NULL;
}
