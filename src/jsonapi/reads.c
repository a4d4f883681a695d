/* The reads of one round. All are sent through the pipeline before the first is answered, and those
 * with the same statement go as one (its batch): most of what a short statement costs is to begin
 * and end it. What fails together is asked again alone, so that each request gets its own error. */
#include "jsonapi/request.h"

#include <stdlib.h>

#include "base/arena.h"
#include "jsonapi/engine.h"
#include "jsonapi/handler.h"

struct read {
    struct context *context;
    enum statement statement;
    size_t param_count; /* 0: refused already */
    const char *params[DB_MAX_PARAMS];
    size_t leader; /* the read that this one is sent with; itself when it is sent */
    size_t group;  /* of a leader: how many reads it is sent for; 0: nothing is sent */
    enum db_status status;
    struct rows *rows;
};

struct round {
    struct service *service;
    size_t count;
    struct read reads[ENGINE_MAX_BATCH];
};

/* Sorted lists are statements of their own: `sort` picks one. Unknown keys are ignored, like
 * unknown parameters. */
static enum statement choose_statement(const struct context *context)
{
    const char *sort = http_query(context->request, "sort");
    enum statement sorted;

    if (context->route->kind == ROUTE_LIST && sort && *sort &&
        db_sorted(context->route->statement, sort, &sorted))
        return sorted;
    return context->route->statement;
}

static void bind(struct round *round, size_t i, struct context *context)
{
    struct read *read = &round->reads[i];

    *read = (struct read){.context = context, .leader = i, .status = DB_UNAVAILABLE};
    read->param_count = read_bind(context, read->params);
    read->statement = choose_statement(context);
}

/* Makes i the leader of all reads with its statement that have none yet. */
static void lead(struct round *round, size_t i)
{
    struct read *leader = &round->reads[i];

    if (leader->param_count == 0 || leader->leader != i)
        return;
    leader->group = 1;
    if (db_batch(leader->statement) == STATEMENT_COUNT)
        return;
    for (size_t k = i + 1; k < round->count; k++) {
        struct read *read = &round->reads[k];
        if (read->param_count && read->leader == k && read->statement == leader->statement) {
            read->leader = i;
            leader->group++;
        }
    }
}

/* The n-th parameter of a whole group. */
static const char *group_param(struct round *round, size_t leader, size_t n)
{
    const char *texts[ENGINE_MAX_BATCH];
    size_t count = 0;

    for (size_t i = leader; i < round->count; i++)
        if (round->reads[i].param_count && round->reads[i].leader == leader)
            texts[count++] = round->reads[i].params[n];
    return db_array(round->reads[leader].context->arena, texts, count);
}

static enum db_status send(struct round *round, size_t i)
{
    struct read *leader = &round->reads[i];
    struct db *db = round->service->db;
    const char *params[DB_MAX_PARAMS];

    if (leader->group == 1)
        return db_send(db, leader->statement, leader->params, leader->param_count);
    for (size_t n = 0; n < leader->param_count; n++)
        params[n] = group_param(round, i, n);
    return db_send(db, db_batch(leader->statement), params, leader->param_count);
}

/* Gives each read of a group its row. */
static void share(struct round *round, size_t leader, const struct rows *rows)
{
    size_t row = 0, place = 0;
    int column = rows_column(rows, "batch_place");

    for (size_t i = leader; i < round->count; i++) {
        struct read *read = &round->reads[i];
        if (!read->param_count || read->leader != leader)
            continue;
        const char *text = rows_text(rows, row, column);
        place++;
        read->status = DB_NO_ROWS;
        if (!text || strtoul(text, NULL, 10) != place)
            continue;
        read->rows = rows_one(read->context->arena, rows, row++, read->statement);
        read->status = DB_OK;
    }
    /* Rows left over: the places came in another order, or twice. Each is asked alone then. */
    for (size_t i = leader; row < rows_count(rows) && i < round->count; i++)
        if (round->reads[i].leader == leader)
            round->reads[i].status = DB_UNAVAILABLE;
}

static void receive(struct round *round, size_t i)
{
    struct read *leader = &round->reads[i];
    struct rows *rows;

    enum db_status status = db_receive(round->service->db, leader->context->arena, &rows);
    if (leader->group == 1) {
        leader->status = status;
        leader->rows = rows;
    } else if (status == DB_OK) {
        share(round, i, rows);
    } else if (status == DB_TIMEOUT) {
        /* Asked alone, each would wait as long again. */
        for (size_t k = i; k < round->count; k++)
            if (round->reads[k].leader == i)
                round->reads[k].status = DB_TIMEOUT;
    }
}

static void ask(struct round *round)
{
    struct db *db = round->service->db;

    if (db_ensure(db) != DB_OK || db_pipeline_begin(db) != DB_OK)
        return;
    for (size_t i = 0; i < round->count; i++) {
        lead(round, i);
        if (round->reads[i].group && send(round, i) != DB_OK)
            round->reads[i].group = 0;
    }
    for (size_t i = 0; i < round->count; i++)
        if (round->reads[i].group)
            receive(round, i);
    db_pipeline_end(db);
}

/* The kept connection had died, the server gave the read up for another, or the group failed: it
 * may simply be asked again, once. */
static void ask_again(struct read *read)
{
    struct db *db = read->context->service->db;

    if (read->status == DB_UNAVAILABLE || read->status == DB_RETRY)
        read->status = db_query_text(db, read->context->arena, read->statement, &read->rows,
                                     read->params, read->param_count);
}

void reads_serve(struct service *service, struct context *const *contexts, size_t count)
{
    struct round round = {.service = service, .count = count};

    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++)
        bind(&round, i, contexts[i]);
    ask(&round);
    for (size_t i = 0; i < count; i++) {
        struct read *read = &round.reads[i];
        db_count_reset(service->db);
        if (read->param_count) {
            ask_again(read);
            read_reply(read->context, read->status, read->rows);
        } else {
            error_reply(read->context);
        }
        request_finish(read->context, read->param_count ? 1 : 0);
    }
}
