/* The log of a plan or an apply, as clients read it: by a URL that needs no token, from an offset,
 * while it grows. STX stands in front of it and ETX behind, and both count (today-runs.md section
 * 9). */
#include "api/runs/runs.h"

#include <stdlib.h>

#include "api/objects.h"
#include "api/resources.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "run/run_log.h"

#define ACTION "run-log"
/* Read and sent at once. */
#define PIECE (1024 * 1024)

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

void run_log_stream(struct context *context, const char *phase_id, int64_t from, int64_t to)
{
    const struct service *service = context->service;
    struct arena *arena = arena_new();

    for (int64_t end; from < to; from = end) {
        struct buf piece;
        end = to - from < PIECE ? to : from + PIECE;
        buf_init(&piece, arena);
        enum db_status status =
            run_log_read(service->db, arena, service->keyring, phase_id, from, end, &piece);
        if (status != DB_OK)
            log_error("%s the log of %s broke off", context->request_id, phase_id);
        if (status != DB_OK || http_stream(context->request, piece.data, piece.len) != 0)
            break;
        arena_reset(arena);
    }
    arena_free(arena);
}

static void send_part(struct context *context, const struct rows *phase)
{
    struct http_request *request = context->request;
    int64_t size = rows_int(phase, 0, "log_size");
    bool complete = rows_bool(phase, 0, "is_log_complete");
    bool begun = size > 0 || complete;
    int64_t all = begun ? 1 + size + (complete ? 1 : 0) : 0;
    int64_t from = number(context, "offset", 0);
    int64_t limit = number(context, "limit", all);

    if (from > all)
        from = all;
    int64_t to = limit < all - from ? from + limit : all;
    http_header(request, "Content-Type", "text/plain; charset=utf-8");
    request->status = 200;
    http_stream_begin(request, to - from);
    if (from == 0 && to > 0)
        (void)http_stream(request, "\x02", 1);
    run_log_stream(context, rows_get(phase, 0, "id"), from > 0 ? from - 1 : 0,
                   to - 1 < size ? to - 1 : size);
    if (complete && to == all && from < all)
        (void)http_stream(request, "\x03", 1);
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
