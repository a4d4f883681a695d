/* See run_words.h. */
#include "api/pages/run_words.h"

#include <stddef.h>
#include <string.h>

#include "run/run.h"

static const struct {
    const char *status;
    struct run_words words;
} words[] = {
    {"pending", {"Pending", "waits"}},
    {"fetching", {"Fetching", "works"}},
    {"fetching_completed", {"Fetched", "works"}},
    {"pre_plan_running", {"Pre-plan Tasks Running", "works"}},
    {"pre_plan_awaiting_decision", {"Pre-plan Awaiting Decision", "asks"}},
    {"pre_plan_completed", {"Pre-plan Tasks Completed", "works"}},
    {"queuing", {"Plan Queued", "waits"}},
    {"plan_queued", {"Plan Queued", "waits"}},
    {"planning", {"Planning", "works"}},
    {"planned", {"Planned", "works"}},
    {"post_plan_running", {"Post-plan Tasks Running", "works"}},
    {"post_plan_awaiting_decision", {"Post-plan Awaiting Decision", "asks"}},
    {"post_plan_completed", {"Post-plan Tasks Completed", "works"}},
    {"cost_estimating", {"Cost Estimating", "works"}},
    {"cost_estimated", {"Cost Estimated", "works"}},
    {"policy_checking", {"Policy Checking", "works"}},
    {"policy_override", {"Policy Override", "asks"}},
    {"policy_soft_failed", {"Policy Soft Failed", "bad"}},
    {"policy_checked", {"Policy Checked", "works"}},
    {"confirmed", {"Confirmed", "works"}},
    {"pre_apply_running", {"Pre-apply Tasks Running", "works"}},
    {"pre_apply_awaiting_decision", {"Pre-apply Awaiting Decision", "asks"}},
    {"pre_apply_completed", {"Pre-apply Tasks Completed", "works"}},
    {"queuing_apply", {"Apply Queued", "waits"}},
    {"apply_queued", {"Apply Queued", "waits"}},
    {"applying", {"Applying", "works"}},
    {"post_apply_running", {"Post-apply Tasks Running", "works"}},
    {"post_apply_completed", {"Post-apply Tasks Completed", "works"}},
    {"applied", {"Applied", "good"}},
    {"planned_and_finished", {"Planned and Finished", "good"}},
    {"planned_and_saved", {"Planned and Saved", "asks"}},
    {"discarded", {"Discarded", "over"}},
    {"errored", {"Errored", "bad"}},
    {"canceled", {"Canceled", "over"}},
};

struct run_words run_words_of(const char *status, bool began_plan, bool began_apply)
{
    if (strcmp(status, "errored") == 0 && began_apply)
        return (struct run_words){"Apply Errored", "bad"};
    if (strcmp(status, "errored") == 0 && began_plan)
        return (struct run_words){"Plan Errored", "bad"};
    if (run_status_flags(status) & RUN_IS_CONFIRMABLE)
        return (struct run_words){"Needs Confirmation", "asks"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].status, status) == 0)
            return words[i].words;
    return (struct run_words){status, "works"};
}

bool run_words_moves(const char *status)
{
    return run_status_flags(status) & RUN_IS_CANCELABLE;
}

const char *run_words_operation(const char *operation)
{
    static const char *const names[][2] = {
        {"plan_and_apply", "Plan and apply"},
        {"plan_only", "Plan only"},
        {"save_plan", "Saved plan"},
        {"refresh_only", "Refresh state"},
        {"destroy", "Destroy"},
        {"empty_apply", "Apply without changes"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i][0], operation) == 0)
            return names[i][1];
    return "";
}
