/* A database that fails on purpose, for terrace_faults.fcgi: terrace.fcgi with the calls into libpq
 * wrapped by the linker (tests/faults/local.mk), so that the program itself knows nothing of this.
 * The server is real, and so is every error: a connection is cut, or the server raises one.
 *
 *   FAULT=lost        the connection breaks before the statement arrives
 *   FAULT=unanswered  the statement runs, the connection breaks before its answer
 *   FAULT=40001       (any SQLSTATE) the server raises this instead of running the statement
 *   FAULT_AT=n        at the n-th call, counted from 1; calls that open or close a transaction do
 *                     not count for an SQLSTATE, but COMMIT does
 *   FAULT_COUNT=n     at this many in a row (default 1)
 *
 * Each fault is a line `fault: CALL` on standard error. */
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define REAL(result, name, ...)                                                                    \
    result __real_##name(__VA_ARGS__);                                                             \
    result __wrap_##name(__VA_ARGS__)

enum fault { NONE, LOST, UNANSWERED, RAISED };

static long number(const char *name, long otherwise)
{
    const char *text = getenv(name);

    return text == NULL ? otherwise : strtol(text, NULL, 10);
}

static enum fault next_fault(const char *call, const char *text)
{
    static long calls;
    const char *kind = getenv("FAULT");
    long at = number("FAULT_AT", 0);
    enum fault fault = RAISED;

    if (kind == NULL || at == 0)
        return NONE;
    if (strcmp(kind, "lost") == 0)
        fault = LOST;
    else if (strcmp(kind, "unanswered") == 0)
        fault = UNANSWERED;
    else if (strcmp(text, "BEGIN") == 0 || strcmp(text, "ROLLBACK") == 0 ||
             strcmp(call, "PQconnectdbParams") == 0)
        return NONE;
    calls++;
    if (calls < at || calls - at >= number("FAULT_COUNT", 1))
        return NONE;
    fprintf(stderr, "fault: %s %.40s\n", call, text);
    return fault;
}

/* True when the server is to raise an error instead. A connection is cut here. */
static bool is_raised(const PGconn *conn, const char *call, const char *text)
{
    enum fault fault = next_fault(call, text);

    if (fault == LOST || fault == UNANSWERED)
        shutdown(PQsocket(conn), fault == LOST ? SHUT_RDWR : SHUT_RD);
    return fault == RAISED;
}

static const char *raising(void)
{
    static char text[128];

    snprintf(text, sizeof text,
             "DO $$ BEGIN RAISE EXCEPTION 'a fault' USING ERRCODE = '%.5s'; END $$",
             getenv("FAULT"));
    return text;
}

REAL(PGresult *, PQexec, PGconn *conn, const char *text);

static PGresult *run_raise(PGconn *conn)
{
    return __real_PQexec(conn, raising());
}

PGresult *__wrap_PQexec(PGconn *conn, const char *text)
{
    PGresult *result;

    if (!is_raised(conn, "PQexec", text))
        return __real_PQexec(conn, text);
    result = run_raise(conn);
    /* A COMMIT that fails has ended the transaction all the same. */
    if (strcmp(text, "COMMIT") == 0)
        PQclear(__real_PQexec(conn, "ROLLBACK"));
    return result;
}

REAL(PGresult *, PQprepare, PGconn *conn, const char *name, const char *text, int count,
     const Oid *types);
PGresult *__wrap_PQprepare(PGconn *conn, const char *name, const char *text, int count,
                           const Oid *types)
{
    if (is_raised(conn, "PQprepare", name))
        return run_raise(conn);
    return __real_PQprepare(conn, name, text, count, types);
}

REAL(PGresult *, PQexecPrepared, PGconn *conn, const char *name, int count,
     const char *const *values, const int *lengths, const int *formats, int format);
PGresult *__wrap_PQexecPrepared(PGconn *conn, const char *name, int count,
                                const char *const *values, const int *lengths, const int *formats,
                                int format)
{
    if (is_raised(conn, "PQexecPrepared", name))
        return run_raise(conn);
    return __real_PQexecPrepared(conn, name, count, values, lengths, formats, format);
}

REAL(PGresult *, PQexecParams, PGconn *conn, const char *text, int count, const Oid *types,
     const char *const *values, const int *lengths, const int *formats, int format);
PGresult *__wrap_PQexecParams(PGconn *conn, const char *text, int count, const Oid *types,
                              const char *const *values, const int *lengths, const int *formats,
                              int format)
{
    if (is_raised(conn, "PQexecParams", text))
        return run_raise(conn);
    return __real_PQexecParams(conn, text, count, types, values, lengths, formats, format);
}

REAL(int, PQsendQueryParams, PGconn *conn, const char *text, int count, const Oid *types,
     const char *const *values, const int *lengths, const int *formats, int format);

/* In a pipeline: an error for one statement, up to the next sync. */
static int send_raise(PGconn *conn)
{
    return __real_PQsendQueryParams(conn, raising(), 0, NULL, NULL, NULL, NULL, 0);
}

int __wrap_PQsendQueryParams(PGconn *conn, const char *text, int count, const Oid *types,
                             const char *const *values, const int *lengths, const int *formats,
                             int format)
{
    if (is_raised(conn, "PQsendQueryParams", text))
        return send_raise(conn);
    return __real_PQsendQueryParams(conn, text, count, types, values, lengths, formats, format);
}

REAL(int, PQsendPrepare, PGconn *conn, const char *name, const char *text, int count,
     const Oid *types);
int __wrap_PQsendPrepare(PGconn *conn, const char *name, const char *text, int count,
                         const Oid *types)
{
    if (is_raised(conn, "PQsendPrepare", name))
        return send_raise(conn);
    return __real_PQsendPrepare(conn, name, text, count, types);
}

REAL(int, PQsendQueryPrepared, PGconn *conn, const char *name, int count, const char *const *values,
     const int *lengths, const int *formats, int format);
int __wrap_PQsendQueryPrepared(PGconn *conn, const char *name, int count, const char *const *values,
                               const int *lengths, const int *formats, int format)
{
    if (is_raised(conn, "PQsendQueryPrepared", name))
        return send_raise(conn);
    return __real_PQsendQueryPrepared(conn, name, count, values, lengths, formats, format);
}

REAL(PGconn *, PQconnectdbParams, const char *const *keywords, const char *const *values,
     int expand);
PGconn *__wrap_PQconnectdbParams(const char *const *keywords, const char *const *values, int expand)
{
    static const char *const nowhere[] = {"host", NULL};
    static const char *const nobody[] = {"/nonexistent", NULL};

    if (next_fault("PQconnectdbParams", "") == NONE)
        return __real_PQconnectdbParams(keywords, values, expand);
    return __real_PQconnectdbParams(nowhere, nobody, 0);
}
