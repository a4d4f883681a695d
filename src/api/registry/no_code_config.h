/* The configuration of a workspace that is made of a no-code module: one file, which calls one
 * version of the module and hands every variable in and every output out (today-registry-vcs.md
 * section 4). */
#ifndef TERRACE_API_REGISTRY_NO_CODE_CONFIG_H
#define TERRACE_API_REGISTRY_NO_CODE_CONFIG_H

#include <stdbool.h>

struct buf;
struct json_value;

#define NO_CODE_CONFIG_FILE "main.tf"

struct no_code_call {
    const char *name;    /* of the module; what it is called in the configuration follows from it */
    const char *source;  /* host/namespace/name/provider */
    const char *version; /* exactly this one */
    const struct json_value *contents; /* of that version: module_contents_document() */
};

/* Appends the text of NO_CODE_CONFIG_FILE. Whatever the module says is quoted. False: the module
 * cannot be called like this, and *reason is the end of a sentence that begins with its name. */
bool no_code_config_write(struct buf *out, const struct no_code_call *call, const char **reason)
    __attribute__((warn_unused_result));

/* text as a quoted string of the language. */
void no_code_config_quote(struct buf *out, const char *text);

#endif
