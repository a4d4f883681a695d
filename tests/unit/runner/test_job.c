/* Jobs as a server sends them. */
#include "runner/credentials.h"
#include "runner/job.h"
#include "base/arena.h"
#include "unit/unit.h"

static const char full[] =
    "{\"id\":\"job-1\",\"kind\":\"apply\",\"lease_seconds\":60,\"timeout_seconds\":7200,"
    "\"server\":\"https://x\",\"token\":\"t\",\"organization\":{\"name\":\"acme\"},"
    "\"project\":{\"name\":\"Default\"},\"workspace\":{\"id\":\"ws-1\",\"name\":\"prod\","
    "\"working_directory\":\"/a//./b/\",\"structured_run_output\":true},"
    "\"terraform_version\":\"1.2.3\",\"run\":{\"id\":\"run-1\",\"is_destroy\":true,"
    "\"refresh\":false,\"refresh_only\":false,\"target_addrs\":[\"a.b\",\"c\"],"
    "\"replace_addrs\":null,\"allow_config_generation\":true,\"debugging_mode\":true,"
    "\"unknown\":[1]},\"ssh_key\":\"KEY\",\"more\":{},\"variables\":["
    "{\"key\":\"v\",\"value\":\"x\",\"category\":\"terraform\",\"hcl\":true,\"sensitive\":true},"
    "{\"key\":\"E\",\"value\":null,\"category\":\"env\"}]}";

static struct arena *arena;
static const char *id, *reason;

static const struct job *take(const char *text)
{
    if (arena == NULL)
        arena = arena_new();
    return job_read(arena, text, strlen(text), &id, &reason);
}

/* The full job with one piece of text replaced. */
static const struct job *with(const char *old, const char *new)
{
    static char text[4096];
    const char *at = strstr(full, old);
    if (at == NULL)
        abort();
    snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - full), full, new, at + strlen(old));
    return take(text);
}

TEST(everything_is_read)
{
    const struct job *job = take(full);
    CHECK(job != NULL);
    CHECK_STR(job->id, "job-1");
    CHECK_STR(id, "job-1");
    CHECK_INT(job->kind, JOB_APPLY);
    CHECK_INT(job->lease_seconds, 60);
    CHECK_INT(job->timeout_seconds, 7200);
    CHECK_STR(job->organization, "acme");
    CHECK_STR(job->workspace, "prod");
    CHECK_STR(job->working_directory, "a/b");
    CHECK(job->structured_output && job->is_destroy && !job->refresh && !job->refresh_only);
    CHECK(job->allow_config_generation && job->debugging_mode);
    CHECK_STR(job->target_addrs[0], "a.b");
    CHECK_STR(job->target_addrs[1], "c");
    CHECK(job->target_addrs[2] == NULL);
    CHECK(job->replace_addrs[0] == NULL);
    CHECK_STR(job->ssh_key, "KEY");
    CHECK_INT(job->variable_count, 2);
    CHECK(job->variables[0].hcl && !job->variables[0].environment);
    CHECK(!job->variables[1].hcl && job->variables[1].environment);
    CHECK_STR(job->variables[1].value, "");
}

TEST(absent_switches_have_defaults)
{
    const struct job *job =
        with("\"is_destroy\":true,\"refresh\":false,\"refresh_only\":false,", "");
    CHECK(job != NULL && !job->is_destroy && job->refresh && !job->refresh_only);
    job = with("\"ssh_key\":\"KEY\"", "\"ssh_key\":null");
    CHECK(job != NULL && job->ssh_key == NULL);
    job = with("\"/a//./b/\"", "null");
    CHECK(job != NULL);
    CHECK_STR(job->working_directory, "");
}

TEST(what_is_missing_is_named)
{
    CHECK(with("\"token\":\"t\",", "") == NULL);
    CHECK_STR(reason, "the job has no usable \"token\"");
    CHECK_STR(id, "job-1");
    CHECK(with("\"lease_seconds\":60", "\"lease_seconds\":0") == NULL);
    CHECK_STR(reason, "the job has no usable \"lease_seconds\"");
    CHECK(with("\"apply\"", "\"unheard-of\"") == NULL);
    CHECK_STR(reason, "the job has no usable \"kind\"");
    CHECK(with("\"name\":\"prod\"", "\"name\":7") == NULL);
    CHECK(with("[\"a.b\",\"c\"]", "[\"a.b\",1]") == NULL);
    CHECK_STR(reason, "the job has no usable \"target_addrs\"");
    CHECK(with("\"id\":\"job-1\",", "") == NULL);
    CHECK(id == NULL);
}

TEST(credentials_are_read)
{
    const struct job *job =
        with("\"more\":{},", "\"credentials\":{\"problem\":null,"
                             "\"files\":[{\"name\":\"aws.token\",\"text\":\"t\"}],"
                             "\"env\":[{\"key\":\"K\",\"value\":\"v\"}],"
                             "\"vault\":[{\"address\":\"a\",\"path\":\"jwt\",\"role\":\"r\","
                             "\"jwt\":\"j\",\"file\":\"vault.token\",\"env\":null}]},");
    CHECK(job != NULL);
    CHECK_INT(job->credentials.file_count, 1);
    CHECK_STR(job->credentials.files[0].name, "aws.token");
    CHECK_STR(job->credentials.env[0].text, "v");
    CHECK_STR(job->credentials.vaults[0].role, "r");
    CHECK(job->credentials.vaults[0].env == NULL);
    CHECK(with("\"more\":{},",
               "\"credentials\":{\"files\":[{\"name\":\"../x\",\"text\":\"t\"}]},") == NULL);
    CHECK_STR(reason, "the job has no usable \"name\"");
    CHECK(take(full)->credentials.vault_count == 0);
}

TEST(paths_of_credentials_are_expanded)
{
    struct arena *own = arena_new();
    CHECK_STR(credentials_expand(own, "a={credentials}/x b={credentials}/y", "/run/t"),
              "a=/run/t/credentials-x b=/run/t/credentials-y");
    CHECK_STR(credentials_expand(own, "{credentials}", "/run/t"), "{credentials}");
    arena_free(own);
}

TEST(a_working_directory_stays_inside)
{
    CHECK(with("\"/a//./b/\"", "\"../x\"") == NULL);
    CHECK(strstr(reason, "leads out") != NULL);
    CHECK(with("\"/a//./b/\"", "\"a/..\"") == NULL);
    const struct job *job = with("\"/a//./b/\"", "\"..a/b..\"");
    CHECK(job != NULL);
    CHECK_STR(job->working_directory, "..a/b..");
}

TEST(no_json_is_no_job)
{
    CHECK(take("") == NULL && reason != NULL && id == NULL);
    CHECK(take("[]") == NULL && reason != NULL);
    CHECK(take("null") == NULL && reason != NULL);
    arena_free(arena);
    arena = NULL;
}

UNIT_MAIN
