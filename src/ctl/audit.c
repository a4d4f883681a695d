/* Keeping the audit trail at a size that the administrator likes. */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "ctl/ctl.h"

#define BATCH "10000" /* rows a transaction, so that none grows without end */
#define MAX_DAYS 36500L

int ctl_audit_prune(struct ctl *ctl, const struct ctl_args *args)
{
    const char *text = args->options[0];
    char *end;
    long days = strtol(text, &end, 10);
    long long total = 0, gone;

    if (*text == '\0' || *end != '\0' || days < 0 || days > MAX_DAYS)
        return ctl_fail("--older-than: a number of days, not %s", text);
    if (!ctl_database(ctl))
        return 1;
    do {
        struct rows *rows;
        enum db_status status =
            db_query(ctl->db, ctl->arena, STATEMENT_CTL_AUDIT_PRUNE, &rows, text, BATCH);
        if (status != DB_OK)
            return ctl_fail_db(ctl, status, "the audit trail");
        gone = rows_int(rows, 0, "count");
        total += gone;
    } while (gone > 0);
    printf("audit trail: %lld events older than %ld days removed\n", total, days);
    return 0;
}
