/* Users, organizations, tokens: what a new installation needs before anybody can sign in. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/ids.h"
#include "crypto/crypto.h"
#include "ctl/ctl.h"

static const struct {
    const char *constraint;
    const char *message;
} messages[] = {
    {"users_username_key", "there is a user with this name already"},
    {"users_email_key", "there is a user with this email address already"},
    {"organizations_name_key", "there is an organization with this name already"},
};

static int fail_write(struct ctl *ctl, enum db_status status, const char *name)
{
    for (size_t i = 0; status == DB_CONSTRAINT && i < sizeof(messages) / sizeof(messages[0]); i++)
        if (strcmp(messages[i].constraint, db_failure(ctl->db)->constraint) == 0)
            return ctl_fail("%s: %s", name, messages[i].message);
    return ctl_fail_db(ctl, status, name);
}

/* Letters, digits, - and _, as in paths of the API. */
static bool is_name(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    return len > 0 && len <= 90 && text[len] == '\0';
}

static bool is_email(const char *text)
{
    const char *at = strchr(text, '@');

    return at != NULL && at > text && at[1] != '\0' && strpbrk(text, " \t\r\n<>\"") == NULL &&
           strlen(text) <= 254;
}

static bool check_names(const char *name, const char *email)
{
    if (!is_name(name))
        ctl_fail("%s: a name has letters, digits, - and _ only", name);
    else if (!is_email(email))
        ctl_fail("%s is no email address", email);
    else
        return true;
    return false;
}

int ctl_user_add(struct ctl *ctl, const struct ctl_args *args)
{
    const char *name = args->arguments[0];
    const char *email = args->arguments[1];
    bool generated;
    const char *password;
    struct rows *rows;
    enum db_status status;

    if (!check_names(name, email) || !ctl_database(ctl))
        return 1;
    password = ctl_password(ctl, args->options[1] != NULL, &generated);
    if (password == NULL)
        return 1;
    status =
        db_query(ctl->db, ctl->arena, STATEMENT_CTL_USER_ADD, &rows, ids_new(ctl->arena, "user-"),
                 name, email, crypto_password_hash(ctl->arena, password, ctl->config.argon2_memory),
                 args->options[0] != NULL ? "true" : "false");
    if (status != DB_OK)
        return fail_write(ctl, status, name);
    printf("user %s added: %s%s\n", name, rows_get(rows, 0, "id"),
           args->options[0] != NULL ? ", site administrator" : "");
    if (generated)
        printf("password: %s\n", password);
    return 0;
}

int ctl_user_password(struct ctl *ctl, const struct ctl_args *args)
{
    const char *name = args->arguments[0];
    bool generated;
    const char *password;
    struct rows *rows;
    enum db_status status;

    if (!ctl_database(ctl))
        return 1;
    password = ctl_password(ctl, args->options[0] != NULL, &generated);
    if (password == NULL)
        return 1;
    status = db_query(ctl->db, ctl->arena, STATEMENT_CTL_USER_PASSWORD, &rows, name,
                      crypto_password_hash(ctl->arena, password, ctl->config.argon2_memory));
    if (status == DB_NO_ROWS)
        return ctl_fail("there is no user %s", name);
    if (status != DB_OK)
        return fail_write(ctl, status, name);
    printf("password of %s set\n", name);
    if (generated)
        printf("password: %s\n", password);
    return 0;
}

int ctl_organization_add(struct ctl *ctl, const struct ctl_args *args)
{
    const char *name = args->arguments[0];
    const char *email = args->arguments[1];
    struct rows *rows;
    enum db_status status;

    if (!check_names(name, email) || !ctl_database(ctl))
        return 1;
    status = db_query(ctl->db, ctl->arena, STATEMENT_CTL_ORGANIZATION_ADD, &rows, name, email,
                      args->options[0]);
    if (status == DB_NO_ROWS)
        return ctl_fail("there is no user %s", args->options[0]);
    if (status != DB_OK)
        return fail_write(ctl, status, name);
    printf("organization %s added: %s\n", name, rows_get(rows, 0, "id"));
    return 0;
}

/* A day means its beginning in UTC. */
static bool parse_expiry(struct ctl *ctl, const char *text, char out[CLOCK_WIRE_SIZE])
{
    char now[CLOCK_WIRE_SIZE];

    if (!clock_parse(strchr(text, 'T') != NULL ? text
                                               : arena_printf(ctl->arena, "%sT00:00:00Z", text),
                     out)) {
        ctl_fail("%s is no time: give 2027-01-31 or 2027-01-31T12:00:00Z", text);
        return false;
    }
    clock_wire(clock_now(), now);
    if (strcmp(out, now) <= 0) {
        ctl_fail("%s is in the past", out);
        return false;
    }
    return true;
}

int ctl_token_create(struct ctl *ctl, const struct ctl_args *args)
{
    const char *user = args->options[0];
    char expires[CLOCK_WIRE_SIZE];
    char token[CRYPTO_TOKEN_SIZE];
    char hash[CRYPTO_SHA256_HEX];
    struct rows *rows;
    enum db_status status;

    if (args->options[2] != NULL && !parse_expiry(ctl, args->options[2], expires))
        return 1;
    if (!ctl_database(ctl))
        return 1;
    crypto_token_new(token);
    crypto_sha256_hex(token, strlen(token), hash);
    status =
        db_query(ctl->db, ctl->arena, STATEMENT_CTL_TOKEN_ADD, &rows, ids_new(ctl->arena, "at-"),
                 hash, user, args->options[1], args->options[2] == NULL ? NULL : expires);
    if (status == DB_NO_ROWS)
        return ctl_fail("there is no user %s", user);
    if (status != DB_OK)
        return fail_write(ctl, status, user);
    printf("%s\n", token);
    return 0;
}
