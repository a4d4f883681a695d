/* Tokens of the site's runners (terrace-runner): they execute the runs of every workspace whose
 * execution mode is `remote`. */
#include <stdio.h>
#include <string.h>

#include "base/ids.h"
#include "crypto/crypto.h"
#include "ctl/ctl.h"

int ctl_runner_token_create(struct ctl *ctl, const struct ctl_args *args)
{
    char token[CRYPTO_TOKEN_SIZE];
    char hash[CRYPTO_SHA256_HEX];

    if (!ctl_database(ctl))
        return 1;
    crypto_token_new(token);
    crypto_sha256_hex(token, strlen(token), hash);
    enum db_status status = db_query(ctl->db, ctl->arena, STATEMENT_CTL_RUNNER_TOKEN_ADD, NULL,
                                     ids_new(ctl->arena, "at-"), hash, args->options[0]);
    if (status != DB_OK)
        return ctl_fail_db(ctl, status, "runner token");
    printf("%s\n", token);
    return 0;
}

int ctl_runner_token_list(struct ctl *ctl, const struct ctl_args *args)
{
    struct rows *rows;

    (void)args;
    if (!ctl_database(ctl))
        return 1;
    enum db_status status = db_query(ctl->db, ctl->arena, STATEMENT_CTL_RUNNER_TOKEN_LIST, &rows);
    if (status != DB_OK)
        return ctl_fail_db(ctl, status, "runner tokens");
    for (size_t i = 0; i < rows_count(rows); i++)
        printf("%s\t%s\t%s\t%s\n", rows_get(rows, i, "id"), rows_get(rows, i, "created_at"),
               rows_get(rows, i, "last_used"), rows_get(rows, i, "description"));
    return 0;
}

int ctl_runner_token_revoke(struct ctl *ctl, const struct ctl_args *args)
{
    const char *id = args->arguments[0];
    struct rows *rows;

    if (!ctl_database(ctl))
        return 1;
    enum db_status status =
        db_query(ctl->db, ctl->arena, STATEMENT_CTL_RUNNER_TOKEN_REVOKE, &rows, id);
    if (status == DB_NO_ROWS)
        return ctl_fail("there is no runner token %s", id);
    if (status != DB_OK)
        return ctl_fail_db(ctl, status, id);
    printf("%s is revoked: runners that use it end\n", id);
    return 0;
}
