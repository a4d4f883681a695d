/* SCIM 2.0 (RFC 7643, RFC 7644): what an identity provider calls. Its documents are not JSON:API,
 * so its requests have a small layer of their own here: the same steps as in the engine
 * (authenticate, one transaction, retry, audit, answer after the commit), with SCIM's answers. */
#ifndef TERRACE_API_SCIM_SCIM_H
#define TERRACE_API_SCIM_SCIM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "db/db.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"

struct json_value;

#define SCIM_USER "urn:ietf:params:scim:schemas:core:2.0:User"
#define SCIM_GROUP "urn:ietf:params:scim:schemas:core:2.0:Group"

/* A request under way. Everything but context is made anew for each try. */
struct scim {
    struct context *context;
    const char *token_id;
    const struct json_value *body; /* of a write: always an object */

    int failure; /* an HTTP status; 0: nothing was refused */
    const char *failure_type;
    const char *failure_detail;
    bool transient;

    int status; /* of the answer, sent after the commit */
    const char *location;
    struct buf text;
    struct json_writer w;
};

/* --- scim.c --- */

typedef void scim_handler(struct scim *scim);
enum scim_access { SCIM_READ, SCIM_WRITE };
/* Answers the request. A write has a document unless it is a DELETE, and is refused while SCIM is
 * paused. */
void scim_serve(struct context *context, enum scim_access access, scim_handler *handler);

/* type: RFC 7644 section 3.12, or NULL. The first failure counts. */
void scim_fail(struct scim *scim, int status, const char *type, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool scim_failed(const struct scim *scim);

/* A statement inside the transaction; *out is NULL when a :one statement finds nothing. */
bool scim_query(struct scim *scim, enum statement statement, struct rows **out,
                const char *const *params, size_t count);
#define SCIM_QUERY(scim, statement, out, ...)                                                      \
    scim_query((scim), (statement), (out), (const char *[]){__VA_ARGS__},                          \
               sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *))

/* Brings the linked teams of a group up to date, with an event in each one's audit trail. */
bool scim_sync(struct scim *scim, const char *group);
/* An event in the audit trail of every organization that the user is in. */
bool scim_audit_user(struct scim *scim, const char *user, const char *action);

/* --- scim_document.c: what goes out --- */

struct scim_kind {
    const char *schema;
    const char *name;     /* "User" */
    const char *endpoint; /* "/Users" */
    /* Writes the members between `schemas`, `id` and `meta`. */
    void (*write)(struct scim *scim, const struct rows *rows, size_t row);
};

/* False when the query's attributes or excludedAttributes leave this one out. */
bool scim_wanted(const struct scim *scim, const char *attribute);
void scim_write_one(struct scim *scim, const struct scim_kind *kind, const struct rows *rows,
                    size_t row);
/* The answer to a POST (201), GET, PUT or PATCH (200): row 0. */
void scim_reply_one(struct scim *scim, int status, const struct scim_kind *kind,
                    const struct rows *rows);
/* A ListResponse. rows have `total`, and one row without `id` when the page is empty. */
void scim_reply_list(struct scim *scim, const struct scim_kind *kind, const struct rows *rows);

/* Limit and offset from `count` and `startIndex`, as parameters. */
struct scim_page {
    long start; /* from 1 */
    const char *limit;
    const char *offset;
};
void scim_page_read(struct scim *scim, struct scim_page *page);

/* --- scim_path.c: filters and the paths of PATCH --- */

/* `a eq "x" and b eq "y"`: values[i] is what names[i] must be (names end with NULL; a name may be
 * several, divided by '|'). NULL: any. False: refused, recorded. */
bool scim_filter_read(struct scim *scim, const char *const *names, const char **values);

/* The parts of `members[value eq "x"].display`: attribute "members", key "x" for `value eq` (NULL:
 * no such condition), sub "display" (NULL: none). A schema's URN in front is left out. False: no
 * path. */
struct scim_path {
    const char *attribute;
    const char *key;
    const char *sub;
};
bool scim_path_read(struct scim *scim, const char *text, struct scim_path *path);

enum scim_op { SCIM_ADD, SCIM_REPLACE, SCIM_REMOVE };
/* Calls take for each of the document's Operations, with path.attribute NULL for one without a
 * path; stops at the first failure. */
typedef void scim_take(struct scim *scim, void *target, enum scim_op op,
                       const struct scim_path *path, const struct json_value *value);
void scim_operations(struct scim *scim, scim_take *take, void *target);

#endif
