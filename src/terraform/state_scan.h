/* Reads a Terraform state (version 4) while its bytes pass by, in memory that grows with what is
 * found and never with the size of the file: a push parser that is fed pieces of any size.
 *
 * It extracts what today-workspaces.md sections 12.5 to 14 need: top-level version, serial, lineage
 * and terraform_version; outputs (name, sensitive, value and type as JSON text); one entry a
 * resource block and one an instance (index key). What is too large to keep (an output's value over
 * 1 MiB, more than 200,000 instances) is counted and marked, never an error of the upload. */
#ifndef TERRACE_TERRAFORM_STATE_SCAN_H
#define TERRACE_TERRAFORM_STATE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct state_scan;

/* JSON text is kept as it was written, without white space between its tokens; so it may hold
 * \u0000, which jsonb does not take. Bytes that are no UTF-8 become U+FFFD, in names a NUL does
 * too. */
struct state_output {
    const char *name;
    bool sensitive;
    const char *value; /* JSON text; NULL when it was too large to keep */
    const char *type;  /* JSON text of the cty type, `["list","string"]`; NULL if absent */
};

struct state_resource {
    const char *module; /* "module.a.module.b[0]" as written; NULL = root */
    const char *mode;   /* "managed" or "data"; what is absent of these four is "" */
    const char *type;
    const char *name;
    const char *provider;    /* as written: provider["registry.terraform.io/hashicorp/null"] */
    size_t instance_count;   /* without deposed objects, which share an address with an instance */
    const char **index_keys; /* per kept instance: JSON text (`0`, `"a"`), NULL without an index */
    size_t index_key_count;  /* instances kept, <= instance_count */
};

struct state_summary {
    int64_t version; /* 0 when absent or no integer, as serial */
    int64_t serial;
    const char *lineage;           /* NULL when absent */
    const char *terraform_version; /* NULL when absent */
    size_t output_count;
    const struct state_output *outputs; /* in file order; of two with one name, the last */
    size_t resource_count;
    const struct state_resource *resources; /* in file order */
    bool truncated;                         /* something was too large to keep */
};

struct state_scan *state_scan_new(struct arena *arena);
/* Returns false once the text is known to be no JSON object (then and ever after). */
bool state_scan_feed(struct state_scan *scan, const char *bytes, size_t len);
/* Ends the text. NULL and a reason (lower case, no full stop) when it is no complete JSON object.
 */
const struct state_summary *state_scan_end(struct state_scan *scan, const char **reason);

#endif
