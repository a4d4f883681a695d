/* The stages of a run that tasks run in, and how strict they are (today-runs.md 14.4). */
#ifndef TERRACE_API_TASKS_H
#define TERRACE_API_TASKS_H

#include <stdbool.h>

#define TASK_STAGES "pre_plan|post_plan|pre_apply|post_apply"
#define TASK_LEVELS "advisory|mandatory"

struct context;
struct json_value;
struct patch;

/* Writes a list of stages, each once and in the order sent, into this column of the patch. False:
 * it is none (recorded at the pointer), or empty. */
bool task_stages_take(struct context *context, struct patch *patch, const struct json_value *list,
                      const char *column, const char *pointer);

/* A route's handler: what the task calls back with. */
void task_callback(struct context *context);

#endif
