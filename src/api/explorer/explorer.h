/* Shared by the explorer's resources: asking, and the two forms of an answer. */
#ifndef TERRACE_API_EXPLORER_EXPLORER_H
#define TERRACE_API_EXPLORER_EXPLORER_H

#include "api/explorer/explorer_query.h"

struct context;
struct json_value;

enum explorer_form {
    EXPLORER_PAGE, /* JSON:API, by the page parameters of the request */
    EXPLORER_CSV,  /* all rows */
};

/* Runs the query in the organization and makes its rows the answer. */
void explorer_answer(struct context *context, const char *organization_id,
                     const struct explorer_query *query, enum explorer_form form);

/* Reads {type, filter, fields, sort} of a document; what is wrong is recorded as a 422 with a
 * pointer that begins with `pointer`. */
bool explorer_read_document(struct context *context, const struct explorer_view *view,
                            const struct json_value *json, const char *pointer,
                            struct explorer_query *query);

/* The query of a saved view, by its two columns in the row of the load statement. */
bool explorer_read_saved(struct context *context, struct explorer_query *query);

#endif
