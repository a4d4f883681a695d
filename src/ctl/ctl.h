/* terracectl: a table of commands, and what they share. A command prints what it did on standard
 * output and why it failed on standard error; its exit status is 0, 1 (failed) or 2 (wrong usage).
 */
#ifndef TERRACE_CTL_CTL_H
#define TERRACE_CTL_CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/config.h"
#include "db/db.h"

#define CTL_MAX_OPTIONS 4
#define CTL_MAX_ARGUMENTS 3

struct arena;
struct keyring;

struct ctl {
    struct config config;
    char config_error[512]; /* "" when the configuration is good */
    struct arena *arena;
    struct db *db;           /* NULL until ctl_database() */
    struct keyring *keyring; /* NULL until ctl_keyring() */
};

/* In the order of the command's option table: the value, "" for a given switch, NULL when absent.
 */
struct ctl_args {
    const char *options[CTL_MAX_OPTIONS];
    const char *arguments[CTL_MAX_ARGUMENTS];
};

struct ctl_option {
    const char *name;  /* "--role" */
    const char *value; /* what its value is called; NULL for a switch */
    bool required;
};

struct ctl_command {
    const char *name; /* one or two words */
    const char *summary;
    const char *arguments[CTL_MAX_ARGUMENTS]; /* names; all are required */
    struct ctl_option options[CTL_MAX_OPTIONS];
    int (*run)(struct ctl *ctl, const struct ctl_args *args);
    bool any_config; /* runs with a broken configuration too */
};

extern const struct ctl_command ctl_commands[];

/* The database with its schema checked, the key file loaded; false when it failed, with a message
 * printed. */
bool ctl_database(struct ctl *ctl) __attribute__((warn_unused_result));
bool ctl_keyring(struct ctl *ctl) __attribute__((warn_unused_result));

/* Prints `terracectl: message` and returns 1. */
int ctl_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for a statement: what was tried, and what the database said. */
int ctl_fail_db(struct ctl *ctl, enum db_status status, const char *what);

/* A password from standard input, a prompt, or made up; NULL when there is none. *generated tells
 * that it must be shown. */
const char *ctl_password(struct ctl *ctl, bool from_stdin, bool *generated);

int ctl_migrate(struct ctl *ctl, const struct ctl_args *args);
int ctl_key_init(struct ctl *ctl, const struct ctl_args *args);
int ctl_key_rotate(struct ctl *ctl, const struct ctl_args *args);
int ctl_key_reseal(struct ctl *ctl, const struct ctl_args *args);
int ctl_user_add(struct ctl *ctl, const struct ctl_args *args);
int ctl_user_password(struct ctl *ctl, const struct ctl_args *args);
int ctl_user_list(struct ctl *ctl, const struct ctl_args *args);
int ctl_user_disable(struct ctl *ctl, const struct ctl_args *args);
int ctl_user_enable(struct ctl *ctl, const struct ctl_args *args);
int ctl_user_confirm(struct ctl *ctl, const struct ctl_args *args);
int ctl_user_admin(struct ctl *ctl, const struct ctl_args *args);
int ctl_explain(struct ctl *ctl, const struct ctl_args *args);
int ctl_organization_add(struct ctl *ctl, const struct ctl_args *args);
int ctl_token_create(struct ctl *ctl, const struct ctl_args *args);
int ctl_runner_token_create(struct ctl *ctl, const struct ctl_args *args);
int ctl_runner_token_list(struct ctl *ctl, const struct ctl_args *args);
int ctl_runner_token_revoke(struct ctl *ctl, const struct ctl_args *args);
int ctl_audit_prune(struct ctl *ctl, const struct ctl_args *args);
int ctl_doctor(struct ctl *ctl, const struct ctl_args *args);
int ctl_verify(struct ctl *ctl, const struct ctl_args *args);
int ctl_collect(struct ctl *ctl, const struct ctl_args *args);
int ctl_config(struct ctl *ctl, const struct ctl_args *args);
int ctl_version(struct ctl *ctl, const struct ctl_args *args);
int ctl_help(struct ctl *ctl, const struct ctl_args *args);

#endif
