/* What the configuration file of a policy set says: `sentinel.hcl` or `policies.hcl`, or the same
 * as JSON (today-governance.md section 8). It is found and checked while the archive streams by, so
 * that a set which could not be evaluated is refused when it is uploaded. */
#ifndef TERRACE_API_POLICIES_POLICY_MANIFEST_H
#define TERRACE_API_POLICIES_POLICY_MANIFEST_H

#include <stdbool.h>

#include "archive/slug.h"

struct arena;
struct policy_manifest;

/* base: the folder of the archive that holds the set; NULL or "": its root. */
struct policy_manifest *policy_manifest_new(struct arena *arena, bool opa, const char *base);
struct slug_reader policy_manifest_reader(struct policy_manifest *manifest);

/* After the whole archive has been read. JSON, or NULL with the reason, a sentence:
 *     {"policies": [{"name", "enforcement_level", "description",
 *                    "query" (OPA), "source" (Sentinel: a path in the archive), "params": {}}],
 *      "modules": [{"name", "source"}], "statics": [{"name", "source"}], "params": {name: value},
 *      "base": "folder" } */
const char *policy_manifest_document(struct policy_manifest *manifest, const char **reason);

#endif
