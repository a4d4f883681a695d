/* What somebody asks the explorer: a view, filters, orders and fields, read from a query string or
 * from the document of a saved view, and checked against the tables of fields and operators
 * (today-workspaces.md 17). No database is asked. */
#ifndef TERRACE_API_EXPLORER_EXPLORER_QUERY_H
#define TERRACE_API_EXPLORER_EXPLORER_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "api/explorer/explorer_fields.h"

struct arena;
struct http_request;
struct json_value;

#define EXPLORER_MAX_FILTERS 20
#define EXPLORER_MAX_SORTS 3
#define EXPLORER_MAX_FIELDS 32

struct explorer_filter {
    const struct explorer_field *field;
    const char *operator;
    const char *value; /* as it was given */
    const char *sense; /* as the database compares it */
};

struct explorer_sort {
    const struct explorer_field *field;
    bool descending;
};

struct explorer_query {
    const struct explorer_view *view;
    size_t filter_count, sort_count, field_count;
    struct explorer_filter filters[EXPLORER_MAX_FILTERS];
    struct explorer_sort sorts[EXPLORER_MAX_SORTS];
    const struct explorer_field *fields[EXPLORER_MAX_FIELDS]; /* none: all of the view */
};

/* Why a query was refused. */
struct explorer_problem {
    const char *where; /* a parameter ("?type"), or a pointer below the query ("/filter/0") */
    const char *text;
};

/* ?type=&filter[i][field][operator][0]=&sort=&fields=. False: refused, *problem says why. */
bool explorer_query_from_url(struct arena *arena, const struct http_request *request,
                             struct explorer_query *query, struct explorer_problem *problem);

/* {filter, fields, sort} of a saved view or a bulk action. A filter is {field, operator, value:
 * [...]}, or {field: {operator: [...]}} as clients send it. */
bool explorer_query_from_json(struct arena *arena, const struct explorer_view *view,
                              const struct json_value *json, struct explorer_query *query,
                              struct explorer_problem *problem);

/* The JSON form that is kept and shown; explorer_query_from_json() reads it again. */
const char *explorer_query_json(struct arena *arena, const struct explorer_query *query);

/* Parameters of the view's statement. */
const char *explorer_query_filters(struct arena *arena, const struct explorer_query *query);
const char *explorer_query_sorts(struct arena *arena, const struct explorer_query *query);

/* The n-th field that is shown; NULL past the last. */
const struct explorer_field *explorer_query_field(const struct explorer_query *query, size_t n);

#endif
