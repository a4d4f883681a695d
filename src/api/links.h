/* To-many relationships that are kept in a table of pairs: what a variable set is applied to, which
 * workspaces an agent pool serves. */
#ifndef TERRACE_API_LINKS_H
#define TERRACE_API_LINKS_H

#include "jsonapi/resource.h"

struct links_target {
    const char *relationship;
    const char *type;
    /* ($1 token, $2 owner, $3 ids) gives the ids that cannot be linked; those with a false
     * `visible` do not exist for the caller. */
    enum statement unlinkable;
    enum statement add, remove, prune; /* ($1 owner, $2 ids); prune removes all others */
    const char *outside;               /* what is wrong with a visible one: the end of a sentence */
};

/* Makes the relationship's list in the document the only links of the row that was just written; a
 * document without the list changes nothing. */
void links_replace(struct context *context, const struct patch *patch,
                   const struct links_target *target);

/* The relationship's own endpoint: adds or removes the identifiers of the document, 204. What is
 * not linked is removed without effect. */
void links_add(struct context *context, const struct links_target *target);
void links_remove(struct context *context, const struct links_target *target);

#endif
