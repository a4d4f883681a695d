/* Users that are there: list them, shut them out and let them in again, confirm their addresses,
 * make site administrators. */
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"

int ctl_user_list(struct ctl *ctl, const struct ctl_args *args)
{
    struct rows *rows;

    (void)args;
    if (!ctl_database(ctl))
        return 1;
    enum db_status status = db_query(ctl->db, ctl->arena, STATEMENT_CTL_USER_LIST, &rows);
    if (status != DB_OK)
        return ctl_fail_db(ctl, status, "user list");
    for (size_t i = 0; i < rows_count(rows); i++)
        printf("%s\t%s\t%s\t%s\t%s\n", rows_get(rows, i, "username"), rows_get(rows, i, "email"),
               rows_get(rows, i, "id"), rows_get(rows, i, "marks"),
               rows_get(rows, i, "organizations"));
    return 0;
}

static int set(struct ctl *ctl, const char *name, enum statement statement, const char *value,
               const char *done)
{
    struct rows *rows;

    if (!ctl_database(ctl))
        return 1;
    enum db_status status = db_query(ctl->db, ctl->arena, statement, &rows, name, value);
    if (status == DB_NO_ROWS)
        return ctl_fail("there is no user %s", name);
    if (status != DB_OK)
        return ctl_fail_db(ctl, status, name);
    printf("%s %s\n", name, done);
    return 0;
}

int ctl_user_disable(struct ctl *ctl, const struct ctl_args *args)
{
    return set(ctl, args->arguments[0], STATEMENT_CTL_USER_DISABLE, "true",
               "is disabled and signed out; the tokens are kept and refused");
}

int ctl_user_enable(struct ctl *ctl, const struct ctl_args *args)
{
    return set(ctl, args->arguments[0], STATEMENT_CTL_USER_DISABLE, "false", "is enabled");
}

int ctl_user_confirm(struct ctl *ctl, const struct ctl_args *args)
{
    const char *name = args->arguments[0];
    struct rows *rows;

    if (!ctl_database(ctl))
        return 1;
    enum db_status status = db_query(ctl->db, ctl->arena, STATEMENT_CTL_USER_CONFIRM, &rows, name);
    if (status == DB_NO_ROWS)
        return ctl_fail("there is no user %s", name);
    if (status == DB_CONSTRAINT && strcmp(db_failure(ctl->db)->constraint, "users_email_key") == 0)
        return ctl_fail("%s: somebody else has this address, or was invited with it: see "
                        "`terracectl user list`",
                        name);
    if (status != DB_OK)
        return ctl_fail_db(ctl, status, name);
    if (rows_get(rows, 0, "email") == NULL)
        return ctl_fail("%s has asked for no new address", name);
    printf("%s has the address %s\n", name, rows_get(rows, 0, "email"));
    return 0;
}

int ctl_user_admin(struct ctl *ctl, const struct ctl_args *args)
{
    if (args->options[0] != NULL)
        return set(ctl, args->arguments[0], STATEMENT_CTL_USER_ADMIN, "false",
                   "is no site administrator any more");
    return set(ctl, args->arguments[0], STATEMENT_CTL_USER_ADMIN, "true",
               "is a site administrator");
}
