/* Logs of plans and applies. On a page stands the end of a log, within limits of what is read and
 * of what that may become as HTML; behind the link is all of it, sent on piece by piece. */
#include "api/pages/pages.h"

#include <string.h>

#include "api/pages/terminal.h"
#include "api/runs/runs.h"
#include "base/arena.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "run/run_log.h"

#define MOST_READ (256 * 1024)
#define LEAST_READ (8 * 1024)
#define MOST_HTML (512 * 1024)
#define MAX_DEPTH 24

/* --- A structured log: what each line says (today-runs.md section 10) --- */

static unsigned style_of(const char *level)
{
    if (level && strcmp(level, "error") == 0)
        return TERMINAL_RED;
    return level && strcmp(level, "warn") == 0 ? TERMINAL_YELLOW : 0;
}

static void write_text(struct terminal *terminal, const struct json_value *text)
{
    terminal_write(terminal, json_text(text), json_text_len(text));
    terminal_end(terminal);
    terminal_write(terminal, "\n", 1);
}

static bool write_message(struct context *context, struct terminal *terminal, const char *line,
                          size_t len)
{
    const char *reason;

    if (len == 0 || line[0] != '{')
        return false;
    const struct json_value *entry = json_read(context->arena, line, len, MAX_DEPTH, &reason);
    const struct json_value *message = json_get(entry, "@message");
    if (!json_text(message))
        return false;
    terminal->style = style_of(json_text(json_get(entry, "@level")));
    write_text(terminal, message);
    const struct json_value *detail = json_find(entry, "diagnostic", "detail", NULL);
    if (json_text(detail) && *json_text(detail))
        write_text(terminal, detail);
    return true;
}

static void write_structured(struct context *context, struct terminal *terminal, const char *text,
                             size_t len)
{
    const char *end = text + len;

    for (const char *next; text < end && !terminal->is_full; text = next) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        next = newline ? newline + 1 : end;
        size_t size = (size_t)((newline ? newline : end) - text);
        if (!write_message(context, terminal, text, size))
            terminal_write(terminal, text, (size_t)(next - text));
    }
}

/* --- The end of a log --- */

/* Not from the middle of a line, unless there is nothing but that. */
static const char *whole_line(const struct buf *bytes, bool is_cut)
{
    const char *newline = is_cut ? memchr(bytes->data, '\n', bytes->len) : NULL;
    return newline && newline + 1 < bytes->data + bytes->len ? newline + 1 : bytes->data;
}

static void write_html(struct context *context, struct buf *out, struct terminal *terminal,
                       const char *text, size_t len, bool is_structured)
{
    buf_clear(out);
    terminal_init(terminal, out, MOST_HTML);
    if (is_structured)
        write_structured(context, terminal, text, len);
    else
        terminal_write(terminal, text, len);
    terminal_end(terminal);
}

bool run_log_html(struct context *context, struct buf *out, const struct rows *phases, size_t i,
                  bool *left_out)
{
    const struct service *service = context->service;
    int64_t size = rows_int(phases, i, "log_size");
    int64_t from = size > MOST_READ ? size - MOST_READ : 0;
    struct terminal terminal;
    struct buf bytes;

    *left_out = from > 0;
    if (size == 0)
        return true;
    buf_init(&bytes, context->arena);
    if (!page_db_ok(context, run_log_read(service->db, context->arena, service->keyring,
                                          rows_get(phases, i, "id"), from, size, &bytes)))
        return false;
    if (bytes.len == 0)
        return true;
    const char *end = bytes.data + bytes.len;
    const char *text = whole_line(&bytes, from > 0);
    write_html(context, out, &terminal, text, (size_t)(end - text),
               rows_bool(phases, i, "is_structured"));
    /* Nearly all of it is colours or markup: rather less than not its end. */
    for (size_t most = MOST_READ / 4; terminal.is_full && most >= LEAST_READ; most /= 4) {
        *left_out = true;
        if ((size_t)(end - text) > most)
            text = end - most;
        write_html(context, out, &terminal, text, (size_t)(end - text),
                   rows_bool(phases, i, "is_structured"));
    }
    *left_out = *left_out || terminal.is_full;
    return true;
}

/* --- All of it --- */

void run_log_page_send(struct context *context, const char *phase_id, int64_t size)
{
    http_header(context->request, "Content-Type", "text/plain; charset=utf-8");
    http_header(context->request, "Content-Security-Policy", "default-src 'none'; sandbox");
    context->request->status = 200;
    http_stream_begin(context->request, size);
    run_log_stream(context, phase_id, 0, size);
}

void run_log_page(struct context *context)
{
    struct session session;
    struct rows *run, *phases;
    const char *kind = context_param(context, 3);

    if (!session_require(context, &session) ||
        !PAGE_FIND(context, &session, STATEMENT_PAGE_RUN_SHOW, &run, context_param(context, 2)) ||
        !page_db_ok(context, db_query(context->service->db, context->arena,
                                      STATEMENT_PAGE_PHASE_LIST, &phases, rows_get(run, 0, "id"))))
        return;
    for (size_t i = 0; i < rows_count(phases); i++)
        if (strcmp(rows_get(phases, i, "kind"), kind) == 0) {
            run_log_page_send(context, rows_get(phases, i, "id"), rows_int(phases, i, "log_size"));
            return;
        }
    page_nothing(context, &session);
}
