/* Everything that happens at the same time happens in work(): it never waits, and is called from
 * the loop around a command, from pauses, and from within every request to the server. */
#include "runner/session.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "runner/folder.h"
#include "runner/job.h"
#include "runner/runner_config.h"
#include "runner/server.h"
#include "runner/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RENEW_MS 2000
#define WATCH_MS 200
#define POLL_MS 100
/* An interrupted CLI saves its state; one that takes longer than this has lost the right to. */
#define GRACE_MS 60000
/* The same for one that changes nothing. */
#define DEAF_MS 10000
/* What may still be saved after the job's time. */
#define FORGIVEN_MS 600000
#define CAPTURE_LIMIT ((size_t)4 * 1024 * 1024)
#define FIRST_PAUSE_MS 500
#define LONGEST_PAUSE_MS 15000

#define MIB (1024L * 1024)

const char *session_trouble_text(const struct session *session)
{
    static char text[160];
    const struct runner_config *config = session->config;
    switch (session->trouble) {
    case TROUBLE_NONE:
    case TROUBLE_LOST:
        return NULL;
    case TROUBLE_CANCELED:
        return "The run was canceled.";
    case TROUBLE_STOPPED:
        return "The runner was told to stop.";
    case TROUBLE_TIME:
        snprintf(text, sizeof(text), "The %s took longer than its limit of %lld seconds.",
                 job_kind_name(session->job->kind), (long long)session->job->timeout_seconds);
        return text;
    case TROUBLE_MEMORY:
        snprintf(text, sizeof(text), "The run used more than its limit of %ld MiB of memory.",
                 config->memory_limit / MIB);
        return text;
    case TROUBLE_PROCESSES:
        snprintf(text, sizeof(text),
                 "The run had more than its limit of %ld processes and threads.",
                 config->process_limit);
        return text;
    case TROUBLE_OUTPUT:
        snprintf(text, sizeof(text), "The run printed more than its limit of %ld KiB.",
                 config->output_limit / 1024);
        return text;
    case TROUBLE_DISK:
        return "The runner's disk is full.";
    }
    return NULL;
}

static void kill_command(struct session *session)
{
    session->killed = true;
    if (session->child.pid > 0)
        child_kill(&session->child);
}

static void interrupt_command(struct session *session)
{
    if (session->child.pid > 0 && !session->interrupted)
        child_interrupt(&session->child);
    session->interrupted = session->child.pid > 0;
}

static void kill_after(struct session *session, int64_t ms)
{
    if (session->kill_ms == 0)
        session->kill_ms = clock_monotonic_ms() + ms;
}

/* The first trouble is the reason that people are told; what it does to the command is done for
 * each. */
static void make_trouble(struct session *session, enum trouble trouble)
{
    bool first = session->trouble == TROUBLE_NONE;
    if (first) {
        session->trouble = trouble;
        const char *text = session_trouble_text(session);
        log_info("job in trouble job=%s reason=%s", session->job->id, text ? text : "lost");
        if (text != NULL && trouble != TROUBLE_CANCELED)
            joblog_say(&session->log, "\nError: %s\n", text);
    }
    switch (trouble) {
    case TROUBLE_CANCELED:
    case TROUBLE_STOPPED:
        interrupt_command(session);
        if (!session->patient)
            kill_after(session, DEAF_MS);
        break;
    case TROUBLE_TIME:
    case TROUBLE_OUTPUT:
        interrupt_command(session);
        kill_after(session, GRACE_MS);
        break;
    default:
        kill_command(session);
        break;
    }
}

/* A memory hog reaches a limit faster than anything else can react, so this comes first. */
static void check_usage(struct session *session)
{
    struct child_usage usage;
    child_measure(&session->child, &usage);
    if (usage.memory > session->config->memory_limit)
        make_trouble(session, TROUBLE_MEMORY);
    else if (usage.processes > session->config->process_limit)
        make_trouble(session, TROUBLE_PROCESSES);
    else if (folder_free_space(session->folder) < session->config->disk_reserve)
        make_trouble(session, TROUBLE_DISK);
}

static void take_output(struct session *session, const char *bytes, size_t len)
{
    if (session->tells && session->on_output != NULL)
        session->on_output(session->output_object, bytes, len);
    if (session->capture == NULL) {
        if (!joblog_add(&session->log, bytes, len) && session->trouble == TROUBLE_NONE)
            make_trouble(session, TROUBLE_OUTPUT);
    } else if (session->capture->len < CAPTURE_LIMIT) {
        buf_add(session->capture, bytes, len);
    }
}

/* False at the end of what it prints. */
static bool drain(struct session *session)
{
    char bytes[65536];
    for (int i = 0; i < 16 && session->child.pipe >= 0; i++) {
        ssize_t n = read(session->child.pipe, bytes, sizeof(bytes));
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        if (n == 0)
            return false;
        take_output(session, bytes, (size_t)n);
    }
    return session->child.pipe >= 0;
}

static void check_signals(struct session *session)
{
    if (stop_count() >= 3 && !session->killed)
        kill_command(session);
    if (stop_count() >= 2 && session->trouble == TROUBLE_NONE)
        make_trouble(session, TROUBLE_STOPPED);
}

static void watch(struct session *session)
{
    int64_t now = clock_monotonic_ms();
    check_signals(session);
    if (session->child.pid <= 0)
        return;
    drain(session);
    if (now >= session->watch_ms) {
        session->watch_ms = now + WATCH_MS;
        check_usage(session);
    }
    if (session->kill_ms > 0 && now >= session->kill_ms)
        kill_command(session);
}

static void renew(struct session *session)
{
    int64_t now = clock_monotonic_ms();
    if (session->renewing || session->lost || now < session->renew_ms)
        return;
    session->renewing = true;
    enum answer answer = server_renew(session->server, session->job->id, &session->cancel);
    session->renewing = false;
    session->renew_ms = clock_monotonic_ms() + RENEW_MS;
    if (answer == ANSWER_GONE || answer == ANSWER_DENIED) {
        session->lost = true;
        make_trouble(session, TROUBLE_LOST);
    } else if (answer != ANSWER_OK) {
        log_warn("lease not renewed job=%s error=%s", session->job->id, session->server->error);
    }
    if (session->cancel && session->trouble == TROUBLE_NONE)
        make_trouble(session, TROUBLE_CANCELED);
}

static void check_time(struct session *session)
{
    if (clock_monotonic_ms() >= session->deadline_ms && session->kill_ms == 0)
        make_trouble(session, TROUBLE_TIME);
}

/* Within a request there is no other one, but for the lease, which has a client of its own. */
static bool progress(void *object)
{
    struct session *session = object;
    watch(session);
    check_time(session);
    renew(session);
    return !session->lost && stop_count() < 3;
}

static void work(struct session *session)
{
    watch(session);
    check_time(session);
    renew(session);
    if (!session->lost && !joblog_send(&session->log, session->server, session->job->id, false)) {
        session->lost = true;
        make_trouble(session, TROUBLE_LOST);
    }
}

void session_open(struct session *session, int log_fd)
{
    joblog_open(&session->log, log_fd, session->config->output_limit);
    session->child = (struct child){.pipe = -1};
    session->deadline_ms = clock_monotonic_ms() + session->job->timeout_seconds * 1000;
    session->server->progress = progress;
    session->server->progress_object = session;
}

static bool may_run(const struct session *session)
{
    return !session->lost && stop_count() < 3 &&
           (session->trouble == TROUBLE_NONE || session->forgiven);
}

static void wait_for_output(struct session *session, int ms)
{
    struct pollfd ready = {.fd = session->child.pipe, .events = POLLIN};
    poll(&ready, 1, ms);
}

/* Until it has ended; its exit status, or -1 when it was killed here. */
static int await_end(struct session *session, int64_t timeout_ms, bool *timed_out)
{
    int status = -1;
    int64_t end = timeout_ms > 0 ? clock_monotonic_ms() + timeout_ms : INT64_MAX;
    bool open = true;
    while (!session->killed) {
        if (child_ended(&session->child, &status))
            break;
        if (open)
            wait_for_output(session, POLL_MS);
        else
            poll(NULL, 0, POLL_MS / 5);
        if (clock_monotonic_ms() >= end) {
            *timed_out = true;
            kill_command(session);
            break;
        }
        open = drain(session);
        work(session);
    }
    /* What it has started in the background may hold the pipe: what is there now counts. */
    for (int i = 0; i < 10 && session->child.pipe >= 0 && drain(session); i++)
        wait_for_output(session, 20);
    return session->killed ? -1 : status;
}

struct outcome session_run(struct session *session, const struct command *command)
{
    if (!may_run(session))
        return (struct outcome){ENDING_TROUBLE, 0};
    struct child_spec spec = {.argv = command->argv,
                              .dir = command->dir,
                              .env = command->env,
                              .secret = command->secret,
                              .input = command->input,
                              .output = command->output,
                              .processes = session->config->process_limit,
                              .file_limit = session->config->file_limit};
    session->capture = command->capture;
    session->tells = command->tells;
    session->patient = command->patient;
    session->interrupted = session->killed = false;
    session->kill_ms = 0;
    log_debug("command begins job=%s command=%s", session->job->id, command->name);
    if (!child_start(&session->child, &session->sandbox, &spec)) {
        log_error("command does not start command=%s error=%s", command->name, strerror(errno));
        return (struct outcome){ENDING_NO_START, 0};
    }
    fcntl(session->child.pipe, F_SETFL, O_NONBLOCK);
    bool timed_out = false;
    int status = await_end(session, command->timeout_ms, &timed_out);
    bool killed = session->killed;
    child_kill(&session->child);
    session->capture = NULL;
    session->tells = false;
    log_debug("command ended job=%s command=%s status=%d", session->job->id, command->name, status);
    if (timed_out)
        return (struct outcome){ENDING_TIMEOUT, 0};
    if (killed || status == -1)
        return (struct outcome){ENDING_TROUBLE, 0};
    if (WIFSIGNALED(status))
        return (struct outcome){ENDING_SIGNAL, WTERMSIG(status)};
    /* bubblewrap tells of a signal as a shell does. */
    int code = WEXITSTATUS(status);
    if (code > 128 && code < 128 + 65)
        return (struct outcome){ENDING_SIGNAL, code - 128};
    return (struct outcome){ENDING_EXIT, code};
}

void session_forgive(struct session *session)
{
    session->forgiven = true;
    int64_t enough = clock_monotonic_ms() + FORGIVEN_MS;
    if (session->deadline_ms < enough)
        session->deadline_ms = enough;
}

static void pause_for(struct session *session, int64_t ms)
{
    int64_t end = clock_monotonic_ms() + ms;
    while (clock_monotonic_ms() < end && !session->lost && stop_count() < 3) {
        poll(NULL, 0, POLL_MS);
        work(session);
    }
}

struct trial {
    int64_t end_ms, pause_ms;
};

/* Whether to try again, after a pause. */
static bool again(struct session *session, struct trial *trial, enum answer answer,
                  const char *what)
{
    if (answer == ANSWER_GONE || answer == ANSWER_DENIED || answer == ANSWER_REFUSED) {
        log_warn("%s refused job=%s error=%s", what, session->job->id, session->server->error);
        return false;
    }
    log_warn("%s failed, trying again job=%s error=%s", what, session->job->id,
             session->server->error);
    int64_t now = clock_monotonic_ms();
    if (now >= trial->end_ms || session->lost || stop_count() >= 3)
        return false;
    trial->pause_ms = trial->pause_ms == 0                     ? FIRST_PAUSE_MS
                      : trial->pause_ms < LONGEST_PAUSE_MS / 2 ? trial->pause_ms * 2
                                                               : LONGEST_PAUSE_MS;
    pause_for(session, trial->pause_ms);
    return true;
}

bool session_fetch(struct session *session, const char *path, int fd)
{
    struct trial trial = {.end_ms = session->deadline_ms};
    enum answer answer;
    do {
        if (!may_run(session))
            return false;
        answer = server_fetch(session->server, session->job->id, path, fd);
    } while (answer != ANSWER_OK && again(session, &trial, answer, "fetching"));
    return answer == ANSWER_OK;
}

bool session_store(struct session *session, const char *name, int fd, int64_t patience_ms)
{
    struct trial trial = {.end_ms = clock_monotonic_ms() + patience_ms};
    enum answer answer;
    do {
        if (session->lost)
            return false;
        answer = server_store(session->server, session->job->id, name, fd);
    } while (answer != ANSWER_OK && again(session, &trial, answer, "storing"));
    return answer == ANSWER_OK;
}

bool session_finish(struct session *session, const char *body, int64_t patience_ms)
{
    struct trial trial = {.end_ms = clock_monotonic_ms() + patience_ms};
    while (!joblog_is_sent(&session->log) && !session->lost &&
           clock_monotonic_ms() < trial.end_ms) {
        if (session->log.pause_ms > 0)
            pause_for(session, POLL_MS);
        else if (!joblog_send(&session->log, session->server, session->job->id, true))
            session->lost = true;
    }
    enum answer answer;
    do {
        if (session->lost)
            return false;
        answer = server_finish(session->server, session->job->id, body);
    } while (answer != ANSWER_OK && again(session, &trial, answer, "finishing"));
    return answer == ANSWER_OK;
}
