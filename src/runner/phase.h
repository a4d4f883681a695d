/* What a job is made of, from its first file to the answer for the server. phase.c holds the steps
 * that plan and apply share, phase_setup.c what comes before them, phase_plan.c and phase_apply.c
 * the rest. */
#ifndef TERRACE_RUNNER_PHASE_H
#define TERRACE_RUNNER_PHASE_H

#include "runner/cli.h"
#include "runner/env.h"
#include "runner/session.h"
#include "runner/summary.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;

struct phase {
    struct session *session;
    struct arena *arena;
    struct cli cli;
    const char *program; /* the CLI, as commands find it */
    const char *dir;     /* the working directory, as commands see it */
    const char *plan;    /* the plan file, so too */
    struct env tools;    /* for our own commands: nothing of the user's */
    struct env env;      /* for the CLI and hooks */
    const char *message; /* why it failed: the first reason */
    struct counts counts;
    bool has_changes, generated;
    const char *dependencies; /* JSON; NULL: not known */
};

/* Everything; then the body of the job's finish is in out. */
void phase_run(struct phase *phase, struct buf *out);

/* The halves: true when it went well. */
bool phase_plan(struct phase *phase);
bool phase_apply(struct phase *phase);
bool phase_query(struct phase *phase);
/* The member `sets` of the answer goes into out. */
bool phase_policy(struct phase *phase, struct buf *out);

/* Fetches what the server has under this path into files/NAME; *fd is open then. */
bool phase_fetch(struct phase *phase, const char *path, const char *name, int *fd);

/* Notes why the job fails; returns false. */
bool phase_fail(struct phase *phase, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, and a line in the log. */
bool phase_fail_loudly(struct phase *phase, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Environments, and the files in the job's control folder. */
bool phase_setup(struct phase *phase);
/* What our own commands need of it: all that an evaluation of policies gets. */
bool phase_setup_tools(struct phase *phase);
/* Writes a file of the job's folder for its owner only, and frees the text. */
bool phase_write(struct phase *phase, const char *name, struct buf *text);

/* Fetches the configuration, and the bundle of the plan if asked for, and unpacks it. */
bool phase_unpack(struct phase *phase, bool bundle);
/* Puts override and variables where the CLI finds them. declared: as of cli_files_variables(). */
bool phase_prepare(struct phase *phase, const char *declared);
bool phase_init(struct phase *phase);
/* name: "pre-plan"; nothing happens when there is no such hook. */
bool phase_hook(struct phase *phase, const char *name);

/* A command of our own in the sandbox; its output goes into capture, which may be NULL, or into
 * output if that is not -1. */
struct outcome phase_tool(struct phase *phase, const char *const *argv, const char *dir, int input,
                          int output, struct buf *capture);

/* The CLI without what the user says about its arguments and its log; output as above. */
struct outcome phase_ask_cli(struct phase *phase, const char *const *argv, int output,
                             struct buf *capture);

bool phase_succeeded(struct outcome outcome);
/* "ended with exit status 1" */
const char *phase_describe(struct phase *phase, struct outcome outcome);

/* -parallelism=N, if the environment asks for it, else NULL. */
const char *phase_parallelism(struct phase *phase);
bool phase_is_structured(const struct phase *phase);

#endif
