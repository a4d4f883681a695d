/* Reads the plan as `show -json` writes it, resource by resource, so that memory follows the
 * largest resource and not the plan. */
#ifndef TERRACE_RUNNER_PLAN_JSON_H
#define TERRACE_RUNNER_PLAN_JSON_H

#include "runner/summary.h"

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* What is planned. declared: the root module's input variables, one a line, are appended; may be
 * NULL. False when the text is no plan. */
bool plan_json_read(const char *plan, size_t len, struct counts *counts, struct buf *declared);

/* Writes the document that the CLI draws a remote plan from (today-runs.md 10.3): the plan without
 * the values that are marked as sensitive, together with the providers' schemas. Where a sensitive
 * value changes, two different stand-ins say so. False when a text is not what it should be, or the
 * file can't be written. */
bool plan_json_redact(const char *plan, size_t plan_len, const char *schemas, size_t schemas_len,
                      int fd);

#endif
