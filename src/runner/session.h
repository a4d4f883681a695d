/* One job in hand: its lease, its log, its limits, and the commands that it runs one after the
 * other. While anything takes time here, the lease is renewed, the log is sent, memory is watched
 * and a wish to cancel is carried on. */
#ifndef TERRACE_RUNNER_SESSION_H
#define TERRACE_RUNNER_SESSION_H

#include "runner/child.h"
#include "runner/joblog.h"
#include "runner/sandbox.h"

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct folder;
struct job;
struct runner_config;
struct server;

/* What has gone wrong beyond a command that fails: the first counts. */
enum trouble {
    TROUBLE_NONE,
    TROUBLE_LOST,     /* the job is not ours any more: nobody wants to hear of it */
    TROUBLE_CANCELED, /* somebody asked for it */
    TROUBLE_STOPPED,  /* the runner was told to stop at once */
    TROUBLE_TIME,     /* the job's time is over */
    TROUBLE_MEMORY,
    TROUBLE_PROCESSES,
    TROUBLE_OUTPUT,
    TROUBLE_DISK,
};

struct session {
    const struct runner_config *config;
    const struct folder *folder;
    struct server *server;
    const struct job *job;
    struct sandbox sandbox;
    struct joblog log;

    enum trouble trouble;
    bool lost;           /* besides: also when something else came first */
    bool cancel;         /* the server has asked */
    int64_t deadline_ms; /* of the job, monotonic */
    int64_t renew_ms;    /* when the lease is due */
    int64_t watch_ms;    /* when limits are looked at again */

    /* The command that runs */
    struct child child;
    struct buf *capture; /* takes what it prints instead of the log; NULL: the log */
    bool patient;        /* see struct command */
    bool tells;          /* what it prints is also given to on_output */
    bool interrupted;    /* it has got its SIGINT */
    bool killed;         /* and, or instead, its end */
    bool forgiven;       /* see session_forgive() */
    bool renewing;
    int64_t kill_ms; /* when an interrupted command is killed; 0: never */

    void (*on_output)(void *object, const char *bytes, size_t len);
    void *output_object;
};

struct command {
    const char *name; /* for messages: "terraform plan" */
    const char *const *argv;
    const char *dir;
    const struct env *env;
    bool secret;
    int input;  /* -1: empty */
    int output; /* -1: with its errors */
    struct buf *capture;
    bool tells;
    int64_t timeout_ms; /* 0: the job's */
    bool patient;       /* an interruption may take as long as it takes */
};

enum ending { ENDING_EXIT, ENDING_SIGNAL, ENDING_TIMEOUT, ENDING_TROUBLE, ENDING_NO_START };

struct outcome {
    enum ending ending;
    int status; /* exit status or signal */
};

void session_open(struct session *session, int log_fd);

/* Runs a command to its end, and ends all that it has left behind. Once there is trouble nothing
 * runs any more. */
struct outcome session_run(struct session *session, const struct command *command);

/* Lets commands run in spite of trouble, for what must still be saved. Not when the job is lost. */
void session_forgive(struct session *session);

/* Asks again and again until the server has answered or patience_ms is over: 0 means until the end
 * of the job's time. */
bool session_fetch(struct session *session, const char *path, int fd);
bool session_store(struct session *session, const char *name, int fd, int64_t patience_ms);
/* Sends the rest of the log, then says how the job ended. */
bool session_finish(struct session *session, const char *body, int64_t patience_ms);

/* One sentence for people; NULL for TROUBLE_NONE and TROUBLE_LOST. */
const char *session_trouble_text(const struct session *session);

#endif
