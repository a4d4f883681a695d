/* The statuses of a run and the ways between them: today-runs.md sections 2 to 4, row by row. The
 * first transition that fits is taken, so a row with more conditions stands before one with fewer.
 */
#include "run/run_machine.h"

#include <stddef.h>
#include <string.h>

#define CANCELABLE RUN_IS_CANCELABLE
#define CONFIRMABLE (RUN_IS_CONFIRMABLE | RUN_IS_DISCARDABLE)
#define DISCARDABLE RUN_IS_DISCARDABLE

/* name, key in status-timestamps, run event, notification */
const struct run_status run_statuses[] = {
    {"pending", "plan-queueable-at", NULL, "run:created", CANCELABLE},
    {"fetching", "fetching-at", "fetching", NULL, CANCELABLE},
    {"fetching_completed", "fetched-at", NULL, NULL, CANCELABLE},
    {"pre_plan_running", "pre-plan-running-at", "pre_plan_running", NULL, CANCELABLE},
    {"pre_plan_awaiting_decision", "pre-plan-awaiting-decision-at", "pre_plan_awaiting_decision",
     "run:needs_attention", DISCARDABLE},
    {"pre_plan_completed", "pre-plan-completed-at", "pre_plan_completed", NULL, CANCELABLE},
    {"queuing", "queuing-at", NULL, NULL, CANCELABLE},
    {"plan_queued", "plan-queued-at", "queued", NULL, CANCELABLE},
    {"planning", "planning-at", "planning", "run:planning", CANCELABLE},
    {"planned", "planned-at", "planned", NULL, CONFIRMABLE},
    {"post_plan_running", "post-plan-running-at", "post_plan_running", NULL,
     CANCELABLE | DISCARDABLE},
    {"post_plan_awaiting_decision", "post-plan-awaiting-decision-at", "post_plan_awaiting_decision",
     "run:needs_attention", DISCARDABLE},
    {"post_plan_completed", "post-plan-completed-at", "post_plan_completed", NULL, CONFIRMABLE},
    {"cost_estimating", "cost-estimating-at", "cost_estimating", NULL, CANCELABLE},
    {"cost_estimated", "cost-estimated-at", "cost_estimated", NULL, CONFIRMABLE},
    {"policy_checking", NULL, "policy_checking", NULL, CANCELABLE},
    {"policy_override", NULL, "policy_override", "run:needs_attention", DISCARDABLE},
    {"policy_soft_failed", "policy-soft-failed-at", "policy_soft_failed", "run:errored",
     RUN_IS_FINAL},
    {"policy_checked", "policy-checked-at", "policy_checked", NULL, CONFIRMABLE},
    {"confirmed", "confirmed-at", "confirmed", NULL, CANCELABLE},
    {"pre_apply_running", "pre-apply-running-at", "pre_apply_running", NULL, CANCELABLE},
    {"pre_apply_awaiting_decision", "pre-apply-awaiting-decision-at", "pre_apply_awaiting_decision",
     "run:needs_attention", DISCARDABLE},
    {"pre_apply_completed", "pre-apply-completed-at", "pre_apply_completed", NULL, CANCELABLE},
    {"queuing_apply", "queuing-apply-at", NULL, NULL, CANCELABLE},
    {"apply_queued", "apply-queued-at", "apply_queued", NULL, CANCELABLE},
    {"applying", "applying-at", "applying", "run:applying", CANCELABLE},
    {"post_apply_running", "post-apply-running-at", "post_apply_running", NULL, CANCELABLE},
    {"post_apply_completed", "post-apply-completed-at", "post_apply_completed", NULL, CANCELABLE},
    {"applied", "applied-at", "applied", "run:completed", RUN_IS_FINAL},
    {"planned_and_finished", "planned-and-finished-at", "planned_and_finished", "run:completed",
     RUN_IS_FINAL},
    {"planned_and_saved", "planned-and-saved-at", "planned_and_saved", "run:needs_attention",
     CONFIRMABLE},
    {"discarded", "discarded-at", "discarded", "run:errored", RUN_IS_FINAL},
    {"errored", "errored-at", "errored", "run:errored", RUN_IS_FINAL},
    {"canceled", "canceled-at", "canceled", "run:errored", RUN_IS_FINAL},
    {.name = NULL},
};

#define PLANNED "planned|post_plan_completed|cost_estimated|policy_checked"
#define PAUSED                                                                                     \
    PLANNED "|planned_and_saved|policy_override|post_plan_awaiting_decision|"                      \
            "pre_plan_awaiting_decision|pre_apply_awaiting_decision"
/* Nothing is at work for it that would have to be told. */
#define IDLE                                                                                       \
    "pending|fetching|fetching_completed|pre_plan_running|pre_plan_completed|queuing|plan_queued|" \
    "post_plan_running|cost_estimating|policy_checking|confirmed|pre_apply_running|"               \
    "pre_apply_completed|queuing_apply|apply_queued|post_apply_running|post_apply_completed"
#define UNFINISHED IDLE "|planning|applying|" PAUSED

#define IS_LOCAL "The execution mode of the workspace is now local: nothing is run here."
#define TOO_LONG "It took longer than is allowed, and was ended."
#define NO_RUNNER "The runner has not been heard of for too long."
#define TASK_FAILED "A mandatory task failed."
#define PLAN_STAGE_FAILED "A mandatory task or policy failed."

/* clang-format off */
const struct run_transition run_transitions[] = {
    /* from             event         guards             stage          to */
    {"pending",         RUN_ADVANCE,  RUN_IF_MAY_START | RUN_IF_FETCHING, NULL, "fetching", RUN_TAKES_WORKSPACE},
    {"pending",         RUN_ADVANCE,  RUN_IF_MAY_START,  "pre_plan",    "pre_plan_running", RUN_TAKES_WORKSPACE},
    {"pending",         RUN_ADVANCE,  RUN_IF_MAY_START,  NULL,          "queuing", RUN_TAKES_WORKSPACE},

    {"fetching",        RUN_FETCHED,  0,                 NULL,          "fetching_completed"},
    {"pending|fetching", RUN_FETCH_FAILED, 0,            NULL,          "errored"},
    {"fetching_completed", RUN_ADVANCE, 0,               "pre_plan",    "pre_plan_running"},
    {"fetching_completed", RUN_ADVANCE, 0,               NULL,          "queuing"},

    {"pre_plan_running", RUN_STAGE_PASSED, 0,            NULL,          "pre_plan_completed"},
    {"pre_plan_running", RUN_STAGE_FAILED, 0,            NULL,          "errored", .reason = TASK_FAILED},
    {"pre_plan_running", RUN_STAGE_AWAITS, 0,            NULL,          "pre_plan_awaiting_decision"},
    {"pre_plan_awaiting_decision", RUN_STAGE_RESUMED, 0, NULL,          "pre_plan_running"},
    {"pre_plan_completed", RUN_ADVANCE, 0,               NULL,          "queuing"},

    {"queuing",         RUN_ADVANCE,  RUN_IF_LOCAL,      NULL,          "errored", .reason = IS_LOCAL},
    {"queuing",         RUN_ADVANCE,  0,                 NULL,          "plan_queued", RUN_QUEUES_JOB, "plan", "queued"},
    {"plan_queued",     RUN_CLAIMED,  0,                 NULL,          "planning", 0, "plan", "running"},

    {"planning",        RUN_FINISHED, 0,                 NULL,          "planned", 0, "plan", "finished"},
    {"planning",        RUN_ERRORED,  0,                 NULL,          "errored", 0, "plan", "errored"},
    {"planning",        RUN_INTERRUPTED, 0,              NULL,          "canceled", 0, "plan", "canceled"},

    {"planned",         RUN_ADVANCE,  0,                 "post_plan",   "post_plan_running"},
    {"post_plan_running", RUN_STAGE_PASSED, 0,           NULL,          "post_plan_completed"},
    {"post_plan_running", RUN_STAGE_FAILED, 0,           NULL,          "errored", .reason = PLAN_STAGE_FAILED},
    {"post_plan_running", RUN_STAGE_AWAITS, 0,           NULL,          "post_plan_awaiting_decision"},
    {"post_plan_awaiting_decision", RUN_STAGE_RESUMED, 0, NULL,         "post_plan_running"},

    /* The policy check counts as a stage: it is there when legacy Sentinel sets apply. */
    {"planned|post_plan_completed|cost_estimated", RUN_ADVANCE, 0, "policy_check", "policy_checking"},
    {"policy_checking", RUN_POLICY_PASSED, 0,            NULL,          "policy_checked"},
    {"policy_checking", RUN_POLICY_SOFT_FAILED, RUN_IF_NOTHING_LEFT, NULL, "policy_soft_failed"},
    {"policy_checking", RUN_POLICY_SOFT_FAILED, 0,       NULL,          "policy_override"},
    {"policy_checking", RUN_POLICY_FAILED, 0,            NULL,          "errored"},
    {"policy_override", RUN_POLICY_OVERRIDDEN, 0,        NULL,          "policy_checked"},

    {PLANNED,           RUN_ADVANCE,  RUN_IF_NOTHING_LEFT, NULL,        "planned_and_finished"},
    {PLANNED,           RUN_ADVANCE,  RUN_IF_SAVE_PLAN,  NULL,          "planned_and_saved"},
    {PLANNED,           RUN_ADVANCE,  RUN_IF_AUTO_APPLY, NULL,          "confirmed"},
    {PLANNED "|planned_and_saved", RUN_APPLY, 0,         NULL,          "confirmed", RUN_NOTES_CONFIRM},

    {"confirmed",       RUN_ADVANCE,  RUN_IF_MAY_START,  "pre_apply",   "pre_apply_running", RUN_TAKES_WORKSPACE},
    {"confirmed",       RUN_ADVANCE,  RUN_IF_MAY_START,  NULL,          "queuing_apply", RUN_TAKES_WORKSPACE},
    {"pre_apply_running", RUN_STAGE_PASSED, 0,           NULL,          "pre_apply_completed"},
    {"pre_apply_running", RUN_STAGE_FAILED, 0,           NULL,          "errored", .reason = TASK_FAILED},
    {"pre_apply_running", RUN_STAGE_AWAITS, 0,           NULL,          "pre_apply_awaiting_decision"},
    {"pre_apply_awaiting_decision", RUN_STAGE_RESUMED, 0, NULL,         "pre_apply_running"},
    {"pre_apply_completed", RUN_ADVANCE, 0,              NULL,          "queuing_apply"},

    {"queuing_apply",   RUN_ADVANCE,  RUN_IF_LOCAL,      NULL,          "errored", .reason = IS_LOCAL},
    {"queuing_apply",   RUN_ADVANCE,  0,                 NULL,          "apply_queued", RUN_QUEUES_JOB, "apply", "queued"},
    {"apply_queued",    RUN_CLAIMED,  0,                 NULL,          "applying", 0, "apply", "running"},

    {"applying",        RUN_FINISHED, 0,                 "post_apply",  "post_apply_running", 0, "apply", "finished"},
    {"applying",        RUN_FINISHED, 0,                 NULL,          "applied", 0, "apply", "finished"},
    {"applying",        RUN_ERRORED,  0,                 NULL,          "errored", 0, "apply", "errored"},
    {"applying",        RUN_INTERRUPTED, 0,              NULL,          "canceled", 0, "apply", "canceled"},

    /* Whatever tasks after the apply say, it has happened (3.1). */
    {"post_apply_running", RUN_STAGE_PASSED, 0,          NULL,          "post_apply_completed"},
    {"post_apply_running", RUN_STAGE_FAILED, 0,          NULL,          "post_apply_completed"},
    {"post_apply_running", RUN_STAGE_AWAITS, 0,          NULL,          "post_apply_completed"},
    {"post_apply_completed", RUN_ADVANCE, 0,             NULL,          "applied"},

    {"pending|post_plan_running|" PAUSED, RUN_DISCARD, 0, NULL,         "discarded"},
    {"pending|" PAUSED, RUN_FORCE_DISCARD, 0,            NULL,          "discarded"},

    {"planning|applying", RUN_CANCEL, RUN_IF_NOT_CANCELED, NULL,        NULL, RUN_NOTES_CANCEL | RUN_INTERRUPTS_JOB},
    {IDLE,              RUN_CANCEL,   0,                 NULL,          "canceled", RUN_NOTES_CANCEL},
    {UNFINISHED,        RUN_FORCE_CANCEL, RUN_IF_MAY_FORCE, NULL,       "canceled", RUN_NOTES_FORCE},
    {UNFINISHED,        RUN_END_NOW,  0,                 NULL,          "canceled", RUN_NOTES_CANCEL | RUN_NOTES_FORCE},

    {"planning|applying", RUN_LOST,   RUN_IF_CANCELED,   NULL,          "canceled"},
    {"planning|applying", RUN_LOST,   0,                 NULL,          "errored", .reason = NO_RUNNER},
    {"planning|applying", RUN_TIMED_OUT, RUN_IF_CANCELED, NULL,         "canceled"},
    {"planning|applying", RUN_TIMED_OUT, 0,              NULL,          "errored", .reason = TOO_LONG},
    {.from = NULL},
};
/* clang-format on */

const struct run_status *run_status_find(const char *name)
{
    for (const struct run_status *status = run_statuses; status->name; status++)
        if (strcmp(status->name, name) == 0)
            return status;
    return NULL;
}

bool run_status_among(const char *name, const char *list)
{
    size_t len = strlen(name);

    for (const char *word = list; word; word = strchr(word, '|')) {
        word += *word == '|';
        if (strncmp(word, name, len) == 0 && (word[len] == '|' || word[len] == '\0'))
            return true;
    }
    return false;
}

unsigned run_status_flags(const char *status)
{
    const struct run_status *found = run_status_find(status);
    return found ? found->flags : 0;
}

const char *run_status_name(unsigned index)
{
    return index < sizeof run_statuses / sizeof run_statuses[0] ? run_statuses[index].name : NULL;
}
