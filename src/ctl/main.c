/* The table of commands, and everything that comes from it: parsing, help, usage errors. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "ctl/ctl.h"

const struct ctl_command ctl_commands[] = {
    {.name = "migrate",
     .summary = "bring the database to this program's schema",
     .options = {{"--role", "ROLE", false}, {"--database", "CONNINFO", false}},
     .run = ctl_migrate},
    {.name = "key init", .summary = "make the key file", .run = ctl_key_init},
    {.name = "key rotate",
     .summary = "add a new sealing key and seal everything under it",
     .options = {{"--no-reseal", NULL, false}},
     .run = ctl_key_rotate},
    {.name = "key reseal",
     .summary = "seal under the newest key what an older one sealed",
     .run = ctl_key_reseal},
    {.name = "user add",
     .summary = "add a user",
     .arguments = {"NAME", "EMAIL"},
     .options = {{"--admin", NULL, false}, {"--password-stdin", NULL, false}},
     .run = ctl_user_add},
    {.name = "user password",
     .summary = "set a user's password and end the user's sessions",
     .arguments = {"NAME"},
     .options = {{"--password-stdin", NULL, false}},
     .run = ctl_user_password},
    {.name = "user list",
     .summary = "print name, address, id, marks and organizations of every user",
     .run = ctl_user_list},
    {.name = "user disable",
     .summary = "sign a user out and refuse all tokens",
     .arguments = {"NAME"},
     .run = ctl_user_disable},
    {.name = "user enable",
     .summary = "let a disabled user in again",
     .arguments = {"NAME"},
     .run = ctl_user_enable},
    {.name = "user confirm",
     .summary = "let the new address that a user has asked for count",
     .arguments = {"NAME"},
     .run = ctl_user_confirm},
    {.name = "user admin",
     .summary = "make a user a site administrator, or take that away",
     .arguments = {"NAME"},
     .options = {{"--revoke", NULL, false}},
     .run = ctl_user_admin},
    {.name = "organization add",
     .summary = "add an organization",
     .arguments = {"NAME", "EMAIL"},
     .options = {{"--owner", "USER", true}},
     .run = ctl_organization_add},
    {.name = "token create",
     .summary = "make an API token of a user; it is shown once",
     .options = {{"--user", "NAME", true},
                 {"--description", "TEXT", false},
                 {"--expires", "TIME", false}},
     .run = ctl_token_create},
    {.name = "runner-token create",
     .summary = "make a token for runners of the site; it is shown once",
     .options = {{"--description", "TEXT", false}},
     .run = ctl_runner_token_create},
    {.name = "runner-token list",
     .summary = "print id, age, last use and description of the runners' tokens",
     .run = ctl_runner_token_list},
    {.name = "runner-token revoke",
     .summary = "end a runners' token",
     .arguments = {"ID"},
     .run = ctl_runner_token_revoke},
    {.name = "explain",
     .summary = "print what a user, team or organization token may do with a thing, and why",
     .arguments = {"USER", "KIND", "ID"},
     .run = ctl_explain},
    {.name = "audit prune",
     .summary = "remove old events from the audit trail",
     .options = {{"--older-than", "DAYS", true}},
     .run = ctl_audit_prune},
    {.name = "doctor",
     .summary = "check the installation and say what to do",
     .run = ctl_doctor,
     .any_config = true},
    {.name = "verify",
     .summary = "read every state and configuration back, check hashes and history",
     .run = ctl_verify},
    {.name = "collect",
     .summary = "remove bytes that nothing refers to any more (the server does it by itself)",
     .run = ctl_collect},
    {.name = "config", .summary = "print every option with its value", .run = ctl_config},
    {.name = "version", .summary = "print the version", .run = ctl_version, .any_config = true},
    {.name = "help", .summary = "print this help", .run = ctl_help, .any_config = true},
    {.name = NULL},
};

int ctl_fail(const char *format, ...)
{
    va_list args;

    fflush(stdout);
    fputs("terracectl: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return 1;
}

int ctl_fail_db(struct ctl *ctl, enum db_status status, const char *what)
{
    if (status == DB_UNAVAILABLE)
        return ctl_fail("%s: the database can't be reached: %s", what,
                        db_failure(ctl->db)->message);
    return ctl_fail("%s: %s", what, db_failure(ctl->db)->message);
}

bool ctl_database(struct ctl *ctl)
{
    ctl->db = db_open(ctl->config.database, ctl->config.prepared_statements);
    if (db_ensure(ctl->db) != DB_OK) {
        ctl_fail("the database can't be reached: %s", db_failure(ctl->db)->message);
        return false;
    }
    switch (db_schema_check(ctl->db)) {
    case DB_SCHEMA_CURRENT:
        return true;
    case DB_SCHEMA_BEHIND:
        ctl_fail("the schema is older than this program: run `terracectl migrate`");
        return false;
    case DB_SCHEMA_UNKNOWN:
        ctl_fail("the schema is not one that this program knows: use the newer program");
        return false;
    case DB_SCHEMA_UNAVAILABLE:
        break;
    }
    ctl_fail("the schema can't be read: %s", db_failure(ctl->db)->message);
    return false;
}

bool ctl_keyring(struct ctl *ctl)
{
    char error[512];

    ctl->keyring = keyring_load(ctl->config.key_file, error, sizeof(error));
    if (ctl->keyring == NULL)
        ctl_fail("%s", error);
    return ctl->keyring != NULL;
}

/* --- Help --- */

static void print_usage(FILE *out, const struct ctl_command *command)
{
    fprintf(out, "terracectl %s", command->name);
    for (size_t i = 0; i < CTL_MAX_ARGUMENTS && command->arguments[i] != NULL; i++)
        fprintf(out, " %s", command->arguments[i]);
    for (size_t i = 0; i < CTL_MAX_OPTIONS && command->options[i].name != NULL; i++) {
        const struct ctl_option *option = &command->options[i];

        fprintf(out, option->required ? " %s%s%s" : " [%s%s%s]", option->name,
                option->value == NULL ? "" : " ", option->value == NULL ? "" : option->value);
    }
    fputc('\n', out);
}

int ctl_help(struct ctl *ctl, const struct ctl_args *args)
{
    (void)ctl;
    (void)args;
    puts("Administers a Terrace installation. The configuration is read from the file named by\n"
         "TERRACE_CONFIG, then from the environment: see `terracectl config`.\n");
    for (const struct ctl_command *command = ctl_commands; command->name != NULL; command++) {
        print_usage(stdout, command);
        printf("    %s\n", command->summary);
    }
    return 0;
}

int ctl_version(struct ctl *ctl, const struct ctl_args *args)
{
    (void)ctl;
    (void)args;
    puts("terracectl " PACKAGE_VERSION);
    return 0;
}

int ctl_config(struct ctl *ctl, const struct ctl_args *args)
{
    (void)args;
    config_print(&ctl->config);
    return 0;
}

/* --- Parsing --- */

static int usage_error(const struct ctl_command *command, const char *what, const char *name)
{
    fprintf(stderr, "terracectl: %s%s%s\nusage: ", what, name[0] == '\0' ? "" : " ", name);
    print_usage(stderr, command);
    return 2;
}

/* How many words of argv the command's name takes; 0 when it is another command. */
static int match_name(const struct ctl_command *command, int argc, char **argv)
{
    const char *space = strchr(command->name, ' ');

    if (space == NULL)
        return argc > 0 && strcmp(argv[0], command->name) == 0;
    if (argc < 2 || strncmp(argv[0], command->name, (size_t)(space - command->name)) != 0 ||
        argv[0][space - command->name] != '\0')
        return 0;
    return strcmp(argv[1], space + 1) == 0 ? 2 : 0;
}

static const char *take_option(const struct ctl_option *option, const char **p_value, char ***next)
{
    if (option->value == NULL)
        *p_value = "";
    else if (**next == NULL)
        return "a value is missing after";
    else
        *p_value = *(*next)++;
    return NULL;
}

static int parse(const struct ctl_command *command, char **next, struct ctl_args *args)
{
    size_t count = 0;
    size_t i;

    memset(args, 0, sizeof(*args));
    while (*next != NULL) {
        const char *word = *next++;
        const char *problem;

        if (word[0] != '-' || word[1] == '\0') {
            if (count == CTL_MAX_ARGUMENTS || command->arguments[count] == NULL)
                return usage_error(command, "unexpected argument", word);
            args->arguments[count++] = word;
            continue;
        }
        for (i = 0; i < CTL_MAX_OPTIONS && command->options[i].name != NULL; i++)
            if (strcmp(word, command->options[i].name) == 0)
                break;
        if (i == CTL_MAX_OPTIONS || command->options[i].name == NULL)
            return usage_error(command, "unknown option", word);
        problem = take_option(&command->options[i], &args->options[i], &next);
        if (problem != NULL)
            return usage_error(command, problem, word);
    }
    if (count < CTL_MAX_ARGUMENTS && command->arguments[count] != NULL)
        return usage_error(command, "missing", command->arguments[count]);
    for (i = 0; i < CTL_MAX_OPTIONS && command->options[i].name != NULL; i++)
        if (command->options[i].required && args->options[i] == NULL)
            return usage_error(command, "missing", command->options[i].name);
    return 0;
}

static int run(const struct ctl_command *command, const struct ctl_args *args)
{
    struct ctl ctl = {.arena = arena_new()};
    int status;

    crypto_init();
    /* What goes wrong is said by the command itself. */
    log_set_level(LOG_LEVEL_ERROR);
    if (!config_load(&ctl.config, ctl.config_error, sizeof(ctl.config_error)) &&
        !command->any_config)
        status = ctl_fail("%s", ctl.config_error);
    else
        status = command->run(&ctl, args);
    db_close(ctl.db);
    if (ctl.keyring != NULL)
        keyring_free(ctl.keyring);
    arena_free(ctl.arena);
    return fflush(stdout) == 0 ? status : ctl_fail("standard output can't be written");
}

int main(int argc, char **argv)
{
    struct ctl_args args;

    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return ctl_help(NULL, NULL);
    if (argc > 1 && strcmp(argv[1], "--version") == 0)
        return ctl_version(NULL, NULL);
    for (const struct ctl_command *command = ctl_commands; command->name != NULL; command++) {
        int words = match_name(command, argc - 1, argv + 1);
        int status;

        if (words == 0)
            continue;
        if (argc > 1 + words &&
            (strcmp(argv[1 + words], "--help") == 0 || strcmp(argv[1 + words], "-h") == 0)) {
            print_usage(stdout, command);
            printf("    %s\n", command->summary);
            return 0;
        }
        status = parse(command, argv + 1 + words, &args);
        return status != 0 ? status : run(command, &args);
    }
    fprintf(stderr, "terracectl: %s%s\nsee `terracectl help`\n",
            argc > 1 ? "unknown command " : "no command", argc > 1 ? argv[1] : "");
    return 2;
}
