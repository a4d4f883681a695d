/* What the explorer knows: views, their fields, and the operators of each kind of field
 * (today-workspaces.md 17). A new field is a row here and a column of the view's statement. */
#ifndef TERRACE_API_EXPLORER_EXPLORER_FIELDS_H
#define TERRACE_API_EXPLORER_EXPLORER_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "db/statements.h"

enum explorer_kind { EXPLORER_STRING, EXPLORER_NUMBER, EXPLORER_BOOLEAN, EXPLORER_DATETIME };

struct explorer_field {
    const char *name; /* in queries, in CSV, and the column of the statement */
    enum explorer_kind kind;
};

struct explorer_view {
    const char *name; /* "workspaces" */
    const char *type; /* of its rows: "visibility-workspace" */
    enum statement statement;
    const struct explorer_field *fields; /* ends with an all-zero row */
};

struct explorer_operator {
    const char *name;
    unsigned kinds; /* 1 << enum explorer_kind */
    bool without_value;
};

#define EXPLORER_VIEWS "workspaces, tf_versions, providers, modules or resources"

/* NULL when there is none of this name (NULL included). */
const struct explorer_view *explorer_view_find(const char *name);
/* len bytes of a name; hyphens and blanks stand for underscores. */
const struct explorer_field *explorer_field_find(const struct explorer_view *view, const char *name,
                                                 size_t len);
const struct explorer_operator *explorer_operator_find(const char *name, size_t len);

const char *explorer_kind_name(enum explorer_kind kind);

#endif
