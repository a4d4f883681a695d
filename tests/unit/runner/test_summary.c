/* What has been done, by what the CLI prints. */
#include "runner/summary.h"
#include "unit/unit.h"

static struct summary summary;

static const struct counts *counts(const char *text)
{
    summary_begin(&summary);
    /* In pieces, as a pipe gives them. */
    for (size_t i = 0; i < strlen(text); i += 7)
        summary_take(&summary, text + i, strlen(text) - i < 7 ? strlen(text) - i : 7);
    return summary_end(&summary);
}

static bool are(const struct counts *got, int additions, int changes, int destructions, int imports)
{
    return got->additions == additions && got->changes == changes &&
           got->destructions == destructions && got->imports == imports;
}

TEST(the_last_line_of_an_apply)
{
    CHECK(are(counts("x\n\033[0m\033[1m\033[32m\nApply complete! Resources: 1 added, 2 changed, 3 "
                     "destroyed.\033[0m\n"),
              1, 2, 3, 0));
    CHECK(are(counts("Apply complete! Resources: 4 imported, 1 added, 2 changed, 3 destroyed."), 1,
              2, 3, 4));
    CHECK(are(counts("Destroy complete! Resources: 12 destroyed.\n"), 0, 0, 12, 0));
}

TEST(json_lines)
{
    CHECK(are(counts("{\"@message\":\"x\",\"changes\":{\"add\":1,\"change\":2,\"import\":4,"
                     "\"remove\":3,\"operation\":\"apply\"},\"type\":\"change_summary\"}\n"),
              1, 2, 3, 4));
    CHECK(are(counts("{\"changes\":{\"add\":9,\"change\":9,\"import\":0,\"remove\":9,"
                     "\"operation\":\"plan\"},\"type\":\"change_summary\"}\n"),
              0, 0, 0, 0));
}

TEST(without_an_end_resources_are_counted)
{
    CHECK(are(counts("\033[1ma.b: Creation complete after 1s [id=x]\033[0m\n"
                     "module.m[\"k\"].a.c: Modifications complete after 2s\n"
                     "a.d: Destruction complete after 0s\n\nError: x\n"),
              1, 1, 1, 0));
    CHECK(are(counts("{\"type\":\"apply_complete\",\"hook\":{\"action\":\"create\"}}\n"
                     "{\"type\":\"apply_complete\",\"hook\":{\"action\":\"delete\"}}\n"
                     "{\"type\":\"apply_errored\",\"hook\":{\"action\":\"create\"}}\n"),
              1, 0, 1, 0));
}

TEST(what_a_provisioner_prints_does_not_count)
{
    CHECK(
        are(counts("a.b (local-exec): Apply complete! Resources: 7 added, 0 changed, 0 destroyed.\n"
                   "a.b (local-exec): x: Creation complete after 1s\n"
                   "{\"type\":\"provision_progress\",\"hook\":{\"output\":"
                   "\"change_summary\"}}\n{\"change_summary\"\n"),
            0, 0, 0, 0));
}

TEST(long_lines_are_skipped)
{
    static char text[100000];
    memset(text, 'x', sizeof(text) - 1);
    memcpy(text + 90000, "\nApply complete! Resources: 5 added, 0 changed, 0 destroyed.\n", 61);
    CHECK(are(counts(text), 5, 0, 0, 0));
}

UNIT_MAIN
