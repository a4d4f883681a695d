/* terrace-worker: the program around the rounds of work (worker.h). SIGTERM and SIGINT stop it
 * between two pieces of work. */
#include "config.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "worker/worker.h"

static volatile bool stop;

static void on_signal(int number)
{
    (void)number;
    stop = true;
}

/* Without SA_RESTART: a pause ends at once. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int usage(FILE *out)
{
    fputs("usage: terrace-worker [--once | --version]\n"
          "Does what Terrace has to do without a request: delivers notifications, sends the "
          "requests\n"
          "of run tasks, makes triggered runs, talks to VCS providers, tidies up. With --once it "
          "does what is due and "
          "ends, for cron.\n",
          out);
    return out == stdout ? 0 : 2;
}

static void set_log_level(const char *name)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};

    for (int level = LOG_LEVEL_DEBUG; level <= LOG_LEVEL_ERROR; level++)
        if (strcmp(name, names[level]) == 0)
            log_set_level((enum log_level)level);
}

/* A schema that this program does not know is refused; a database that is away is waited for. */
static bool schema_is_good(struct db *db)
{
    switch (db_schema_check(db)) {
    case DB_SCHEMA_CURRENT:
    case DB_SCHEMA_UNAVAILABLE:
        return true;
    case DB_SCHEMA_BEHIND:
        log_error("the database schema is older than this program: run terracectl migrate");
        return false;
    case DB_SCHEMA_UNKNOWN:
        log_error("the database schema is newer than this program: restart to run the new one");
        return false;
    }
    return false;
}

static int run(const struct config *config, bool once)
{
    struct worker worker = {.config = config};
    struct keyring *keyring;
    char error[512];
    int status = 1;

    crypto_init();
    keyring = keyring_load(config->key_file, error, sizeof error);
    if (!keyring) {
        log_error("%s", error);
        return 1;
    }
    worker.keyring = keyring;
    worker.db = db_open(config->database, config->prepared_statements);
    worker.arena = arena_new();
    if (schema_is_good(worker.db)) {
        if (!once)
            log_info("worker started");
        status = work_run(&worker, once, &stop) ? 0 : 1;
        if (!once)
            log_info("worker stopped");
    }
    arena_free(worker.arena);
    db_close(worker.db);
    keyring_free(keyring);
    return status;
}

int main(int argc, char **argv)
{
    static struct config config;
    bool once = argc == 2 && strcmp(argv[1], "--once") == 0;
    char error[512];

    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout);
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("terrace-worker " VERSION);
        return 0;
    }
    if (argc > 1 && !once)
        return usage(stderr);
    if (!config_load(&config, error, sizeof error)) {
        log_error("configuration not read error=%s", error);
        return 2;
    }
    set_log_level(config.log_level);
    if (!*config.base_url) {
        log_error("base_url is not set: what a worker sends out names the address of this "
                  "installation");
        return 2;
    }
    catch_signals();
    return run(&config, once);
}
