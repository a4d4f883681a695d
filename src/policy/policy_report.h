/* What is kept of an evaluation: the verdict, the counts, the log of a legacy check
 * (today-governance.md section 6) and the outcomes of an evaluation (section 7). */
#ifndef TERRACE_POLICY_POLICY_REPORT_H
#define TERRACE_POLICY_POLICY_REPORT_H

#include "policy/policy_run.h"

struct policy_counts {
    unsigned passed, advisory_failed, soft_failed, hard_failed, errored;
};

struct policy_check_report {
    const char *status;  /* passed, soft_failed, hard_failed, errored */
    const char *counts;  /* JSON: the members of `result` but `sentinel` */
    const char *details; /* JSON: `sentinel` */
    const char *log;
    const char *reason; /* why the run errors, or NULL */
};

void policy_report_check(struct arena *arena, const struct policy_run *run,
                         struct policy_check_report *out);

struct policy_outcome_report {
    const char *outcomes; /* JSON */
    const char *output;   /* JSON: a list of {"print": line} for each outcome */
    const char *error;    /* "" */
    const char *result_count;
};

/* Of one set of an evaluation. */
void policy_report_set(struct arena *arena, const struct policy_set_result *set,
                       struct policy_outcome_report *out);

struct policy_evaluation_report {
    const char *status; /* passed, failed, errored */
    bool is_overridable;
    const char *result_count;
};

void policy_report_evaluation(struct arena *arena, const struct policy_run *run,
                              struct policy_evaluation_report *out);

#endif
