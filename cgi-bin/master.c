/* The master. It waits for signals and nothing else: workers report through their slots in shared
 * memory, and a signal wakes the master to look at them.
 *
 * A worker that leaves (recycled or replaced) gives its idle connections to the others through the
 * handoff sockets, so that no web server ever finds a kept connection closed under its request. */
#define _GNU_SOURCE
#include "master.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "application.h"
#include "base/clock.h"
#include "base/log.h"
#include "listener.h"

#define MAX_WORKERS 256
/* At a reload the old and the new workers run side by side, next to some that still leave. */
#define SLOTS (2 * MAX_WORKERS + 64)
/* Longer than a worker takes to drain; then it is killed. */
#define KILL_MS 32000
/* Of so many workers, one accepts connections and serves what is quick; see http_server.h. */
#define QUICK_SHARE 3
/* A worker that dies younger than this was never well. */
#define YOUNG_MS 1000
#define BACKOFF_FIRST_MS 100
#define BACKOFF_LAST_MS 30000

struct worker {
    pid_t pid; /* 0: the slot is free */
    unsigned generation;
    enum http_server_role role;
    int64_t started;
    int64_t stopped; /* when it was told, or was seen, to leave; 0 = not yet */
};

struct master {
    const struct master_options *options;
    const struct config *config;   /* of the current generation */
    const struct config *previous; /* while a reload is on its way, else NULL */
    unsigned generation;
    int handoff[2];
    int passed[2];
    struct http_server_slot *slots; /* shared; worker i has slot i */
    struct worker workers[SLOTS];
    int64_t next_spawn;
    int64_t backoff;
    long crashes;
    bool stopping;
    sigset_t signals; /* that the master waits for */
};

/* The worker's own; the handler can reach nothing else. */
static volatile sig_atomic_t stop_wanted;

static void on_quit(int number)
{
    (void)number;
    stop_wanted = HTTP_SERVER_QUIT;
}

static void on_retire(int number)
{
    (void)number;
    if (stop_wanted == HTTP_SERVER_RUN)
        stop_wanted = HTTP_SERVER_RETIRE;
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

/* Blocks what stops a worker; *wait_mask lets it in. */
static void prepare_signals(sigset_t *wait_mask)
{
    sigset_t block;

    handle(SIGTERM, on_quit);
    handle(SIGUSR2, on_retire);
    handle(SIGHUP, SIG_IGN);
    handle(SIGUSR1, SIG_IGN);
    handle(SIGCHLD, SIG_DFL);
    sigemptyset(&block);
    sigaddset(&block, SIGTERM);
    sigaddset(&block, SIGINT);
    sigaddset(&block, SIGUSR2);
    sigprocmask(SIG_SETMASK, &block, NULL);
    sigemptyset(wait_mask);
}

static long long body_limit(const struct config *config)
{
    long long limit = config->upload_limit > config->document_limit ? config->upload_limit
                                                                    : config->document_limit;

    /* Record headers and the wrapping of a form come on top. */
    return limit + limit / 64 + (1 << 20);
}

static void wake_master(void)
{
    kill(getppid(), SIGUSR2);
}

static int run_worker(const struct config *config, struct http_server_options *options)
{
    struct http_application *application = application_new(config);
    int result;

    if (application == NULL)
        return 1;
    options->body_limit = body_limit(config);
    options->stop = &stop_wanted;
    result = http_server_run(application, options);
    application_free(application);
    return result == 0 ? 0 : 1;
}

int master_run_single(const struct config *config, int listen_fd)
{
    struct http_server_slot slot = {0};
    sigset_t wait_mask;
    /* No max_requests: the web server would send the next request to a process that is leaving. */
    struct http_server_options options = {.listen_fd = listen_fd,
                                          .handoff = {-1, -1},
                                          .passed = {-1, -1},
                                          .slots = &slot,
                                          .slot_count = 1,
                                          .wait_mask = &wait_mask};

    prepare_signals(&wait_mask);
    handle(SIGINT, on_quit);
    return run_worker(config, &options);
}

static void run_child(struct master *master, size_t index, pid_t parent)
{
    sigset_t wait_mask;
    struct http_server_options options = {.listen_fd = master->options->listen_fd,
                                          .role = master->workers[index].role,
                                          .handoff = {master->handoff[0], master->handoff[1]},
                                          .passed = {master->passed[0], master->passed[1]},
                                          .max_requests = master->config->worker_requests,
                                          .slots = master->slots,
                                          .slot_count = SLOTS,
                                          .self = index,
                                          .wait_mask = &wait_mask,
                                          .leaving = wake_master};

    prepare_signals(&wait_mask);
    /* Ctrl-C goes to the whole group; the master tells the workers. */
    handle(SIGINT, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    exit(getppid() == parent ? run_worker(master->config, &options) : 1);
}

static bool spawn(struct master *master, enum http_server_role role)
{
    pid_t parent = getpid();
    size_t index = 0;
    pid_t pid;

    while (index < SLOTS && master->workers[index].pid != 0)
        index++;
    if (index == SLOTS)
        return false;
    memset(&master->slots[index], 0, sizeof master->slots[index]);
    atomic_store(&master->slots[index].state, HTTP_SERVER_STARTING);
    master->workers[index] = (struct worker){
        .generation = master->generation, .role = role, .started = clock_monotonic_ms()};
    pid = fork();
    if (pid == 0)
        run_child(master, index, parent);
    if (pid < 0) {
        log_error("worker not forked error=%s", strerror(errno));
        atomic_store(&master->slots[index].state, HTTP_SERVER_FREE);
        return false;
    }
    master->workers[index].pid = pid;
    return true;
}

static void stop_worker(struct worker *worker, int number)
{
    kill(worker->pid, number);
    if (worker->stopped == 0)
        worker->stopped = clock_monotonic_ms();
}

static bool is_current(const struct master *master, const struct worker *worker)
{
    return worker->pid != 0 && worker->stopped == 0 && worker->generation == master->generation;
}

static size_t wanted_workers(const struct master *master)
{
    return master->config->workers < MAX_WORKERS ? (size_t)master->config->workers : MAX_WORKERS;
}

/* One a processor is enough, for each keeps one and its database session busy. Too few workers to
 * share them out do everything alike. */
static size_t wanted_quick(const struct master *master)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t share = wanted_workers(master) / QUICK_SHARE;

    return processors > 0 && share > (size_t)processors ? (size_t)processors : share;
}

static size_t count_role(const struct master *master, enum http_server_role role)
{
    size_t count = 0;

    for (size_t i = 0; i < SLOTS; i++)
        count += is_current(master, &master->workers[i]) && master->workers[i].role == role;
    return count;
}

static enum http_server_role missing_role(const struct master *master)
{
    if (wanted_quick(master) == 0)
        return HTTP_SERVER_ALL;
    return count_role(master, HTTP_SERVER_QUICK) < wanted_quick(master) ? HTTP_SERVER_QUICK
                                                                        : HTTP_SERVER_LONG;
}

/* Sets how long to wait before the next worker, so that a broken one does not eat the machine. */
static void note_death(struct master *master, const struct worker *worker, int status)
{
    int64_t now = clock_monotonic_ms();

    if (WIFSIGNALED(status))
        log_error("worker died pid=%d signal=%d", (int)worker->pid, WTERMSIG(status));
    else
        log_error("worker died pid=%d status=%d", (int)worker->pid, WEXITSTATUS(status));
    master->crashes++;
    if (now - worker->started > YOUNG_MS) {
        master->backoff = 0;
        return;
    }
    master->backoff = master->backoff == 0 ? BACKOFF_FIRST_MS : master->backoff * 2;
    if (master->backoff > BACKOFF_LAST_MS)
        master->backoff = BACKOFF_LAST_MS;
    master->next_spawn = now + master->backoff;
}

/* Goes back to the configuration that worked: its workers are still there. */
static void give_up_reload(struct master *master)
{
    log_error("reload failed reason=worker, the previous configuration stays");
    for (size_t i = 0; i < SLOTS; i++) {
        if (is_current(master, &master->workers[i]))
            stop_worker(&master->workers[i], SIGUSR2);
    }
    master->config = master->previous;
    master->previous = NULL;
    master->generation--;
    master->next_spawn = 0;
    master->backoff = 0;
}

static void reap(struct master *master)
{
    pid_t pid;
    int status;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < SLOTS; i++) {
            struct worker *worker = &master->workers[i];
            bool failed_reload = false;

            if (worker->pid != pid)
                continue;
            if (status != 0 || (worker->stopped == 0 && !master->stopping &&
                                atomic_load(&master->slots[i].state) != HTTP_SERVER_LEAVING)) {
                note_death(master, worker, status);
                failed_reload = master->previous != NULL && is_current(master, worker);
            }
            worker->pid = 0;
            atomic_store(&master->slots[i].state, HTTP_SERVER_FREE);
            if (failed_reload)
                give_up_reload(master);
        }
    }
}

/* Workers that retired by themselves count as stopped from now on. */
static void note_leaving(struct master *master)
{
    for (size_t i = 0; i < SLOTS; i++) {
        struct worker *worker = &master->workers[i];

        if (worker->pid != 0 && worker->stopped == 0 &&
            atomic_load(&master->slots[i].state) == HTTP_SERVER_LEAVING)
            worker->stopped = clock_monotonic_ms();
    }
}

static void kill_overdue(struct master *master)
{
    int64_t now = clock_monotonic_ms();

    for (size_t i = 0; i < SLOTS; i++) {
        struct worker *worker = &master->workers[i];

        if (worker->pid != 0 && worker->stopped != 0 && now - worker->stopped > KILL_MS) {
            log_warn("worker killed pid=%d reason=overdue", (int)worker->pid);
            kill(worker->pid, SIGKILL);
            worker->stopped = now;
        }
    }
}

static void spawn_missing(struct master *master)
{
    size_t running = 0;

    for (size_t i = 0; i < SLOTS; i++)
        running += is_current(master, &master->workers[i]);
    while (running < wanted_workers(master) && clock_monotonic_ms() >= master->next_spawn) {
        if (!spawn(master, missing_role(master))) {
            master->next_spawn = clock_monotonic_ms() + YOUNG_MS;
            return;
        }
        running++;
    }
}

/* Once all new workers are ready the old ones may go. */
static void finish_reload(struct master *master)
{
    size_t ready = 0;

    if (master->previous == NULL)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        ready += is_current(master, &master->workers[i]) &&
                 atomic_load(&master->slots[i].state) == HTTP_SERVER_READY;
    if (ready < wanted_workers(master))
        return;
    for (size_t i = 0; i < SLOTS; i++) {
        struct worker *worker = &master->workers[i];

        if (worker->pid != 0 && worker->generation != master->generation)
            stop_worker(worker, SIGUSR2);
    }
    master->previous = NULL;
    log_info("reloaded generation=%u", master->generation);
}

static void reload(struct master *master)
{
    struct config *config = malloc(sizeof *config);
    char error[512];

    if (master->previous != NULL) {
        log_warn("reload ignored reason=another is on its way");
        free(config);
        return;
    }
    if (config == NULL || !config_load(config, error, sizeof error)) {
        log_error("reload failed error=%s", config != NULL ? error : "out of memory");
        free(config);
        return;
    }
    if (strcmp(config->listen, master->config->listen) != 0)
        log_warn("listen is not changed by a reload, restart for it");
    master->previous = master->config;
    master->config = config;
    master->generation++;
    master->next_spawn = 0;
    master->backoff = 0;
}

static void log_counters(const struct master *master)
{
    for (size_t i = 0; i < SLOTS; i++) {
        struct http_server_slot *slot = &master->slots[i];

        if (master->workers[i].pid == 0)
            continue;
        log_info("worker pid=%d generation=%u role=%d state=%d connections=%d requests=%ld "
                 "batches=%ld refused=%ld spooled=%ld",
                 (int)master->workers[i].pid, master->workers[i].generation,
                 (int)master->workers[i].role, atomic_load(&slot->state),
                 atomic_load(&slot->connections), atomic_load(&slot->requests),
                 atomic_load(&slot->batches), atomic_load(&slot->refused),
                 atomic_load(&slot->spooled));
    }
    log_info("master pid=%d generation=%u crashes=%ld", (int)getpid(), master->generation,
             master->crashes);
}

static void begin_stop(struct master *master)
{
    if (master->stopping)
        return;
    log_info("stopping");
    master->stopping = true;
    if (master->options->unlink_address != NULL)
        listener_unlink(master->options->unlink_address);
    for (size_t i = 0; i < SLOTS; i++) {
        if (master->workers[i].pid != 0)
            stop_worker(&master->workers[i], SIGTERM);
    }
}

static void handle_signal(struct master *master, int number)
{
    switch (number) {
    case SIGTERM:
    case SIGINT:
        begin_stop(master);
        break;
    case SIGHUP:
        if (!master->stopping)
            reload(master);
        break;
    case SIGUSR1:
        log_counters(master);
        break;
    default: /* SIGCHLD, SIGUSR2: the slots tell */
        break;
    }
}

static size_t living_workers(const struct master *master)
{
    size_t count = 0;

    for (size_t i = 0; i < SLOTS; i++)
        count += master->workers[i].pid != 0;
    return count;
}

static void take_care(struct master *master)
{
    note_leaving(master);
    reap(master);
    kill_overdue(master);
    if (master->stopping)
        return;
    finish_reload(master);
    spawn_missing(master);
}

static bool start(struct master *master)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD};

    sigemptyset(&master->signals);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        sigaddset(&master->signals, numbers[i]);
        /* A signal that is ignored from birth (nohup) would never be seen by sigtimedwait(). */
        handle(numbers[i], SIG_DFL);
    }
    sigprocmask(SIG_BLOCK, &master->signals, NULL);
    master->slots = mmap(NULL, SLOTS * sizeof *master->slots, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (master->slots != MAP_FAILED &&
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, master->handoff) == 0 &&
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, master->passed) == 0)
        return true;
    log_error("master not started error=%s", strerror(errno));
    return false;
}

int master_run(const struct master_options *options)
{
    /* Short while something is under way, long when nothing can happen without a signal. */
    const struct timespec brief = {.tv_nsec = 20 * 1000 * 1000}, tick = {.tv_sec = 1};
    static struct master master;

    master.options = options;
    master.config = options->config;
    if (!start(&master))
        return 1;
    log_info("started pid=%d workers=%zu", (int)getpid(), wanted_workers(&master));
    for (;;) {
        bool busy;
        int number;

        take_care(&master);
        if (master.stopping && living_workers(&master) == 0)
            break;
        busy = master.previous != NULL || master.next_spawn > clock_monotonic_ms();
        number = sigtimedwait(&master.signals, NULL, busy ? &brief : &tick);
        if (number > 0)
            handle_signal(&master, number);
    }
    log_info("stopped");
    return 0;
}
