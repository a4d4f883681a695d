/* The documents that webhooks bring, one function a kind and provider. */
#include <string.h>

#include "base/arena.h"
#include "json/json_reader.h"
#include "vcs/vcs_event.h"
#include "vcs/vcs_json.h"

#define HEADS "refs/heads/"
#define TAGS "refs/tags/"
/* GitHub lists no more (today-registry-vcs.md 8.2); what is longer is as good as not there. */
#define MAX_FILES 3000

#define TEXT(path) vcs_json_text(body, path)

static bool is_true(const struct json_value *value)
{
    return value && json_kind(value) == JSON_BOOL && json_boolean(value);
}

static bool equal(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* All zeros: the branch or tag was removed. */
static bool is_sha(const char *sha)
{
    return sha && sha[strspn(sha, "0")] != '\0';
}

static const char *number_text(struct arena *arena, const struct json_value *value)
{
    return value && json_kind(value) == JSON_INT
               ? arena_printf(arena, "%lld", (long long)json_integer(value))
               : NULL;
}

/* False: it is neither a branch nor a tag. */
static bool take_ref(struct vcs_event *event, const char *ref)
{
    if (ref && strncmp(ref, HEADS, strlen(HEADS)) == 0) {
        event->kind = "push";
        event->branch = ref + strlen(HEADS);
    } else if (ref && strncmp(ref, TAGS, strlen(TAGS)) == 0) {
        event->kind = "tag";
        event->tag = ref + strlen(TAGS);
    } else {
        return false;
    }
    return true;
}

static void add_files(struct vcs_event *event, const struct json_value *list)
{
    for (size_t i = 0; list && json_kind(list) == JSON_ARRAY && i < json_length(list); i++) {
        if (event->file_count == MAX_FILES) {
            event->has_files = false;
            return;
        }
        if (json_text(json_at(list, i)))
            event->files[event->file_count++] = json_text(json_at(list, i));
    }
}

/* What the commits of a push touch; unknown when there are none. */
static void take_commits(struct arena *arena, struct vcs_event *event,
                         const struct json_value *commits)
{
    if (!commits || json_kind(commits) != JSON_ARRAY || json_length(commits) == 0)
        return;
    event->files = arena_alloc(arena, MAX_FILES * sizeof *event->files);
    event->has_files = true;
    for (size_t i = 0; i < json_length(commits); i++) {
        add_files(event, json_get(json_at(commits, i), "added"));
        add_files(event, json_get(json_at(commits, i), "modified"));
        add_files(event, json_get(json_at(commits, i), "removed"));
    }
}

/* --- GitHub --- */

static void take_github(const struct json_value *body, struct vcs_event *event)
{
    event->identifier = TEXT("repository.full_name");
    event->default_branch = TEXT("repository.default_branch");
    event->clone_url = TEXT("repository.clone_url");
    event->sender_username = TEXT("sender.login");
    event->sender_avatar_url = TEXT("sender.avatar_url");
    event->sender_html_url = TEXT("sender.html_url");
}

static size_t github_push(struct arena *arena, const struct json_value *body,
                          struct vcs_event *event)
{
    if (is_true(json_get(body, "deleted")) || !take_ref(event, TEXT("ref")))
        return 0;
    take_github(body, event);
    /* `after` of an annotated tag is the tag's own. */
    event->sha = TEXT("head_commit.id") ? TEXT("head_commit.id") : TEXT("after");
    event->commit_message = TEXT("head_commit.message");
    event->commit_url = TEXT("head_commit.url");
    event->compare_url = TEXT("compare");
    take_commits(arena, event, json_get(body, "commits"));
    return is_sha(event->sha);
}

static size_t github_pull_request(struct arena *arena, const struct json_value *body,
                                  struct vcs_event *event)
{
    const char *action = TEXT("action");

    if (!equal(action, "opened") && !equal(action, "synchronize") && !equal(action, "reopened"))
        return 0;
    take_github(body, event);
    event->kind = "pull_request";
    event->sha = TEXT("pull_request.head.sha");
    event->branch = TEXT("pull_request.head.ref");
    event->target = TEXT("pull_request.base.ref");
    event->pull_request_number = number_text(arena, json_get(body, "number"));
    event->pull_request_url = TEXT("pull_request.html_url");
    event->pull_request_title = TEXT("pull_request.title");
    event->pull_request_body = TEXT("pull_request.body");
    event->is_fork = !equal(TEXT("pull_request.head.repo.full_name"), event->identifier);
    return is_sha(event->sha);
}

/* --- GitLab --- */

static void take_gitlab(const struct json_value *body, struct vcs_event *event)
{
    event->identifier = TEXT("project.path_with_namespace");
    event->default_branch = TEXT("project.default_branch");
    event->clone_url = TEXT("project.git_http_url");
    event->sender_username = TEXT("user_username") ? TEXT("user_username") : TEXT("user.username");
    event->sender_avatar_url = TEXT("user_avatar") ? TEXT("user_avatar") : TEXT("user.avatar_url");
}

static size_t gitlab_push(struct arena *arena, const struct json_value *body,
                          struct vcs_event *event)
{
    const struct json_value *commits = json_get(body, "commits");
    const struct json_value *total = json_get(body, "total_commits_count");

    if (!take_ref(event, TEXT("ref")) || !is_sha(TEXT("after")))
        return 0;
    take_gitlab(body, event);
    event->sha = TEXT("checkout_sha") ? TEXT("checkout_sha") : TEXT("after");
    for (size_t i = 0; commits && json_kind(commits) == JSON_ARRAY && i < json_length(commits); i++)
        if (equal(vcs_json_text(json_at(commits, i), "id"), event->sha)) {
            event->commit_message = vcs_json_text(json_at(commits, i), "message");
            event->commit_url = vcs_json_text(json_at(commits, i), "url");
        }
    /* It sends the last twenty commits. */
    if (commits && json_kind(commits) == JSON_ARRAY && total && json_kind(total) == JSON_INT &&
        json_integer(total) == (int64_t)json_length(commits))
        take_commits(arena, event, commits);
    return is_sha(event->sha);
}

static size_t gitlab_merge_request(struct arena *arena, const struct json_value *body,
                                   struct vcs_event *event)
{
    const char *action = TEXT("object_attributes.action");
    const struct json_value *source = vcs_json_at(body, "object_attributes.source_project_id");
    const struct json_value *target = vcs_json_at(body, "object_attributes.target_project_id");

    /* An update without new commits is one of words. */
    if (!equal(action, "open") && !equal(action, "reopen") &&
        !(equal(action, "update") && TEXT("object_attributes.oldrev")))
        return 0;
    take_gitlab(body, event);
    event->kind = "pull_request";
    event->sha = TEXT("object_attributes.last_commit.id");
    event->commit_message = TEXT("object_attributes.last_commit.message");
    event->commit_url = TEXT("object_attributes.last_commit.url");
    event->branch = TEXT("object_attributes.source_branch");
    event->target = TEXT("object_attributes.target_branch");
    event->pull_request_number = number_text(arena, vcs_json_at(body, "object_attributes.iid"));
    event->pull_request_url = TEXT("object_attributes.url");
    event->pull_request_title = TEXT("object_attributes.title");
    event->pull_request_body = TEXT("object_attributes.description");
    event->is_fork = !source || !target || json_kind(source) != JSON_INT ||
                     json_kind(target) != JSON_INT || json_integer(source) != json_integer(target);
    return is_sha(event->sha);
}

/* --- Bitbucket Cloud --- */

static void take_bitbucket(const struct json_value *body, struct vcs_event *event)
{
    event->identifier = TEXT("repository.full_name");
    event->clone_url = TEXT("repository.links.html.href");
    event->sender_username = TEXT("actor.nickname");
    event->sender_avatar_url = TEXT("actor.links.avatar.href");
    event->sender_html_url = TEXT("actor.links.html.href");
}

static size_t bitbucket_push(struct arena *arena, const struct json_value *body,
                             struct vcs_event *out)
{
    const struct json_value *changes = vcs_json_at(body, "push.changes");
    size_t count = 0;

    (void)arena;
    for (size_t i = 0; changes && json_kind(changes) == JSON_ARRAY && i < json_length(changes) &&
                       count < VCS_MAX_EVENTS;
         i++) {
        const struct json_value *new = json_get(json_at(changes, i), "new");
        struct vcs_event *event = &out[count];
        *event = (struct vcs_event){.kind = "push"};
        take_bitbucket(body, event);
        if (equal(vcs_json_text(new, "type"), "branch")) {
            event->branch = vcs_json_text(new, "name");
        } else if (equal(vcs_json_text(new, "type"), "tag")) {
            event->kind = "tag";
            event->tag = vcs_json_text(new, "name");
        } else {
            continue;
        }
        event->sha = vcs_json_text(new, "target.hash");
        event->commit_message = vcs_json_text(new, "target.message");
        event->commit_url = vcs_json_text(new, "target.links.html.href");
        event->compare_url = vcs_json_text(json_at(changes, i), "links.html.href");
        count += is_sha(event->sha);
    }
    return count;
}

static size_t bitbucket_pull_request(struct arena *arena, const struct json_value *body,
                                     struct vcs_event *event)
{
    take_bitbucket(body, event);
    event->kind = "pull_request";
    event->sha = TEXT("pullrequest.source.commit.hash");
    event->branch = TEXT("pullrequest.source.branch.name");
    event->target = TEXT("pullrequest.destination.branch.name");
    event->pull_request_number = number_text(arena, vcs_json_at(body, "pullrequest.id"));
    event->pull_request_url = TEXT("pullrequest.links.html.href");
    event->pull_request_title = TEXT("pullrequest.title");
    event->pull_request_body = TEXT("pullrequest.description");
    event->is_fork = !equal(TEXT("pullrequest.source.repository.full_name"), event->identifier);
    return is_sha(event->sha);
}

/* --- Bitbucket Server and Data Center --- */

static const char *server_identifier(struct arena *arena, const struct json_value *repository)
{
    const char *project = vcs_json_text(repository, "project.key");
    const char *slug = vcs_json_text(repository, "slug");
    return project && slug ? arena_printf(arena, "%s/%s", project, slug) : NULL;
}

static size_t server_push(struct arena *arena, const struct json_value *body, struct vcs_event *out)
{
    const struct json_value *changes = json_get(body, "changes");
    size_t count = 0;

    for (size_t i = 0; changes && json_kind(changes) == JSON_ARRAY && i < json_length(changes) &&
                       count < VCS_MAX_EVENTS;
         i++) {
        struct vcs_event *event = &out[count];
        *event = (struct vcs_event){
            .kind = "push",
            .identifier = server_identifier(arena, json_get(body, "repository")),
            .sender_username = TEXT("actor.name"),
            .sha = vcs_json_text(json_at(changes, i), "toHash"),
        };
        if (take_ref(event, vcs_json_text(json_at(changes, i), "ref.id")))
            count += is_sha(event->sha);
    }
    return count;
}

static size_t server_pull_request(struct arena *arena, const struct json_value *body,
                                  struct vcs_event *event)
{
    const struct json_value *from = vcs_json_at(body, "pullRequest.fromRef");
    const struct json_value *to = vcs_json_at(body, "pullRequest.toRef");
    const char *source = server_identifier(arena, json_get(from, "repository"));

    event->kind = "pull_request";
    event->identifier = server_identifier(arena, json_get(to, "repository"));
    event->sha = vcs_json_text(from, "latestCommit");
    event->branch = vcs_json_text(from, "displayId");
    event->target = vcs_json_text(to, "displayId");
    event->sender_username = TEXT("actor.name");
    event->pull_request_number = number_text(arena, vcs_json_at(body, "pullRequest.id"));
    event->pull_request_url = TEXT("pullRequest.links.self.0.href");
    event->pull_request_title = TEXT("pullRequest.title");
    event->pull_request_body = TEXT("pullRequest.description");
    event->is_fork = !equal(source, event->identifier);
    return is_sha(event->sha);
}

static const struct {
    enum vcs_family family;
    const char *header;
    size_t (*parse)(struct arena *arena, const struct json_value *body, struct vcs_event *out);
} payloads[] = {
    {VCS_GITHUB, "push", github_push},
    {VCS_GITHUB, "pull_request", github_pull_request},
    {VCS_GITLAB, "Push Hook", gitlab_push},
    {VCS_GITLAB, "Tag Push Hook", gitlab_push},
    {VCS_GITLAB, "Merge Request Hook", gitlab_merge_request},
    {VCS_BITBUCKET, "repo:push", bitbucket_push},
    {VCS_BITBUCKET, "pullrequest:created", bitbucket_pull_request},
    {VCS_BITBUCKET, "pullrequest:updated", bitbucket_pull_request},
    {VCS_BITBUCKET_SERVER, "repo:refs_changed", server_push},
    {VCS_BITBUCKET_SERVER, "pr:opened", server_pull_request},
    {VCS_BITBUCKET_SERVER, "pr:from_ref_updated", server_pull_request},
};

size_t vcs_event_parse(struct arena *arena, enum vcs_family family, const char *header,
                       const struct json_value *body, struct vcs_event out[VCS_MAX_EVENTS])
{
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++)
        if (payloads[i].family == family && equal(payloads[i].header, header)) {
            out[0] = (struct vcs_event){.kind = "push"};
            return payloads[i].parse(arena, body, out);
        }
    return 0;
}
