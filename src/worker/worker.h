/* terrace-worker: what happens without a request. A table of kinds of work (work.c); each round
 * does at most one piece of each, so that no kind waits for another to be empty.
 *
 * A piece is claimed by its statement (FOR UPDATE SKIP LOCKED, a lease of a minute) and done by its
 * function. Any number of workers may run, and one may be killed at any moment: what it held is due
 * again when its lease is over, and nothing is done more than once but what it was just at. */
#ifndef TERRACE_WORKER_WORKER_H
#define TERRACE_WORKER_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "db/db.h"

struct arena;
struct config;
struct keyring;

struct worker {
    const struct config *config;
    const struct keyring *keyring;
    struct db *db;
    struct arena *arena; /* of one piece of work */
};

enum work_result {
    WORK_DONE,   /* there may be more */
    WORK_NONE,   /* nothing is due */
    WORK_FAILED, /* the database: logged; later again */
};

struct work {
    const char *name;     /* in the log */
    enum statement claim; /* :one, without parameters; STATEMENT_COUNT: always due */
    enum work_result (*perform)(struct worker *worker, const struct rows *claimed);
    long pause_ms; /* after nothing was due */
};

extern const struct work works[]; /* ends with a NULL name */

enum work_result work_deliver_notification(struct worker *worker, const struct rows *claimed);
enum work_result work_send_mail(struct worker *worker, const struct rows *claimed);
enum work_result work_send_task_request(struct worker *worker, const struct rows *claimed);
enum work_result work_fire_trigger(struct worker *worker, const struct rows *claimed);
enum work_result work_time_out_task(struct worker *worker, const struct rows *claimed);
enum work_result work_check_policies(struct worker *worker, const struct rows *claimed);
enum work_result work_evaluate_policies(struct worker *worker, const struct rows *claimed);
enum work_result work_assess(struct worker *worker, const struct rows *claimed);
enum work_result work_record_assessment(struct worker *worker, const struct rows *claimed);
enum work_result work_auto_destroy(struct worker *worker, const struct rows *claimed);
enum work_result work_remind_auto_destroy(struct worker *worker, const struct rows *claimed);
enum work_result work_vcs(struct worker *worker, const struct rows *claimed);
enum work_result work_retain(struct worker *worker, const struct rows *claimed);
enum work_result work_forget(struct worker *worker, const struct rows *claimed);
enum work_result work_end_runs(struct worker *worker, const struct rows *claimed);
enum work_result work_collect(struct worker *worker, const struct rows *claimed);

/* Until `stop` or, with once, until nothing is due. False: the database was away (once only). */
bool work_run(struct worker *worker, bool once, const volatile bool *stop);

/* WORK_DONE, or the failure logged under what was tried. */
enum work_result work_status(struct worker *worker, enum db_status status, const char *what);

/* base_url of the configuration and the rest of a path. */
const char *work_url(struct worker *worker, const char *path);

#endif
