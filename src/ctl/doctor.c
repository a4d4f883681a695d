/* Checks an installation: one line a check, and what to do about a failure. Nothing is changed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/arena.h"
#include "crypto/crypto.h"
#include "ctl/ctl.h"

/* Times of signed URLs and tokens are compared across machines. */
#define MAX_CLOCK_DIFFERENCE 2.0

struct checks {
    struct ctl *ctl;
    unsigned failed;
    struct rows *server; /* ctl_server_show; NULL without a database */
};

static void good(const char *what, const char *detail)
{
    printf("ok      %s%s%s\n", what, detail[0] == '\0' ? "" : ": ", detail);
}

static void bad(struct checks *checks, const char *what, const char *detail, const char *hint)
{
    checks->failed++;
    printf("FAILED  %s: %s\n        %s\n", what, detail, hint);
}

static void warn(const char *what, const char *detail, const char *hint)
{
    printf("warning %s: %s\n        %s\n", what, detail, hint);
}

static void check_config(struct checks *checks)
{
    const char *path = getenv("TERRACE_CONFIG");

    if (checks->ctl->config_error[0] != '\0')
        bad(checks, "configuration", checks->ctl->config_error,
            "correct the option; `terracectl config` prints them all");
    else
        good("configuration", path == NULL ? "" : path);
}

static void check_key_file(struct checks *checks)
{
    const char *path = checks->ctl->config.key_file;
    char error[512];
    struct stat st;

    if (stat(path, &st) != 0) {
        bad(checks, "key file", path,
            errno == ENOENT ? "it does not exist: run `terracectl key init`, or put the copy back"
                            : strerror(errno));
        return;
    }
    if ((st.st_mode & 077) != 0) {
        bad(checks, "key file", "others than its owner may read it",
            "chmod 600, and think about who may have read it: `terracectl key rotate`");
        return;
    }
    checks->ctl->keyring = keyring_load(path, error, sizeof(error));
    if (checks->ctl->keyring == NULL)
        bad(checks, "key file", error,
            "run as the user that the server runs as; or put the copy back");
    else
        good("key file", path);
}

static void check_database(struct checks *checks)
{
    struct ctl *ctl = checks->ctl;

    ctl->db = db_open(ctl->config.database, ctl->config.prepared_statements);
    if (db_ensure(ctl->db) != DB_OK) {
        bad(checks, "database", db_failure(ctl->db)->message,
            "check the option `database`, that PostgreSQL runs, and pg_hba.conf");
        return;
    }
    if (db_query_text(ctl->db, ctl->arena, STATEMENT_CTL_SERVER_SHOW, &checks->server, NULL, 0) !=
        DB_OK) {
        bad(checks, "database", db_failure(ctl->db)->message, "see the database's log");
        return;
    }
    if (!rows_bool(checks->server, 0, "is_supported"))
        bad(checks, "database", rows_get(checks->server, 0, "version"),
            "PostgreSQL 13 or newer is needed");
    else
        good("database", rows_get(checks->server, 0, "version"));
    if (!rows_bool(checks->server, 0, "is_utf8"))
        bad(checks, "encoding", "the database is not UTF8", "make it again with ENCODING 'UTF8'");
    if (!rows_bool(checks->server, 0, "is_durable"))
        bad(checks, "durability", "fsync is off",
            "a power cut will lose states that were acknowledged: set fsync = on");
}

static void check_schema(struct checks *checks)
{
    switch (db_schema_check(checks->ctl->db)) {
    case DB_SCHEMA_CURRENT:
        good("schema", "");
        break;
    case DB_SCHEMA_BEHIND:
        bad(checks, "schema", "it is older than this program",
            "run `terracectl migrate` as the role that owns the tables");
        break;
    case DB_SCHEMA_UNKNOWN:
        bad(checks, "schema", "it is newer than this program, or was changed",
            "install the release that migrated it");
        break;
    case DB_SCHEMA_UNAVAILABLE:
        bad(checks, "schema", db_failure(checks->ctl->db)->message,
            "run `terracectl migrate --role ROLE` as the role that owns the tables");
        break;
    }
}

static void check_role(struct checks *checks)
{
    const char *role = rows_get(checks->server, 0, "role");
    const char *forbidden = rows_get(checks->server, 0, "forbidden_tables");

    if (forbidden != NULL)
        bad(checks, "role", forbidden,
            "the role lacks rights on these: run `terracectl migrate --role ROLE` as the owner");
    else if (rows_bool(checks->server, 0, "is_superuser"))
        warn("role", role, "it is a superuser: the server needs a role with rights on rows only");
    else if (rows_bool(checks->server, 0, "has_ddl"))
        warn("role", role, "it may create tables: let another role own and migrate the schema");
    else
        good("role", role);
}

static void check_clock(struct checks *checks)
{
    struct timespec now;
    double difference;
    char text[64];

    clock_gettime(CLOCK_REALTIME, &now);
    difference = (double)now.tv_sec + (double)now.tv_nsec / 1e9 -
                 strtod(rows_get(checks->server, 0, "epoch"), NULL);
    snprintf(text, sizeof(text), "%+.3f seconds against the database", difference);
    if (difference > MAX_CLOCK_DIFFERENCE || difference < -MAX_CLOCK_DIFFERENCE)
        bad(checks, "clock", text, "run an NTP client on both machines");
    else
        good("clock", text);
}

static void check_address(struct checks *checks)
{
    const char *url = checks->ctl->config.base_url;

    if (url[0] == '\0')
        warn("base_url", "it is not set",
             "links are then made from the Host header of each request");
    else if (strncmp(url, "https://", 8) != 0)
        warn("base_url", url, "terraform and tofu talk to https only");
    else
        good("base_url", url);
}

/* What is due and nobody comes for it. */
static void check_worker(struct checks *checks)
{
    struct rows *rows = NULL;
    struct ctl *ctl = checks->ctl;

    if (db_query_text(ctl->db, ctl->arena, STATEMENT_WORKER_BACKLOG, &rows, NULL, 0) != DB_OK)
        return; /* the schema's line says why */
    const char *waiting = rows_get(rows, 0, "waiting");
    if (strcmp(waiting, "0") == 0)
        good("worker", "nothing waits for it");
    else
        warn("worker",
             arena_printf(ctl->arena, "%s notifications, run tasks or triggers wait for it",
                          waiting),
             "start terrace-worker, or one more");
}

int ctl_doctor(struct ctl *ctl, const struct ctl_args *args)
{
    struct checks checks = {.ctl = ctl};

    (void)args;
    check_config(&checks);
    if (ctl->config_error[0] != '\0')
        return 1;
    check_address(&checks);
    check_key_file(&checks);
    check_database(&checks);
    if (checks.server != NULL) {
        check_schema(&checks);
        check_role(&checks);
        check_clock(&checks);
        check_worker(&checks);
    }
    return checks.failed == 0 ? 0 : 1;
}
