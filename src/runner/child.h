/* One command of a job: started in the sandbox, watched, interrupted, killed with all it has
 * started. Nothing here waits: whoever started it asks again and again (session.c). */
#ifndef TERRACE_RUNNER_CHILD_H
#define TERRACE_RUNNER_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct env;
struct sandbox;

struct child_spec {
    const char *const *argv; /* ended by NULL; argv[0] is found by the PATH of env */
    const char *dir;         /* as the command sees it */
    const struct env *env;
    bool secret;     /* may see SANDBOX_SECRET */
    int input;       /* descriptor for its standard input, -1: empty */
    int output;      /* descriptor for its standard output, -1: the same pipe as its errors */
    long processes;  /* limit of processes and threads */
    long file_limit; /* bytes a file */
};

struct child {
    pid_t pid;  /* bubblewrap, or the command itself without a sandbox; 0: none */
    pid_t init; /* process 1 of the sandbox; 0: no sandbox */
    int pipe;   /* what it prints; -1: closed */
};

/* Called once: orphans of a job become children of this process, so that none gets away. */
void child_setup(void);

/* False with errno: nothing was started. */
bool child_start(struct child *child, const struct sandbox *sandbox, const struct child_spec *spec);

/* Whether it has ended; then *status is as of waitpid(). */
bool child_ended(struct child *child, int *status);

/* SIGINT to the command itself. */
void child_interrupt(const struct child *child);

/* Kills it and all that it has started, and waits until none is left. */
void child_kill(struct child *child);

struct child_usage {
    long memory;    /* bytes: anonymous and shared memory of all its processes */
    long processes; /* with their threads */
};

void child_measure(const struct child *child, struct child_usage *usage);

#endif
