/* Flat tags of workspaces, and key/value bindings of workspaces and projects
 * (today-workspaces.md section 7). */
#ifndef TERRACE_API_TAGS_TAGS_H
#define TERRACE_API_TAGS_TAGS_H

#include "jsonapi/resource.h"

enum tag_owner { TAG_OWNER_WORKSPACE, TAG_OWNER_PROJECT };

/* Checks the members of a `tags` relationship: each has an id or attributes.name. Records errors.
 */
void tags_check_members(struct context *context, const struct json_value *relationship);
/* Adds tags by id or name; names that do not exist are created, ids must. */
void tags_add(struct context *context, const char *organization, const char *workspace,
              const struct json_value *members);

/* What keys and values are made of. */
extern const char tag_binding_characters[];

/* Checks an array of bindings: keys, values, at most ten. NULL is fine. Records errors. */
void tag_bindings_check(struct context *context, const struct json_value *members);
/* Checked members as [{"key","value"}], of several with one key the last. */
const char *tag_bindings_json(struct context *context, const struct json_value *members);
/* Makes these the only bindings of the owner. */
void tag_bindings_replace(struct context *context, const char *organization, enum tag_owner owner,
                          const char *id, const struct json_value *members);
/* Adds or changes these by key, removes none. */
void tag_bindings_merge(struct context *context, const char *organization, enum tag_owner owner,
                        const char *id, const struct json_value *members);

#endif
