/* The tables of the run machine agree with each other and with today-runs.md sections 2 to 4. */
#include "run/run_machine.h"

#include <string.h>

#include "unit/unit.h"

static bool leads(const char *status, enum run_event event)
{
    for (const struct run_transition *t = run_transitions; t->from; t++)
        if (t->event == event && run_status_among(status, t->from))
            return true;
    return false;
}

static const char *first_word(const char *list, char out[64])
{
    size_t len = strcspn(list, "|");
    memcpy(out, list, len);
    out[len] = '\0';
    return list[len] ? list + len + 1 : NULL;
}

TEST(every_name_is_a_status)
{
    char word[64];

    for (const struct run_transition *t = run_transitions; t->from; t++) {
        CHECK(!t->to || run_status_find(t->to));
        for (const char *rest = t->from; rest;) {
            rest = first_word(rest, word);
            CHECK(run_status_find(word));
        }
    }
    CHECK(!run_status_find("plan"));
    CHECK(run_status_among("planned", "planning|planned"));
    CHECK(!run_status_among("plan", "planning|planned"));
    CHECK(!run_status_among("planned", "planned_and_saved"));
    CHECK_INT(run_status_flags("nonsense"), 0);
}

TEST(what_is_final_stays)
{
    for (const struct run_status *s = run_statuses; s->name; s++)
        for (int event = RUN_ADVANCE; event <= RUN_STAGE_RESUMED; event++)
            CHECK(!(s->flags & RUN_IS_FINAL) || !leads(s->name, (enum run_event)event));
}

/* Whatever a run waits for, people and administrators can end it. */
TEST(nothing_else_is_a_trap)
{
    for (const struct run_status *s = run_statuses; s->name; s++) {
        if (s->flags & RUN_IS_FINAL)
            continue;
        CHECK(leads(s->name, RUN_CANCEL) || leads(s->name, RUN_DISCARD));
        CHECK(leads(s->name, RUN_FORCE_CANCEL));
        CHECK(leads(s->name, RUN_END_NOW));
    }
}

/* The flags say what the transitions do (section 4.1). Discarding a pending run is taken and not
 * shown. */
TEST(flags_and_transitions_agree)
{
    for (const struct run_status *s = run_statuses; s->name; s++) {
        if (s->flags & RUN_IS_CANCELABLE)
            CHECK(leads(s->name, RUN_CANCEL));
        CHECK_INT((s->flags & RUN_IS_CONFIRMABLE) != 0, leads(s->name, RUN_APPLY));
        if (strcmp(s->name, "pending") != 0)
            CHECK_INT((s->flags & RUN_IS_DISCARDABLE) != 0, leads(s->name, RUN_DISCARD));
    }
    CHECK(leads("pending", RUN_DISCARD));
}

TEST(every_status_can_be_reached)
{
    /* Statuses of what is not there yet: repositories, cost estimates, Sentinel's checks. */
    static const char *const not_yet = "pending|fetching|fetching_completed|cost_estimating|"
                                       "cost_estimated|policy_checking|policy_override|"
                                       "policy_soft_failed|policy_checked";

    for (const struct run_status *s = run_statuses; s->name; s++) {
        bool reached = run_status_among(s->name, not_yet);
        for (const struct run_transition *t = run_transitions; t->from; t++)
            reached = reached || (t->to && strcmp(t->to, s->name) == 0);
        CHECK(reached);
    }
}

UNIT_MAIN
