/* What the .tf files of a module declare, for the page that describes it: inputs, outputs, module
 * calls, resources, providers. It reads native syntax as far as that needs: blocks, their labels,
 * and attributes whose values it does not evaluate. A file that it cannot follow gives what stood
 * before that place and is no fault of the upload: whether a module is right, Terraform says.
 *
 * Bounded: MODULE_SCAN_MAX_ITEMS of a kind, MODULE_SCAN_MAX_TEXT bytes a text, and a budget of
 * memory; what is more is left out and marked. */
#ifndef TERRACE_TERRAFORM_MODULE_SCAN_H
#define TERRACE_TERRAFORM_MODULE_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct module_scan;

#define MODULE_SCAN_MAX_ITEMS 2000
#define MODULE_SCAN_MAX_PROVIDERS 100
#define MODULE_SCAN_MAX_TEXT ((size_t)64 * 1024)

/* One of anything; what a kind has not, or the file does not say, is NULL. */
struct module_item {
    const char *name;
    const char *type;        /* of an input: the expression, on one line; of a resource: its type */
    const char *constraint;  /* of an input: the type as it stands in the file */
    const char *description; /* of inputs and outputs */
    const char *initial;     /* of an input: JSON where it is a plain value, else the expression */
    const char *source;      /* of calls and providers */
    const char *version;     /* the same: a constraint */
    bool sensitive;
    bool ephemeral; /* of inputs and outputs */
};

struct module_items {
    struct module_item *items;
    size_t count, cap;
};

struct module_facts {
    struct module_items inputs, outputs, calls, resources, providers;
    bool truncated;
};

/* *budget: bytes that may still be kept, which several scans may share. */
struct module_scan *module_scan_new(struct arena *arena, size_t *budget);
/* One file: valid UTF-8 without NUL. Of providers that are named twice (required, configured, in
 * several files) there is one. */
void module_scan_file(struct module_scan *scan, const char *text, size_t len);
const struct module_facts *module_scan_end(struct module_scan *scan);

#endif
