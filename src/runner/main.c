/* terrace-runner: registers, asks for a job, runs it, asks again. One job at a time; whoever wants
 * more starts more of them, each with a work_dir of its own. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "runner/child.h"
#include "runner/folder.h"
#include "runner/job.h"
#include "runner/phase.h"
#include "runner/runner_config.h"
#include "runner/sandbox.h"
#include "runner/server.h"
#include "runner/session.h"
#include "runner/stop.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASK_MS 1000
#define LONGEST_PAUSE_MS 30000
#define FINISH_MS (15 * 60 * 1000)

enum exit_status { EXIT_GOOD = 0, EXIT_BAD = 1, EXIT_USAGE = 2, EXIT_DENIED = 3 };

struct runner {
    struct runner_config config;
    struct folder folder;
    struct server server;
    struct arena *arena; /* of the process's life */
    int64_t pause_ms;    /* after a failure */
    bool once;
};

static const char usage[] =
    "usage: terrace-runner [--once | --config | --help | --version]\n"
    "\n"
    "Runs the plans and applies of a Terrace server, each in a sandbox of its own.\n"
    "  --once     takes one job if there is one, then exits\n"
    "  --config   prints every option with its value and where it came from\n"
    "\n"
    "Options are read from the file that TERRACE_RUNNER_CONFIG names, then from the environment.\n";

static bool complain(const char *text)
{
    fprintf(stderr, "terrace-runner: %s\n", text);
    return false;
}

/* The folder is made while there still are the rights to, and given to whom it will belong. */
static bool change_user(const struct runner_config *config)
{
    if (geteuid() != 0 || strcmp(config->user, "root") == 0 || config->user[0] == '\0')
        return true;
    const struct passwd *user = getpwnam(config->user);
    if (user == NULL)
        return complain("user: there is no such user");
    if ((mkdir(config->work_dir, 0700) != 0 && errno != EEXIST) ||
        chown(config->work_dir, user->pw_uid, user->pw_gid) != 0)
        return complain("work_dir: can't be given to the runner's user");
    if (setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
        return complain("user: can't be changed to");
    return true;
}

static bool prepare(struct runner *runner)
{
    char error[512];
    if (!change_user(&runner->config))
        return false;
    /* The token is in this process's memory: nobody of the same user may look there. */
    prctl(PR_SET_DUMPABLE, 0L);
    if (!folder_open(&runner->folder, runner->config.work_dir, error, sizeof(error)))
        return complain(error);
    if (!runner->config.sandbox)
        log_warn("no sandbox: jobs have all rights of this user");
    else if (!sandbox_check(&runner->config, error, sizeof(error)))
        return complain(error);
    child_setup();
    stop_setup();
    return true;
}

/* Interrupted by the first signal. */
static void pause_for(int64_t ms)
{
    for (; ms > 0 && stop_count() == 0; ms -= 100)
        poll(NULL, 0, ms < 100 ? (int)ms : 100);
}

static void pause_longer(struct runner *runner, const char *what)
{
    log_warn("%s failed error=%s", what, runner->server.error);
    runner->pause_ms = runner->pause_ms == 0                     ? ASK_MS
                       : runner->pause_ms < LONGEST_PAUSE_MS / 2 ? runner->pause_ms * 2
                                                                 : LONGEST_PAUSE_MS;
    pause_for(runner->pause_ms);
}

/* Signals end a long request of the idle runner, too. */
static bool not_stopped(void *object)
{
    (void)object;
    return stop_count() == 0;
}

static void be_idle(struct runner *runner)
{
    runner->server.progress = not_stopped;
    runner->server.progress_object = NULL;
}

static bool say_finish(struct session *session, const struct buf *body)
{
    bool good = session_finish(session, body->data, FINISH_MS);
    if (!good)
        log_error("the end of a job could not be told job=%s", session->job->id);
    return good;
}

/* One that cannot even begin: the server is told, once. */
static void refuse_job(struct runner *runner, const char *id, const char *reason)
{
    char body[768], text[512];
    size_t len = 0;
    /* The reason is ours, and plain but for what it quotes. */
    for (; *reason != '\0' && len < sizeof(text) - 1; reason++)
        text[len++] = *reason == '"' || *reason == '\\' || *reason < ' ' ? '\'' : *reason;
    text[len] = '\0';
    log_error("job refused job=%s reason=%s", id, text);
    snprintf(body, sizeof(body),
             "{\"status\":\"errored\",\"message\":\"The runner can't work with this job: %s.\","
             "\"has_changes\":false,\"resource_additions\":0,\"resource_changes\":0,"
             "\"resource_destructions\":0,\"resource_imports\":0,"
             "\"generated_configuration\":false}",
             text);
    server_finish(&runner->server, id, body);
}

static void run_job(struct runner *runner, struct arena *arena, const struct job *job)
{
    struct session session = {.config = &runner->config,
                              .folder = &runner->folder,
                              .server = &runner->server,
                              .job = job};
    struct phase phase = {.session = &session, .arena = arena};
    struct buf body;
    buf_init(&body, arena);
    session.sandbox =
        (struct sandbox){.config = &runner->config, .folder = &runner->folder, .arena = arena};
    int fd = folder_file(&runner->folder, "log");
    if (fd < 0) {
        refuse_job(runner, job->id, strerror(errno));
        return;
    }
    session_open(&session, fd);
    phase_run(&phase, &body);
    say_finish(&session, &body);
    log_info("job ended job=%s run=%s result=%s", job->id, job->run_id, buf_str(&body));
    close(fd);
}

static void take_job(struct runner *runner, struct arena *arena, const struct buf *document)
{
    char error[512];
    const char *id, *reason;
    const struct job *job = job_read(arena, document->data, document->len, &id, &reason);
    if (job == NULL) {
        if (id != NULL)
            refuse_job(runner, id, reason);
        else
            log_error("the server gave no job reason=%s", reason);
        return;
    }
    log_info("job begins job=%s kind=%s run=%s", job->id, job_kind_name(job->kind), job->run_id);
    if (!folder_begin(&runner->folder, error, sizeof(error))) {
        refuse_job(runner, job->id, error);
        pause_for(LONGEST_PAUSE_MS);
        return;
    }
    run_job(runner, arena, job);
    folder_end(&runner->folder);
}

/* Asks once; true if there was a job. */
static bool ask(struct runner *runner, enum answer *answer)
{
    struct arena *arena = arena_new();
    struct buf document;
    buf_init(&document, arena);
    *answer = server_claim(&runner->server, runner->config.accept, &document);
    if (*answer == ANSWER_OK)
        take_job(runner, arena, &document);
    arena_free(arena);
    be_idle(runner);
    return *answer == ANSWER_OK;
}

static int deny(void)
{
    log_error("the server does not know the token (any more)");
    return EXIT_DENIED;
}

static int serve(struct runner *runner)
{
    enum answer answer;
    be_idle(runner);
    while (stop_count() == 0) {
        if (runner->server.agent[0] == '\0') {
            answer = server_register(&runner->server, &runner->config);
            if (answer == ANSWER_DENIED)
                return deny();
            if (answer != ANSWER_OK) {
                pause_longer(runner, "registering");
                continue;
            }
            runner->pause_ms = 0;
            log_info("registered agent=%s server=%s", runner->server.agent, runner->config.server);
        }
        bool ran = ask(runner, &answer);
        if (answer == ANSWER_DENIED)
            return deny();
        if (answer == ANSWER_GONE)
            runner->server.agent[0] = '\0';
        if (answer == ANSWER_AGAIN || answer == ANSWER_REFUSED) {
            if (stop_count() == 0)
                pause_longer(runner, "asking for a job");
            continue;
        }
        runner->pause_ms = 0;
        if ((ran && runner->config.single) || (runner->once && answer != ANSWER_GONE))
            break;
        if (!ran)
            pause_for(ASK_MS);
    }
    return EXIT_GOOD;
}

static void set_log_level(const char *name)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    for (int i = 0; i < 4; i++)
        if (strcmp(name, names[i]) == 0)
            log_set_level((enum log_level)i);
}

static int run(struct runner *runner)
{
    set_log_level(runner->config.log_level);
    if (!prepare(runner))
        return EXIT_BAD;
    runner->arena = arena_new();
    server_open(&runner->server, &runner->config, runner->arena);
    int status = serve(runner);
    runner->server.progress = NULL;
    server_goodbye(&runner->server);
    server_close(&runner->server);
    arena_free(runner->arena);
    return status;
}

int main(int argc, char **argv)
{
    static struct runner runner;
    char error[512];
    const char *option = argc == 2 ? argv[1] : "";
    if (argc > 2 || strcmp(option, "--help") == 0) {
        fputs(usage, argc > 2 ? stderr : stdout);
        return argc > 2 ? EXIT_USAGE : EXIT_GOOD;
    }
    if (strcmp(option, "--version") == 0) {
        puts("terrace-runner " TERRACE_VERSION);
        return EXIT_GOOD;
    }
    bool good = runner_config_load(&runner.config, error, sizeof(error));
    if (strcmp(option, "--config") == 0) {
        runner_config_print(&runner.config);
        if (!good)
            complain(error);
        return good ? EXIT_GOOD : EXIT_BAD;
    }
    runner.once = strcmp(option, "--once") == 0;
    if (option[0] != '\0' && !runner.once) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (!good) {
        complain(error);
        return EXIT_BAD;
    }
    return run(&runner);
}
