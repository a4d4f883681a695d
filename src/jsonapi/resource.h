/* A resource is data first: tables of attributes, relationships, permissions, links, includes,
 * constraints and routes. Listing, showing, creating, patching, deleting, paging, sorting,
 * filtering, include, sparse fields, validation and the API reference come from them. C functions
 * exist only for what is special about a type. All tables end with an all-zero row. */
#ifndef TERRACE_JSONAPI_RESOURCE_H
#define TERRACE_JSONAPI_RESOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/permission.h"
#include "base/buf.h"
#include "db/db.h"
#include "http/http_router.h"
#include "json/json_writer.h"
#include "jsonapi/error.h"

struct context;
struct json_value;
struct resource;

/* One row of a result, for custom rendering. */
struct row {
    const struct rows *rows;
    size_t index;
    const struct resource *resource;
    const int *columns; /* column numbers per attribute and relationship of the resource */
};
/* Cell by column name; NULL for SQL NULL or no such column. */
const char *row_get(const struct row *row, const char *column);

enum attribute_kind {
    ATTRIBUTE_STRING,
    ATTRIBUTE_INT,
    ATTRIBUTE_BOOL,
    ATTRIBUTE_TIME,    /* timestamptz <-> 2017-11-29T19:56:15.205Z */
    ATTRIBUTE_STRINGS, /* text[] <-> array of strings */
    ATTRIBUTE_JSON,    /* JSON text, any kind, passed through */
};

enum attribute_flag {
    ATTRIBUTE_READ_ONLY = 1 << 0,
    ATTRIBUTE_REQUIRED = 1 << 1,    /* on create */
    ATTRIBUTE_NULLABLE = 1 << 2,    /* an explicit null clears it; otherwise null = absent */
    ATTRIBUTE_WRITE_ONLY = 1 << 3,  /* never sent */
    ATTRIBUTE_CREATE_ONLY = 1 << 4, /* ignored in an update */
    ATTRIBUTE_OMIT_NULL = 1 << 5,   /* left out when the column is NULL */
    ATTRIBUTE_NO_COLUMN = 1 << 6,   /* a before_write hook reads it; the engine does not store it */
    ATTRIBUTE_ALLOW_EMPTY = 1 << 7, /* required, but "" is a value */
};

/* NULL when value is fine, else the end of a sentence that begins with the attribute's name:
 * "has an incorrect format". Text may come from the arena. */
typedef const char *attribute_check(struct context *context, const char *value);
typedef void attribute_render(struct context *context, struct json_writer *w,
                              const struct row *row);

struct attribute {
    const char *name; /* on the wire */
    enum attribute_kind kind;
    unsigned flags;
    const char *column;       /* NULL: the name with underscores */
    const char *choices;      /* "read|write"; NULL: any */
    size_t max;               /* characters; 0: 64 KiB */
    attribute_check *check;   /* strings only */
    const char *constant;     /* JSON that is always sent (no column) */
    attribute_render *render; /* writes the value itself */
    const char *initial;      /* JSON used on create when absent; NULL: the column's default */
};

enum relationship_kind {
    RELATION_ONE,  /* column holds an id or NULL */
    RELATION_MANY, /* column holds text[] of ids */
    RELATION_LINK, /* only links */
};

enum relationship_flag {
    RELATION_OMIT_NULL = 1 << 0,
    RELATION_REQUIRED = 1 << 1, /* on create */
    RELATION_CREATE_ONLY = 1 << 2,
    RELATION_NULLABLE = 1 << 3, /* an explicit null clears it */
};

struct relationship {
    const char *name;
    enum relationship_kind kind;
    const char *type; /* NULL: the column holds `type/id` (polymorphic) */
    const char *column;
    const char *related; /* link template, or NULL */
    const char *writes;  /* column that a create or update sets from a to-one member */
    unsigned flags;
};

/* A key of the `permissions` object: true when the row's mask has every bit of need. */
struct permission {
    const char *key;
    permission_mask need; /* 0: always false */
};

struct link {
    const char *name;
    const char *template; /* "/api/v2/workspaces/{id}": {column}, percent-encoded */
};

/* include=name: the ids in `column` of the parent's rows, fetched by one statement ($1 token, $2
 * ids). When column is the parent's own `id`, the rows may say in parent_id whose they are: the
 * relationship of that name (RELATION_LINK) gets its linkage from them. Without a target nothing is
 * included yet, whatever the path goes on to below it: clients ask for it, and the type is not
 * served (a workspace's run). */
struct inclusion {
    const char *name; /* with underscores; hyphens are accepted too */
    const char *column;
    const struct resource *target;
    enum statement statement;
};

/* What a violated constraint means to the caller. */
struct constraint {
    const char *name;
    enum error_code code;
    const char *pointer;
    const char *detail;
};

/* What a create or update is about to write: members of a JSON object that the statement feeds to
 * jsonb_populate_record(). */
struct patch {
    struct json_writer w;
    struct buf text;
    bool create;
    bool empty;
    const char *id;                         /* of the row, also of one that is yet to be created */
    const struct json_value *attributes;    /* of the document, may be NULL */
    const struct json_value *relationships; /* may be NULL */
};
void patch_string(struct patch *patch, const char *column, const char *value);
void patch_bool(struct patch *patch, const char *column, bool value);
void patch_int(struct patch *patch, const char *column, long long value);
void patch_json(struct patch *patch, const char *column, const char *json);
void patch_null(struct patch *patch, const char *column);
/* An attribute of the request by wire name, underscores and dashes alike; NULL when absent. */
const struct json_value *patch_attribute(const struct patch *patch, const char *name);
const struct json_value *patch_relationship(const struct patch *patch, const char *name);

typedef void before_write_hook(struct context *context, struct patch *patch);
/* In the same transaction, after the row itself. id is the row's. */
typedef void after_write_hook(struct context *context, struct patch *patch, const char *id);
typedef void route_handler(struct context *context);
/* Adds members to `meta` of a list, from its first row. */
typedef void meta_hook(struct context *context, struct json_writer *w, const struct rows *rows);

struct resource {
    const char *type;
    const char *id_prefix; /* "ws-" */
    const char *audit;     /* its type in the audit trail; NULL: see audit.h */
    const struct attribute *attributes;
    const struct relationship *relationships;
    const struct permission *permissions;
    const struct link *links;
    const struct inclusion *inclusions;
    const struct constraint *constraints;
    before_write_hook *before_write;
    after_write_hook *after_write;
    attribute_render *render_links; /* writes members of `links` itself, after the table's */
    bool (*has_links)(const struct row *row); /* NULL: every row has `links` */
    const struct route *routes;
};

enum route_kind {
    ROUTE_NONE,
    ROUTE_SHOW,
    ROUTE_LIST,
    ROUTE_CREATE,
    ROUTE_UPDATE,
    ROUTE_DELETE,
    ROUTE_ACTION, /* handler runs inside the transaction, after load and permission */
    ROUTE_RAW,    /* handler does everything; no token is required */
};

enum route_flag {
    ROUTE_UNPAGED = 1 << 0,           /* always all rows */
    ROUTE_OPTIONAL_PAGE = 1 << 1,     /* all rows unless a page parameter is given */
    ROUTE_NO_DOCUMENT = 1 << 2,       /* the body, if any, is not read as JSON */
    ROUTE_OPTIONAL_DOCUMENT = 1 << 3, /* an empty body is fine */
    ROUTE_TOP_LEVEL_ARRAY = 1 << 4,   /* data is an array of resource identifiers */
    ROUTE_BARE = 1 << 5,              /* a list with all rows has neither meta nor page links */
    ROUTE_BYTES = 1 << 6, /* the body is no document: at most ROUTE_MAX_BYTES in raw_body */
};
#define ROUTE_MAX_BYTES (10L * 1024 * 1024)

enum filter_kind {
    FILTER_TEXT,
    FILTER_TAGGED,  /* filter[tagged][i][key|value] as a JSON array of {key, value} */
    FILTER_PRESENT, /* "t" when the parameter is given at all */
    FILTER_TIME,    /* an ISO 8601 time */
};

/* A query parameter that becomes a statement's parameter, in this order, after the path's (and, for
 * lists, limit and offset). names: alternatives separated by '|'. */
struct filter {
    const char *names;
    enum filter_kind kind;
    bool required;       /* without it: 404 */
    const char *choices; /* "a|b": anything else, or nothing, is a 400; NULL: any */
};

struct route {
    struct http_route http;
    enum route_kind kind;
    enum statement statement; /* SHOW, LIST: the read. Others: loads what the path names */
    permission_mask need;     /* on what the path names */
    enum statement write; /* CREATE($1 id, $2 scope_id, $3 patch, $4 actor), UPDATE($1 id, $2 patch,
                             $3 actor), DELETE($1 id, $2 actor) */
    enum statement reply; /* read back after a write: ($1 token, $2 id) */
    route_handler *handler;
    const struct filter *filters;
    unsigned flags;
    unsigned principals;    /* PRINCIPALS_...; 0: all kinds */
    int status;             /* of success; 0: 200, 201 for CREATE, 204 for DELETE */
    enum error_code denied; /* for a caller who sees the thing but lacks `need`; 0: NOT_FOUND */
    meta_hook *meta;
    long page_size;    /* of a list, also the largest; 0: 20 and 100 */
    const char *audit; /* the action in the audit trail, or `type/action`; NULL: see audit.h */
    const struct resource *resource; /* set by routes.c unless given here */
};

#endif
