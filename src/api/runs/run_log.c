/* The log of a plan or an apply, as clients read it: by a URL that needs no token, from an offset,
 * while it grows. STX stands in front of it and ETX behind, and both count (today-runs.md section
 * 9). */
#include "api/runs/runs.h"

#include <stdlib.h>

#include "api/objects.h"
#include "api/resources.h"
#include "base/buf.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "run/run_log.h"

#define ACTION "run-log"
#define STX '\x02'
#define ETX '\x03'
/* Of one answer; a reader asks again for the rest. Without a limit it gets all there is. */
#define MOST (1024 * 1024)

const char *run_log_url(struct context *context, const char *phase_id)
{
    return object_url(context, ACTION, phase_id);
}

static int64_t number(const struct context *context, const char *name, int64_t otherwise)
{
    const char *text = http_query(context->request, name);
    char *end;
    long long value = text && *text ? strtoll(text, &end, 10) : -1;
    return value < 0 ? otherwise : value;
}

static void send_part(struct context *context, const struct rows *phase)
{
    int64_t size = rows_int(phase, 0, "log_size");
    bool complete = rows_bool(phase, 0, "is_log_complete");
    bool begun = size > 0 || complete;
    int64_t all = begun ? 1 + size + (complete ? 1 : 0) : 0;
    int64_t from = number(context, "offset", 0);
    int64_t limit = number(context, "limit", MOST);
    struct buf out;

    if (limit > MOST)
        limit = MOST;
    if (from > all)
        from = all;
    int64_t to = from + limit < all ? from + limit : all;
    buf_init(&out, context->arena);
    if (from == 0 && to > 0)
        buf_addc(&out, STX);
    if (!db_ok(context, run_log_read(context->service->db, context->arena,
                                     context->service->keyring, rows_get(phase, 0, "id"),
                                     from > 0 ? from - 1 : 0, to - 1 < size ? to - 1 : size, &out)))
        return;
    if (complete && to == all && from < all)
        buf_addc(&out, ETX);
    http_header(context->request, "Content-Type", "text/plain; charset=utf-8");
    context->request->status = 200;
    http_write(context->request, out.data, out.len);
}

void run_log_send(struct context *context)
{
    const char *id = object_id(context, ACTION);
    struct rows *phase = NULL;

    if (!id || !CONTEXT_QUERY(context, STATEMENT_RUN_LOG_OBJECT, &phase, id))
        return;
    if (phase)
        send_part(context, phase);
    else
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
}
