/* Reads a request document into a patch (struct patch in resource.h). */
#ifndef TERRACE_JSONAPI_PATCH_H
#define TERRACE_JSONAPI_PATCH_H

#include "jsonapi/resource.h"

struct arena;
struct json_value;

/* Checks context->document against the resource's tables, runs its before_write hook and leaves a
 * complete JSON object in patch->text. False when anything was refused; all of it is recorded. */
bool patch_read(struct context *context, const struct resource *resource, bool create,
                struct patch *patch);

/* The same for one object in an array: data is at this pointer of the document. id is the row's;
 * NULL on create makes one. */
bool patch_read_object(struct context *context, const struct resource *resource,
                       const struct json_value *data, const char *pointer, const char *id,
                       bool create, struct patch *patch);

/* Records `invalid attribute` with the attribute's human name in front: "Name can't be blank". */
void patch_fail(struct context *context, const char *name, const char *problem);

/* choices: "read|write". */
bool patch_is_choice(const char *choices, const char *value);

/* "auto-apply" -> "Auto apply". */
const char *patch_human(struct arena *arena, const char *name);

#endif
