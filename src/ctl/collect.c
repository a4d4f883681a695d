/* terracectl collect: what the server does between requests, for plain CGI, from cron. */
#include "config.h"

#include <stdio.h>

#include "base/arena.h"
#include "blob/blob.h"
#include "ctl/ctl.h"
#include "run/run.h"

#define AT_ONCE 100

int ctl_collect(struct ctl *ctl, const struct ctl_args *args)
{
    size_t count, total = 0;
    unsigned ended;
    bool more;

    (void)args;
    if (!ctl_database(ctl))
        return 1;
    do {
        enum db_status status = blob_collect(ctl->db, ctl->arena, AT_ONCE, &count, &more);
        if (status != DB_OK)
            return ctl_fail_db(ctl, status, "collect");
        total += count;
    } while (more);
    printf("%zu blobs removed that nothing refers to\n", total);
    do {
        enum db_status status = run_end_overdue(ctl->db, ctl->arena, &ended);
        if (status != DB_OK)
            return ctl_fail_db(ctl, status, "collect");
        if (ended > 0)
            printf("%u runs ended that had lost their runner or taken too long\n", ended);
    } while (ended > 0);
    return 0;
}
