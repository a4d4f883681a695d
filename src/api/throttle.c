/* How many wrong passwords are too many: see throttle.h. */
#include "api/throttle.h"

#include <ctype.h>
#include <string.h>

#include "api/pages/page_checks.h"
#include "base/arena.h"
#include "jsonapi/context.h"

/* In 15 minutes (sql/queries/sessions.sql). A network has many users behind it. */
#define MAX_USER_FAILURES 10
#define MAX_NETWORK_FAILURES 60

const char *throttle_user(struct context *context, const char *id, const char *name)
{
    if (id)
        return arena_printf(context->arena, "user:%s", id);
    if (strlen(name) > 254)
        name = "-";
    char *lower = arena_printf(context->arena, "user:%s", name);
    for (char *c = lower; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return lower;
}

const char *throttle_network(struct context *context)
{
    char network[PAGE_CHECKS_NETWORK_SIZE];
    page_checks_network(context->request->remote_addr, network);
    return arena_printf(context->arena, "addr:%s", network);
}

enum db_status throttle_count(struct context *context, const char *user, const char *network,
                              bool *too_many)
{
    struct rows *counts;
    enum db_status status = db_query(context->service->db, context->arena, STATEMENT_SIGN_IN_COUNT,
                                     &counts, user, network);

    *too_many = false;
    for (size_t i = 0; status == DB_OK && i < rows_count(counts); i++) {
        bool of_user = strncmp(rows_get(counts, i, "subject"), "user:", 5) == 0;
        if (rows_int(counts, i, "failures") > (of_user ? MAX_USER_FAILURES : MAX_NETWORK_FAILURES))
            *too_many = true;
    }
    return status;
}

enum db_status throttle_forget(struct context *context, const char *user, const char *network)
{
    return db_query(context->service->db, context->arena, STATEMENT_SIGN_IN_FORGET, NULL, user,
                    network);
}
