/* Reads what the CLI prints as it passes by, for what has been done: the line `Apply complete!` or
 * its JSON, and, where none comes because something failed, the resources that were finished. */
#ifndef TERRACE_RUNNER_SUMMARY_H
#define TERRACE_RUNNER_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct counts {
    int64_t additions, changes, destructions, imports;
};

#define SUMMARY_LINE 8192

struct summary {
    struct counts total; /* as told at the end */
    struct counts done;  /* counted on the way */
    bool complete;       /* total was told */
    char line[SUMMARY_LINE];
    size_t len;
};

void summary_begin(struct summary *summary);
/* object: a struct summary; fits session's on_output. */
void summary_take(void *object, const char *bytes, size_t len);
/* Also reads a last line without an end. */
const struct counts *summary_end(struct summary *summary);

#endif
