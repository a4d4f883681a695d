/* The words for statuses of runs. */
#include "api/pages/run_words.h"

#include "run/run.h"
#include "unit/unit.h"

static const char *word(const char *status, bool began_plan, bool began_apply)
{
    return run_words_of(status, began_plan, began_apply).text;
}

TEST(every_status_has_words_and_a_tone)
{
    const char *status;

    for (unsigned i = 0; (status = run_status_name(i)) != NULL; i++) {
        struct run_words words = run_words_of(status, true, false);
        CHECK(words.text[0] >= 'A' && words.text[0] <= 'Z');
        CHECK(words.tone[0] != '\0');
    }
    CHECK_STR(word("of_tomorrow", false, false), "of_tomorrow");
}

TEST(what_can_be_confirmed_says_so)
{
    CHECK_STR(word("planned", true, false), "Needs Confirmation");
    CHECK_STR(word("cost_estimated", true, false), "Needs Confirmation");
    CHECK_STR(word("planned_and_saved", true, false), "Needs Confirmation");
    CHECK_STR(word("policy_override", true, false), "Policy Override");
}

TEST(an_error_is_of_the_phase_that_ran)
{
    CHECK_STR(word("errored", false, false), "Errored");
    CHECK_STR(word("errored", true, false), "Plan Errored");
    CHECK_STR(word("errored", true, true), "Apply Errored");
}

TEST(only_what_goes_on_by_itself_moves)
{
    CHECK(run_words_moves("pending"));
    CHECK(run_words_moves("planning"));
    CHECK(run_words_moves("post_plan_running"));
    CHECK(run_words_moves("confirmed"));
    CHECK(!run_words_moves("planned"));
    CHECK(!run_words_moves("post_plan_awaiting_decision"));
    CHECK(!run_words_moves("policy_override"));
    CHECK(!run_words_moves("applied"));
    CHECK(!run_words_moves("of_tomorrow"));
}

TEST(operations_have_names)
{
    CHECK_STR(run_words_operation("plan_only"), "Plan only");
    CHECK_STR(run_words_operation("of_tomorrow"), "");
}

UNIT_MAIN
