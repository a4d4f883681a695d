/* Pipelined reads. Each statement is followed by a sync of its own, and so is a transaction of its
 * own; a statement that is new to the connection is prepared on the way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "db/db_internal.h"

enum db_status db_pipeline_begin(struct db *db)
{
    enum db_status status;

    if (db->in_transaction || db->pipelining)
        return db_fail(db, "pipeline", "a transaction or pipeline is open");
    (void)db_settle(db);
    status = db_ensure(db);
    if (status != DB_OK)
        return status;
    if (!PQenterPipelineMode(db->conn))
        return db_fail(db, "pipeline", PQerrorMessage(db->conn));
    db->pipelining = true;
    db->fresh = false;
    return DB_OK;
}

static void slot_clear(struct db_slot *slot)
{
    PQclear(slot->result);
    free(slot->params);
    memset(slot, 0, sizeof(*slot));
}

void db_pipeline_reset(struct db *db)
{
    for (size_t i = db->slot_first; i < db->slot_count; i++)
        slot_clear(&db->slots[i]);
    db->slot_first = 0;
    db->slot_count = 0;
}

static void *need(void *memory)
{
    if (memory == NULL) {
        log_error("out of memory");
        abort();
    }
    return memory;
}

static char **copy_params(const char *const *params, size_t count)
{
    size_t size = count * sizeof(char *) + 1;
    char **copy;
    char *text;

    for (size_t i = 0; i < count; i++)
        size += params[i] == NULL ? 0 : strlen(params[i]) + 1;
    copy = need(malloc(size));
    text = (char *)(copy + count);
    for (size_t i = 0; i < count; i++) {
        size_t len;

        copy[i] = NULL;
        if (params[i] == NULL)
            continue;
        len = strlen(params[i]) + 1;
        copy[i] = memcpy(text, params[i], len);
        text += len;
    }
    return copy;
}

static struct db_slot *slot_add(struct db *db)
{
    if (db->slot_first == db->slot_count) {
        db->slot_first = 0;
        db->slot_count = 0;
    }
    if (db->slot_count == db->slot_cap) {
        db->slot_cap = db->slot_cap == 0 ? 64 : db->slot_cap * 2;
        db->slots = need(realloc(db->slots, db->slot_cap * sizeof(*db->slots)));
    }
    return memset(&db->slots[db->slot_count++], 0, sizeof(*db->slots));
}

static bool send_command(struct db *db, const char *text)
{
    return PQsendQueryParams(db->conn, text, 0, NULL, NULL, NULL, NULL, 0);
}

/* Sends what prepares the statement, if anything; how many commands that were, -1 on failure. */
static int send_prepare(struct db *db, enum statement statement)
{
    const struct db_statement *row = &db_statements[statement];
    enum db_prepared *prepared = &db->prepared[statement];
    bool stale = *prepared == DB_PREPARED_STALE;
    char command[80];

    if (*prepared == DB_PREPARED_READY || !db->prepared_statements)
        return 0;
    snprintf(command, sizeof(command), "DEALLOCATE %s", row->name);
    *prepared = DB_PREPARED_NONE;
    if ((stale && !send_command(db, command)) ||
        !PQsendPrepare(db->conn, row->name, row->sql, 0, NULL))
        return -1;
    *prepared = DB_PREPARED_READY;
    return stale ? 2 : 1;
}

bool db_send_values(struct db *db, enum statement statement, int count, const char *const *values,
                    const int *lengths, const int *formats, int result_format)
{
    const struct db_statement *row = &db_statements[statement];

    if (!db->prepared_statements)
        return PQsendQueryParams(db->conn, row->sql, count, NULL, values, lengths, formats,
                                 result_format);
    return PQsendQueryPrepared(db->conn, row->name, count, values, lengths, formats, result_format);
}

static bool send_slot(struct db *db, struct db_slot *slot)
{
    slot->preparing = send_prepare(db, slot->statement);
    return slot->preparing >= 0 &&
           db_send_values(db, slot->statement, (int)slot->param_count,
                          (const char *const *)slot->params, NULL, NULL, 0) &&
           PQpipelineSync(db->conn);
}

enum db_status db_send(struct db *db, enum statement statement, const char *const *params,
                       size_t count)
{
    enum db_status status = db_check_call(db, statement, count);
    struct db_slot *slot;

    if (status != DB_OK)
        return status;
    if (!db->pipelining)
        return db_fail(db, db_statements[statement].name, "sent outside a pipeline");
    if (PQstatus(db->conn) == CONNECTION_BAD)
        return DB_UNAVAILABLE;
    db->count++;
    slot = slot_add(db);
    slot->statement = statement;
    slot->param_count = count;
    slot->params = copy_params(params, count);
    if (send_slot(db, slot))
        return DB_OK;
    status = PQstatus(db->conn) == CONNECTION_BAD
                 ? db_lost(db, db_statements[statement].name)
                 : db_fail(db, db_statements[statement].name, PQerrorMessage(db->conn));
    slot_clear(slot);
    db->slot_count--;
    return status;
}

/* Takes everything up to the next sync: the first error, else the last result. Without a result the
 * connection is lost. */
static void collect(struct db *db, struct db_slot *slot)
{
    PGresult *kept = NULL;
    bool failed = false;
    int done = 0;
    int gaps = 0;

    /* A NULL ends the results of each command; two in a row mean that nothing is expected. */
    while (gaps < 2) {
        PGresult *result = PQgetResult(db->conn);
        ExecStatusType status = PQresultStatus(result);

        if (result == NULL) {
            gaps++;
            continue;
        }
        gaps = 0;
        if (status == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            if (failed && done < slot->preparing)
                db->prepared[slot->statement] = DB_PREPARED_NONE;
            slot->result = kept;
            return;
        }
        if (failed || status == PGRES_PIPELINE_ABORTED) {
            PQclear(result);
            continue;
        }
        PQclear(kept);
        kept = result;
        failed = status == PGRES_FATAL_ERROR;
        done += !failed;
    }
    PQclear(kept);
}

PGresult *db_execute_first(struct db *db, enum statement statement, const struct db_values *v)
{
    struct db_slot slot = {.statement = statement};

    if (!PQenterPipelineMode(db->conn))
        return NULL;
    slot.preparing = send_command(db, "BEGIN") ? send_prepare(db, statement) : -1;
    /* BEGIN stands in front of them. */
    slot.preparing += slot.preparing > 0;
    if (slot.preparing >= 0 &&
        db_send_values(db, statement, v->count, v->values, v->lengths, v->formats,
                       v->result_format) &&
        PQpipelineSync(db->conn))
        collect(db, &slot);
    if (PQstatus(db->conn) != CONNECTION_BAD && !PQexitPipelineMode(db->conn)) {
        PQclear(slot.result);
        return NULL;
    }
    return slot.result;
}

static void collect_all(struct db *db)
{
    for (size_t i = db->slot_first; i < db->slot_count; i++)
        if (db->slots[i].result == NULL)
            collect(db, &db->slots[i]);
}

/* Once all that stands behind it in the pipeline has arrived. */
static void send_again(struct db *db, struct db_slot *slot)
{
    PQclear(slot->result);
    slot->result = NULL;
    collect_all(db);
    if (PQstatus(db->conn) != CONNECTION_BAD && send_slot(db, slot))
        collect(db, slot);
}

enum db_status db_receive(struct db *db, struct arena *arena, struct rows **out)
{
    struct db_slot slot;
    enum db_status status;

    *out = NULL;
    if (!db->pipelining || db->slot_first == db->slot_count)
        return db_fail(db, "pipeline", "nothing to receive");
    slot = db->slots[db->slot_first++];
    if (slot.result == NULL)
        collect(db, &slot);
    else if (db_plan_is_stale(db, slot.result))
        send_again(db, &slot); /* it may have been prepared again in the meantime */
    if (db_plan_is_stale(db, slot.result)) {
        db_plan_forget(db, slot.statement, slot.result);
        send_again(db, &slot);
    }
    status = db_take(db, arena, slot.statement, slot.result, out);
    slot.result = NULL;
    slot_clear(&slot);
    return status;
}

void db_pipeline_end(struct db *db)
{
    if (!db->pipelining)
        return;
    collect_all(db);
    db_pipeline_reset(db);
    db->pipelining = false;
    if (PQstatus(db->conn) == CONNECTION_BAD || !PQexitPipelineMode(db->conn))
        db_disconnect(db);
}
