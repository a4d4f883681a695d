/* What a plan says of the health of what was made (today-runs.md 19.4): resources that are not as
 * the configuration has them, and the checks of the configuration. From `terraform show -json`. */
#ifndef TERRACE_TERRAFORM_PLAN_HEALTH_H
#define TERRACE_TERRAFORM_PLAN_HEALTH_H

#include <stdbool.h>
#include <stddef.h>

struct plan_health {
    /* Managed resources: that the plan would change, and that it leaves as they are. What is merely
     * another value in the state is no drift. */
    int drifted, undrifted;
    /* Objects that have conditions, each counted once: resources, outputs, check blocks. */
    int checks_passed, checks_failed, checks_errored, checks_unknown;
};

/* False: the text is no plan. */
bool plan_health_read(const char *plan, size_t len, struct plan_health *out);

#endif
