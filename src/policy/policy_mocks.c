/* See policy_mocks.h. The mocks of the imports of version 1 are not there, as these imports are
 * not. */
#include "policy/policy_mocks.h"

#include <string.h>

#include "archive/bundle.h"
#include "base/arena.h"
#include "base/buf.h"
#include "sentinel/sentinel.h"

/* It happens in a process that serves requests. */
#define MEMORY ((size_t)128 * 1024 * 1024)

static const struct {
    const char *import, *file;
} mocks[] = {
    {"tfconfig/v2", "mock-tfconfig-v2.sentinel"},
    {"tfplan/v2", "mock-tfplan-v2.sentinel"},
    {"tfstate/v2", "mock-tfstate-v2.sentinel"},
    {"tfrun", "mock-tfrun.sentinel"},
};
#define MOCKS (sizeof mocks / sizeof mocks[0])

static void add_to_configuration(struct buf *text, const char *import, const char *file)
{
    buf_printf(text,
               "mock \"%s\" {\n"
               "  module {\n"
               "    source = \"%s\"\n"
               "  }\n"
               "}\n",
               import, file);
}

bool policy_mocks_write(struct arena *arena, const struct policy_facts *facts, struct buf *out,
                        const char **reason)
{
    struct sentinel_input input = {.plan = facts->plan,
                                   .plan_len = facts->plan_len,
                                   .run = facts->run,
                                   .run_len = strlen(facts->run),
                                   .limits = {.memory = MEMORY}};
    struct bundle_file files[MOCKS + 1];
    struct buf configuration;

    buf_init(&configuration, arena);
    for (size_t i = 0; i < MOCKS; i++) {
        struct buf text;
        buf_init(&text, arena);
        if (!sentinel_mock(arena, &input, mocks[i].import, &text, reason))
            return false;
        files[i] = (struct bundle_file){mocks[i].file, buf_str(&text), text.len};
        if (i > 0)
            buf_addc(&configuration, '\n');
        add_to_configuration(&configuration, mocks[i].import, mocks[i].file);
    }
    files[MOCKS] = (struct bundle_file){"sentinel.hcl", buf_str(&configuration), configuration.len};
    if (bundle_write(out, files, MOCKS + 1))
        return true;
    *reason = "the archive cannot be made";
    return false;
}
