/* The words for people: what a run's status is called, and how it looks. */
#ifndef TERRACE_API_PAGES_RUN_WORDS_H
#define TERRACE_API_PAGES_RUN_WORDS_H

#include <stdbool.h>

struct run_words {
    const char *text; /* "Needs Confirmation" */
    const char *tone; /* a class of terrace.css: waits, works, asks, good, bad, over */
};

/* Of a run that errored it matters how far it came. */
struct run_words run_words_of(const char *status, bool began_plan, bool began_apply);

/* Whether it goes on without anybody: who looks at it wants to see how. */
bool run_words_moves(const char *status);

/* "Plan and apply" for plan_and_apply; "" for what is unknown. */
const char *run_words_operation(const char *operation);

#endif
