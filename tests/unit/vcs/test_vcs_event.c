/* What webhooks bring, and who sent it. Whole documents of the providers are in tests/e2e/forge.py.
 */
#include "vcs/vcs_event.h"

#include "base/arena.h"
#include "base/buf.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "unit/unit.h"

static struct arena *arena;
static struct vcs_event events[VCS_MAX_EVENTS];

static size_t parse(enum vcs_family family, const char *header, const char *text)
{
    const char *reason;
    return vcs_event_parse(arena, family, header, json_read(arena, text, strlen(text), 16, &reason),
                           events);
}

TEST(signatures)
{
    /* RFC 4231, test case 2 */
    const char *mac = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    const char *text = "what do ya want for nothing?";
    size_t len = strlen(text);

    CHECK(vcs_event_is_signed(arena, VCS_GITHUB, mac, "Jefe", text, len));
    CHECK(vcs_event_is_signed(arena, VCS_BITBUCKET, mac, "Jefe", text, len));
    CHECK(!vcs_event_is_signed(arena, VCS_GITHUB, mac, "Jefe", text, len - 1));
    CHECK(!vcs_event_is_signed(arena, VCS_GITHUB, mac, "jefe", text, len));
    CHECK(!vcs_event_is_signed(arena, VCS_GITHUB, NULL, "Jefe", text, len));
    CHECK(!vcs_event_is_signed(arena, VCS_GITHUB, "", "", text, len));
    CHECK(vcs_event_is_signed(arena, VCS_GITLAB, "Jefe", "Jefe", text, len));
    CHECK(!vcs_event_is_signed(arena, VCS_GITLAB, "", "", text, len));
    CHECK(!vcs_event_is_signed(arena, VCS_GITLAB, mac, "Jefe", text, len));
}

TEST(a_push_and_what_it_touches)
{
    CHECK_INT(parse(VCS_GITHUB, "push",
                    "{\"ref\":\"refs/heads/a/b\",\"after\":\"12\",\"repository\":{\"full_name\":"
                    "\"o/r\",\"default_branch\":\"main\"},\"commits\":[{\"added\":[\"x\"],"
                    "\"removed\":[\"y\",5],\"modified\":null},{\"modified\":[\"z\"]}]}"),
              1);
    CHECK_STR(events[0].kind, "push");
    CHECK_STR(events[0].branch, "a/b");
    CHECK_STR(events[0].sha, "12");
    CHECK_STR(events[0].default_branch, "main");
    CHECK(events[0].has_files);
    CHECK_INT(events[0].file_count, 3);
    CHECK_STR(events[0].files[2], "z");
    CHECK_INT(
        parse(VCS_GITHUB, "push", "{\"ref\":\"refs/heads/a\",\"after\":\"12\",\"commits\":[]}"), 1);
    CHECK(!events[0].has_files);
}

TEST(gitlab_sends_some_of_the_commits)
{
    CHECK_INT(parse(VCS_GITLAB, "Push Hook",
                    "{\"ref\":\"refs/heads/a\",\"after\":\"12\",\"total_commits_count\":30,"
                    "\"commits\":[{\"added\":[\"x\"]}]}"),
              1);
    CHECK(!events[0].has_files);
}

TEST(what_nobody_acts_on)
{
    CHECK_INT(parse(VCS_GITHUB, "ping", "{}"), 0);
    CHECK_INT(parse(VCS_GITHUB, NULL, "{}"), 0);
    CHECK_INT(parse(VCS_GITHUB, "push", "{}"), 0);
    CHECK_INT(parse(VCS_GITHUB, "push", "[]"), 0);
    CHECK_INT(parse(VCS_GITHUB, "push", "{\"ref\":5,\"after\":{}}"), 0);
    CHECK_INT(
        parse(VCS_GITHUB, "push", "{\"ref\":\"refs/heads/a\",\"after\":\"1\",\"deleted\":true}"),
        0);
    CHECK_INT(parse(VCS_GITLAB, "Push Hook", "{\"ref\":\"refs/heads/a\",\"after\":\"0000\"}"), 0);
    CHECK_INT(parse(VCS_GITHUB, "pull_request", "{\"action\":\"closed\"}"), 0);
    CHECK_INT(
        parse(VCS_GITLAB, "Merge Request Hook",
              "{\"object_attributes\":{\"action\":\"update\",\"last_commit\":{\"id\":\"1\"}}}"),
        0);
    CHECK_INT(parse(VCS_BITBUCKET, "repo:push", "{\"push\":{\"changes\":[{\"new\":null}]}}"), 0);
    CHECK_INT(parse(VCS_BITBUCKET_SERVER, "repo:refs_changed", "{\"changes\":{}}"), 0);
}

TEST(several_at_once)
{
    struct buf text;

    buf_init(&text, arena);
    buf_adds(&text, "{\"changes\":[");
    for (int i = 0; i < VCS_MAX_EVENTS + 4; i++)
        buf_printf(&text, "%s{\"ref\":{\"id\":\"refs/%s/n%d\"},\"toHash\":\"1%d\"}", i ? "," : "",
                   i % 2 ? "tags" : "heads", i, i);
    buf_adds(&text, "]}");
    CHECK_INT(parse(VCS_BITBUCKET_SERVER, "repo:refs_changed", buf_str(&text)), VCS_MAX_EVENTS);
    CHECK_STR(events[0].branch, "n0");
    CHECK_STR(events[1].tag, "n1");
    CHECK_STR(events[1].kind, "tag");
}

TEST(an_event_is_kept_and_read)
{
    const char *files[] = {"a", "b\"c"}, *reason;
    const struct vcs_event event = {.kind = "pull_request",
                                    .sha = "12",
                                    .target = "main",
                                    .pull_request_number = "7",
                                    .is_fork = true,
                                    .has_files = true,
                                    .files = files,
                                    .file_count = 2};
    struct json_writer w;
    struct buf text;

    buf_init(&text, arena);
    json_writer_init(&w, &text);
    vcs_event_write(&w, &event);
    struct vcs_event read =
        vcs_event_read(arena, json_read(arena, buf_str(&text), text.len, 8, &reason));
    CHECK_STR(read.kind, "pull_request");
    CHECK_STR(read.target, "main");
    CHECK_STR(read.pull_request_number, "7");
    CHECK_STR(read.branch, NULL);
    CHECK(read.is_fork);
    CHECK(read.has_files);
    CHECK_INT(read.file_count, 2);
    CHECK_STR(read.files[1], "b\"c");
}

int main(int argc, char **argv)
{
    crypto_init();
    arena = arena_new();
    int failed = unit_run(argc > 1 ? argv[1] : getenv("T"));
    arena_free(arena);
    return failed;
}
