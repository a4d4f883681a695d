/* Counting and cutting of plans. */
#define _GNU_SOURCE /* memfd_create */
#include "runner/plan_json.h"
#include "base/buf.h"
#include "unit/unit.h"

#include <sys/mman.h>
#include <unistd.h>

static struct counts counts;
static struct buf declared;

static bool take(const char *text)
{
    buf_free(&declared);
    return plan_json_read(text, strlen(text), &counts, &declared);
}

/* The document for people, as text. */
static const char *redact(const char *plan, const char *schemas)
{
    static char text[65536];
    int fd = memfd_create("redacted", MFD_CLOEXEC);
    bool good = plan_json_redact(plan, strlen(plan), schemas, strlen(schemas), fd);
    ssize_t len = pread(fd, text, sizeof(text) - 1, 0);
    text[len > 0 ? len : 0] = '\0';
    close(fd);
    return good ? text : NULL;
}

#define SCHEMAS "{\"format_version\":\"1.0\",\"provider_schemas\":{\"p\":{}}}"
#define TAIL ",\"provider_format_version\":\"1.0\",\"provider_schemas\":{\"p\":{}}}"

/* The same of one change. */
static const char *redact_change(const char *change)
{
    static char plan[4096], wanted[] = "{\"output_changes\":{\"o\":";
    snprintf(plan, sizeof(plan), "{\"output_changes\":{\"o\":%s}}", change);
    const char *text = redact(plan, SCHEMAS);
    if (text == NULL || strncmp(text, wanted, strlen(wanted)) != 0)
        return text;
    static char only[4096];
    const char *end = strstr(text, "}" TAIL);
    if (end == NULL)
        return text;
    snprintf(only, sizeof(only), "%.*s", (int)(end - text - (ptrdiff_t)strlen(wanted)),
             text + strlen(wanted));
    return only;
}

TEST(changes_are_counted_by_their_actions)
{
    CHECK(take("{\"format_version\":\"1.2\",\"resource_changes\":["
               "{\"change\":{\"actions\":[\"create\"]}},{\"change\":{\"actions\":[\"no-op\"]}},"
               "{\"change\":{\"actions\":[\"read\"]}},{\"change\":{\"actions\":[\"update\"]}},"
               "{\"change\":{\"actions\":[\"delete\",\"create\"]}},"
               "{\"change\":{\"actions\":[\"create\",\"delete\"]}},"
               "{\"change\":{\"actions\":[\"delete\"]}},{\"change\":{\"actions\":[\"forget\"]}},"
               "{\"change\":{\"actions\":[\"no-op\"],\"importing\":{\"id\":\"x\"}}},"
               "{\"change\":{\"actions\":[\"update\"],\"importing\":null}}]}"));
    CHECK_INT(counts.additions, 3);
    CHECK_INT(counts.changes, 2);
    CHECK_INT(counts.destructions, 3);
    CHECK_INT(counts.imports, 1);
}

TEST(a_plan_without_changes)
{
    CHECK(take("{\"format_version\":\"1.2\"}"));
    CHECK(take("{\"resource_changes\":null}"));
    CHECK_INT(counts.additions + counts.changes + counts.destructions, 0);
    CHECK(!take(""));
    CHECK(!take("[]"));
    CHECK(!take("{\"resource_changes\":[{]}"));
    CHECK(!take("{\"resource_changes\":[{} {}]}"));
}

TEST(declared_variables_are_listed)
{
    CHECK(take("{\"configuration\":{\"root_module\":{\"variables\":{\"a\":{},\"b\":{\"default\":"
               "\"}\"}}}}}"));
    CHECK_STR(buf_str(&declared), "a\nb\n");
    CHECK(take("{\"configuration\":{\"root_module\":{}}}"));
    CHECK_STR(buf_str(&declared), "");
}

TEST(members_get_the_names_that_the_CLI_wants)
{
    CHECK_STR(redact("{\"format_version\":\"1.2\",\"variables\":{\"v\":{\"value\":\"secret\"}},"
                     "\"planned_values\":{},\"relevant_attributes\":[{\"resource\":\"a\"}],"
                     "\"resource_drift\":[{\"address\":\"d\",\"change\":{\"before\":1}}],"
                     "\"resource_changes\":[{\"address\":\"a\",\"change\":{\"actions\":[]}}],"
                     "\"prior_state\":{\"x\":\"secret\"},\"configuration\":{}}",
                     SCHEMAS),
              "{\"plan_format_version\":\"1.2\","
              "\"resource_changes\":[{\"address\":\"a\",\"change\":{\"actions\":[]}}],"
              "\"resource_drift\":[{\"address\":\"d\",\"change\":{\"before\":1}}],"
              "\"relevant_attributes\":[{\"resource\":\"a\"}]" TAIL);
    CHECK_STR(redact("{}", SCHEMAS),
              "{\"provider_format_version\":\"1.0\",\"provider_schemas\":{\"p\":{}}}");
    CHECK(redact("", SCHEMAS) == NULL);
    CHECK(redact("{}", "") == NULL);
    CHECK(redact("{}", "{}") == NULL);
}

TEST(what_is_not_sensitive_stays_as_it_is)
{
    CHECK_STR(redact_change("{\"before\": null, \"after\":12345678901234567890123,"
                            "\"before_sensitive\":false,\"after_sensitive\":{\"x\":{}}}"),
              "{\"before\": null, \"after\":12345678901234567890123,"
              "\"before_sensitive\":false,\"after_sensitive\":{\"x\":{}}}");
}

TEST(a_value_that_is_sensitive_as_a_whole)
{
    CHECK_STR(redact_change("{\"before\":\"old\",\"after\":\"new\",\"before_sensitive\":true,"
                            "\"after_sensitive\":true}"),
              "{\"before\":\"(sensitive)\",\"after\":\"(changed)\",\"before_sensitive\":true,"
              "\"after_sensitive\":true}");
    CHECK_STR(redact_change("{\"before\":\"same\",\"after\":\"same\",\"before_sensitive\":true,"
                            "\"after_sensitive\":true}"),
              "{\"before\":\"(sensitive)\",\"after\":\"(sensitive)\",\"before_sensitive\":true,"
              "\"after_sensitive\":true}");
    CHECK_STR(redact_change("{\"before\":null,\"after\":\"new\",\"before_sensitive\":false,"
                            "\"after_sensitive\":true}"),
              "{\"before\":null,\"after\":\"(changed)\",\"before_sensitive\":false,"
              "\"after_sensitive\":true}");
}

TEST(parts_of_a_value)
{
    CHECK_STR(redact_change("{\"before\":{\"u\":\"bob\",\"p\":\"x1\",\"l\":[\"x2\",\"y\",5]},"
                            "\"after\":{\"u\":\"eve\",\"p\":\"x3\",\"l\":[\"x2\",\"z\",6]},"
                            "\"before_sensitive\":{\"p\":true,\"l\":[true,false,true]},"
                            "\"after_sensitive\":{\"p\":true,\"l\":[true,false,true]}}"),
              "{\"before\":{\"u\":\"bob\",\"p\":\"(sensitive)\",\"l\":[\"(sensitive)\",\"y\",0]},"
              "\"after\":{\"u\":\"eve\",\"p\":\"(changed)\",\"l\":[\"(sensitive)\",\"z\",1]},"
              "\"before_sensitive\":{\"p\":true,\"l\":[true,false,true]},"
              "\"after_sensitive\":{\"p\":true,\"l\":[true,false,true]}}");
}

TEST(stand_ins_are_of_the_same_kind)
{
    CHECK_STR(redact_change("{\"before\":{\"a\":[\"s\"],\"o\":{\"k\":\"s\"},\"b\":true,\"n\":null},"
                            "\"after\":{\"a\":[\"t\"],\"o\":{\"k\":\"s\"},\"b\":false,\"n\":1.5},"
                            "\"before_sensitive\":{\"a\":true,\"o\":true,\"b\":true,\"n\":true},"
                            "\"after_sensitive\":{\"a\":true,\"o\":true,\"b\":true,\"n\":true}}"),
              "{\"before\":{\"a\":[],\"o\":{},\"b\":false,\"n\":null},"
              "\"after\":{\"a\":null,\"o\":{},\"b\":true,\"n\":1},"
              "\"before_sensitive\":{\"a\":true,\"o\":true,\"b\":true,\"n\":true},"
              "\"after_sensitive\":{\"a\":true,\"o\":true,\"b\":true,\"n\":true}}");
}

TEST(marks_that_do_not_fit_show_nothing)
{
    const char *text = redact_change("{\"before\":\"secret\",\"after\":[\"secret\"],"
                                     "\"before_sensitive\":{\"x\":true},"
                                     "\"after_sensitive\":{\"x\":true}}");
    CHECK(text != NULL && strstr(text, "\"secret\"") == NULL);
    text = redact_change("{\"before\":{\"a\":\"secret\"},\"before_sensitive\":[true]}");
    CHECK(text != NULL && strstr(text, "\"secret\"") == NULL);
}

TEST(changes_of_resources_are_cut_too)
{
    static const char *const names[] = {"resource_changes", "resource_drift"};
    for (int i = 0; i < 2; i++) {
        char plan[512];
        snprintf(plan, sizeof(plan),
                 "{\"%s\":[{\"address\":\"a\",\"change\":{\"after\":{\"p\":\"secret\"},"
                 "\"after_sensitive\":{\"p\":true}}}]}",
                 names[i]);
        const char *text = redact(plan, SCHEMAS);
        CHECK(text != NULL && strstr(text, "secret\"") == NULL);
        CHECK(text != NULL && strstr(text, "\"p\":\"(changed)\"") != NULL);
    }
}

TEST(a_file_that_cannot_be_written)
{
    CHECK(!plan_json_redact("{}", 2, SCHEMAS, strlen(SCHEMAS), -1));
    buf_free(&declared);
}

UNIT_MAIN
