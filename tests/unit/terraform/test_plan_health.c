/* What a plan says of health: drift and checks, counted as the documentation counts them. */
#include "terraform/plan_health.h"

#include "unit/unit.h"

#include <stdlib.h>

/* Copied to its exact size, so that ASan sees a read past it. */
static bool read_text(const char *text, struct plan_health *out)
{
    size_t len = strlen(text);
    char *copy = malloc(len ? len : 1);
    memcpy(copy, text, len);
    bool good = plan_health_read(copy, len, out);
    free(copy);
    return good;
}

#define PLAN(more) "{\"format_version\": \"1.2\", \"terraform_version\": \"1.11.4\"" more "}"
#define RESOURCE(mode, actions)                                                                    \
    "{\"address\": \"a.b\", \"mode\": \"" mode "\", \"change\": {\"actions\": " actions            \
    ", \"before\": {\"mode\": \"managed\"}}}"

TEST(drift_is_what_the_plan_would_undo)
{
    struct plan_health health;

    CHECK(read_text(
        PLAN(", \"resource_drift\": [" RESOURCE(
            "managed",
            "[\"update\"]") "]"
                            ", \"resource_changes\": [" RESOURCE("managed", "[\"no-op\"]") "," RESOURCE("managed", "[\"update\"]") "," RESOURCE(
                                "managed",
                                "[\"delete\", \"create\"]") "," RESOURCE("managed",
                                                                         "[\"create\"]") "," RESOURCE("managed",
                                                                                                      "[\"forget\"]") "," RESOURCE("data",
                                                                                                                                   "[\"read\"]") "]"),
        &health));
    CHECK_INT(health.drifted, 3);
    CHECK_INT(health.undrifted, 2);
}

TEST(each_object_of_a_check_counts_once)
{
    struct plan_health health;

    CHECK(read_text(
        PLAN(", \"checks\": ["
             "{\"address\": {}, \"status\": \"fail\", \"instances\": [{\"status\": \"pass\"}, "
             "{\"status\": \"fail\","
             " \"problems\": [{\"message\": \"one\"}, {\"message\": \"two\"}]}]},"
             "{\"address\": {}, \"status\": \"error\", \"instances\": [{\"status\": \"error\"}]},"
             "{\"address\": {}, \"status\": \"unknown\"},"
             "{\"address\": {}, \"status\": \"pass\", \"instances\": []}]"),
        &health));
    CHECK_INT(health.checks_passed, 2);
    CHECK_INT(health.checks_failed, 1);
    CHECK_INT(health.checks_errored, 1);
    CHECK_INT(health.checks_unknown, 1);
    CHECK_INT(health.drifted + health.undrifted, 0);
}

TEST(what_is_no_plan)
{
    struct plan_health health;

    CHECK(read_text(PLAN(""), &health));
    CHECK(read_text(PLAN(", \"checks\": null, \"resource_changes\": {}"), &health));
    CHECK(!read_text("", &health));
    CHECK(!read_text("[]", &health));
    CHECK(!read_text("{}", &health));
    CHECK(!read_text("{\"format_version\": \"1.2\", \"resource_changes\": [{\"mode\"", &health));
}

UNIT_MAIN
