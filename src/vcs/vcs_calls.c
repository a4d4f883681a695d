/* See vcs_calls.h. */
#include "vcs/vcs_calls.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "net/net_client.h"
#include "vcs/vcs_json.h"

#define CALL_TIMEOUT_MS (30L * 1000)
#define ARCHIVE_TIMEOUT_MS (5L * 60 * 1000)
#define DOCUMENT_MAX (4L * 1024 * 1024)
#define DOCUMENT_DEPTH 32
/* A page; who sends a full one may have more. */
#define FILES_LISTED 100
/* An archive is often at another host, with a URL that is a right by itself. */
#define REDIRECTS 5

struct hook {
    const char *url, *secret;
};

/* In a template: {api} and {http} the client's URLs, {repo} the identifier, {id} the identifier as
 * one segment, {owner} and {name} its halves, {ref} a branch or commit. */
struct calls {
    enum vcs_family family;
    const char *repository, *default_branch; /* URL, and the path of the answer in its document */
    const char *head, *commit;
    const char *head_prefix; /* where the commit is in the answer of head */
    const char *sha, *message, *commit_url, *author, *avatar; /* paths in a commit */
    const char *archive;
    int strip;
    const char *hook, *status;
    void (*write_hook)(struct json_writer *w, const struct hook *hook);
    const char *files; /* of a pull request, {ref}: its number */
    const char *files_list, *new_path,
        *old_path;                              /* where the list is, and the paths in one of it */
    const char *state_key, *name_key, *url_key; /* members of a status */
    const char *pending, *success, *failure;
};

static void write_events(struct json_writer *w, const char *const *events)
{
    json_key(w, "events");
    json_array_begin(w);
    for (; *events; events++)
        json_string(w, *events);
    json_array_end(w);
}

static void github_hook(struct json_writer *w, const struct hook *hook)
{
    static const char *const events[] = {"push", "pull_request", NULL};

    json_member_string(w, "name", "web");
    json_member_bool(w, "active", true);
    write_events(w, events);
    json_key(w, "config");
    json_object_begin(w);
    json_member_string(w, "url", hook->url);
    json_member_string(w, "content_type", "json");
    json_member_string(w, "secret", hook->secret);
    json_object_end(w);
}

static void gitlab_hook(struct json_writer *w, const struct hook *hook)
{
    json_member_string(w, "url", hook->url);
    json_member_string(w, "token", hook->secret);
    json_member_bool(w, "push_events", true);
    json_member_bool(w, "tag_push_events", true);
    json_member_bool(w, "merge_requests_events", true);
}

static void bitbucket_hook(struct json_writer *w, const struct hook *hook)
{
    static const char *const events[] = {"repo:push", "pullrequest:created", "pullrequest:updated",
                                         NULL};

    json_member_string(w, "description", "Terrace");
    json_member_string(w, "url", hook->url);
    json_member_string(w, "secret", hook->secret);
    json_member_bool(w, "active", true);
    write_events(w, events);
}

static void server_hook(struct json_writer *w, const struct hook *hook)
{
    static const char *const events[] = {"repo:refs_changed", "pr:opened", "pr:from_ref_updated",
                                         NULL};

    json_member_string(w, "name", "Terrace");
    json_member_string(w, "url", hook->url);
    json_member_bool(w, "active", true);
    write_events(w, events);
    json_key(w, "configuration");
    json_object_begin(w);
    json_member_string(w, "secret", hook->secret);
    json_object_end(w);
}

#define GITLAB "{api}/projects/{id}"
#define CLOUD "{api}/repositories/{repo}"
#define SERVER "{api}/rest/api/1.0/projects/{owner}/repos/{name}"

/* clang-format off */
static const struct calls all_calls[] = {
    {.family = VCS_GITHUB,
     .repository = "{api}/repos/{repo}", .default_branch = "default_branch",
     .head = "{api}/repos/{repo}/commits/{ref}", .commit = "{api}/repos/{repo}/commits/{ref}", .head_prefix = "",
     .sha = "sha", .message = "commit.message", .commit_url = "html_url", .author = "author.login", .avatar = "author.avatar_url",
     .archive = "{api}/repos/{repo}/tarball/{ref}", .strip = 1,
     .hook = "{api}/repos/{repo}/hooks", .write_hook = github_hook,
     .files = "{api}/repos/{repo}/pulls/{ref}/files?per_page=100", .files_list = "", .new_path = "filename",
     .old_path = "previous_filename",
     .status = "{api}/repos/{repo}/statuses/{ref}", .state_key = "state", .name_key = "context", .url_key = "target_url",
     .pending = "pending", .success = "success", .failure = "failure"},
    {.family = VCS_GITLAB,
     .repository = GITLAB, .default_branch = "default_branch",
     .head = GITLAB "/repository/commits/{ref}", .commit = GITLAB "/repository/commits/{ref}", .head_prefix = "",
     .sha = "id", .message = "message", .commit_url = "web_url", .author = "author_name", .avatar = "author_avatar",
     .archive = GITLAB "/repository/archive.tar.gz?sha={ref}", .strip = 1,
     .hook = GITLAB "/hooks", .write_hook = gitlab_hook,
     .files = GITLAB "/merge_requests/{ref}/diffs?per_page=100", .files_list = "", .new_path = "new_path", .old_path = "old_path",
     .status = GITLAB "/statuses/{ref}", .state_key = "state", .name_key = "name", .url_key = "target_url",
     .pending = "pending", .success = "success", .failure = "failed"},
    {.family = VCS_BITBUCKET,
     .repository = CLOUD, .default_branch = "mainbranch.name",
     .head = CLOUD "/refs/branches/{ref}", .commit = CLOUD "/commit/{ref}", .head_prefix = "target",
     .sha = "hash", .message = "message", .commit_url = "links.html.href", .author = "author.user.nickname",
     .avatar = "author.user.links.avatar.href",
     .archive = "{http}/{repo}/get/{ref}.tar.gz", .strip = 1,
     .hook = CLOUD "/hooks", .write_hook = bitbucket_hook,
     .files = CLOUD "/pullrequests/{ref}/diffstat?pagelen=100", .files_list = "values", .new_path = "new.path",
     .old_path = "old.path",
     .status = CLOUD "/commit/{ref}/statuses/build", .state_key = "state", .name_key = "key", .url_key = "url",
     .pending = "INPROGRESS", .success = "SUCCESSFUL", .failure = "FAILED"},
    {.family = VCS_BITBUCKET_SERVER,
     .repository = SERVER "/default-branch", .default_branch = "displayId",
     .head = SERVER "/commits?limit=1&until={ref}", .commit = SERVER "/commits/{ref}", .head_prefix = "values.0",
     .sha = "id", .message = "message", .commit_url = "none", .author = "author.name", .avatar = "none",
     .archive = SERVER "/archive?format=tar.gz&at={ref}", .strip = 0,
     .hook = SERVER "/webhooks", .write_hook = server_hook,
     .files = SERVER "/pull-requests/{ref}/changes?limit=100", .files_list = "values", .new_path = "path.toString",
     .old_path = "srcPath.toString",
     .status = "{api}/rest/build-status/1.0/commits/{ref}", .state_key = "state", .name_key = "key", .url_key = "url",
     .pending = "INPROGRESS", .success = "SUCCESSFUL", .failure = "FAILED"},
};
/* clang-format on */

static const struct calls *calls_of(const struct vcs_account *account)
{
    for (size_t i = 0; i < sizeof all_calls / sizeof all_calls[0]; i++)
        if (all_calls[i].family == account->provider->family)
            return &all_calls[i];
    return NULL;
}

/* --- URLs --- */

static void add_escaped(struct buf *out, const char *text, size_t len, bool keep_slashes)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (size_t i = 0; i < len; i++)
        if (strchr(plain, text[i]) || (text[i] == '/' && keep_slashes))
            buf_addc(out, text[i]);
        else
            buf_printf(out, "%%%02X", (unsigned char)text[i]);
}

/* Without the slash that people put behind a URL. */
static void add_base(struct buf *out, const char *url)
{
    size_t len = strlen(url);
    while (len > 0 && url[len - 1] == '/')
        len--;
    buf_add(out, url, len);
}

static const char *expand(struct arena *arena, const struct vcs_account *account,
                          const char *template, const char *identifier, const char *ref)
{
    const char *slash = strchr(identifier, '/');
    size_t owner = slash ? (size_t)(slash - identifier) : strlen(identifier);
    const char *name = slash ? slash + 1 : "";
    struct buf out;

    buf_init(&out, arena);
    for (const char *c = template; *c; c++) {
        size_t len = *c == '{' ? strcspn(c, "}") + 1 : 0;
        if (len == 0)
            buf_addc(&out, *c);
        else if (strncmp(c, "{api}", len) == 0)
            add_base(&out, account->api_url);
        else if (strncmp(c, "{http}", len) == 0)
            add_base(&out, account->http_url);
        else if (strncmp(c, "{repo}", len) == 0)
            add_escaped(&out, identifier, strlen(identifier), true);
        else if (strncmp(c, "{id}", len) == 0)
            add_escaped(&out, identifier, strlen(identifier), false);
        else if (strncmp(c, "{owner}", len) == 0)
            add_escaped(&out, identifier, owner, false);
        else if (strncmp(c, "{name}", len) == 0)
            add_escaped(&out, name, strlen(name), false);
        else
            add_escaped(&out, ref, strlen(ref), false);
        c += len > 0 ? len - 1 : 0;
    }
    return buf_str(&out);
}

const char *vcs_repository_url(struct arena *arena, const char *http_url, const char *identifier)
{
    struct buf out;

    buf_init(&out, arena);
    add_base(&out, http_url);
    buf_addc(&out, '/');
    add_escaped(&out, identifier, strlen(identifier), true);
    return buf_str(&out);
}

/* --- Requests --- */

static struct vcs_answer failed(enum vcs_result result, const char *problem)
{
    return (struct vcs_answer){result, problem};
}

static struct vcs_answer judge_status(struct arena *arena, int status)
{
    if (status >= 200 && status < 300)
        return failed(VCS_OK, NULL);
    if (status == 401)
        return failed(VCS_REFUSED, "does not accept the token (401)");
    if (status == 403 || status == 404)
        return failed(VCS_REFUSED, arena_printf(arena,
                                                "does not know the repository, or the token has "
                                                "no right to it (%d)",
                                                status));
    if (status == 408 || status == 429 || status >= 500)
        return failed(VCS_LATER, arena_printf(arena, "answered with %d", status));
    return failed(VCS_REFUSED, arena_printf(arena, "answered with %d", status));
}

static struct vcs_answer judge(struct arena *arena, const struct net_client *client,
                               enum net_result result)
{
    switch (result) {
    case NET_OK:
        return judge_status(arena, net_client_status(client));
    case NET_REFUSED:
        return failed(
            VCS_REFUSED,
            "is at an address of this server or of a private network, which is not allowed");
    case NET_BAD_URL:
        return failed(VCS_REFUSED, "has a URL that makes no sense");
    case NET_TOO_LARGE:
        return failed(VCS_REFUSED, "sent more than is allowed");
    default:
        return failed(VCS_LATER,
                      arena_printf(arena, "could not be reached: %s", net_client_error(client)));
    }
}

static struct vcs_answer ask(struct arena *arena, const struct vcs_account *account,
                             struct net_request *request)
{
    struct net_options options = {.user_agent = "Terrace", .public_only = !account->allow_private};
    const char *headers[] = {arena_printf(arena, "Authorization: Bearer %s", account->token),
                             request->has_reply_fd ? "Accept: */*" : "Accept: application/json",
                             request->body ? "Content-Type: application/json" : NULL, NULL};
    struct net_client *client = net_client_new(&options);

    request->headers = headers;
    request->redirects = REDIRECTS;
    struct vcs_answer answer = judge(arena, client, net_client_send(client, request));
    net_client_free(client);
    return answer;
}

static struct vcs_answer read_document(struct arena *arena, const struct vcs_account *account,
                                       const char *url, const struct json_value **out)
{
    struct buf reply;
    const char *reason;

    buf_init(&reply, arena);
    struct net_request request = {.url = url,
                                  .reply = &reply,
                                  .reply_limit = DOCUMENT_MAX,
                                  .total_timeout_ms = CALL_TIMEOUT_MS};
    struct vcs_answer answer = ask(arena, account, &request);
    if (answer.result != VCS_OK)
        return answer;
    *out = json_read(arena, buf_str(&reply), reply.len, DOCUMENT_DEPTH, &reason);
    return *out ? answer : failed(VCS_REFUSED, "answered with something that is no JSON");
}

static struct vcs_answer post_document(struct arena *arena, const struct vcs_account *account,
                                       const char *url, const struct buf *body)
{
    struct buf reply;

    buf_init(&reply, arena);
    struct net_request request = {.url = url,
                                  .body = body->data,
                                  .body_len = body->len,
                                  .reply = &reply,
                                  .reply_limit = DOCUMENT_MAX,
                                  .total_timeout_ms = CALL_TIMEOUT_MS};
    return ask(arena, account, &request);
}

/* --- The calls --- */

struct vcs_answer vcs_default_branch(struct arena *arena, const struct vcs_account *account,
                                     const char *identifier, const char **branch)
{
    const struct calls *calls = calls_of(account);
    const struct json_value *document;
    struct vcs_answer answer = read_document(
        arena, account, expand(arena, account, calls->repository, identifier, ""), &document);

    if (answer.result != VCS_OK)
        return answer;
    *branch = vcs_json_text(document, calls->default_branch);
    return *branch ? answer : failed(VCS_REFUSED, "has no default branch for the repository");
}

static struct vcs_answer read_commit(struct arena *arena, const struct vcs_account *account,
                                     const char *url, const char *prefix, struct vcs_commit *out)
{
    const struct calls *calls = calls_of(account);
    const struct json_value *document, *commit;
    struct vcs_answer answer = read_document(arena, account, url, &document);

    if (answer.result != VCS_OK)
        return answer;
    commit = vcs_json_at(document, prefix);
    *out = (struct vcs_commit){.sha = vcs_json_text(commit, calls->sha),
                               .message = vcs_json_text(commit, calls->message),
                               .url = vcs_json_text(commit, calls->commit_url),
                               .author = vcs_json_text(commit, calls->author),
                               .author_avatar_url = vcs_json_text(commit, calls->avatar)};
    return out->sha ? answer : failed(VCS_REFUSED, "knows no such commit");
}

struct vcs_answer vcs_branch_head(struct arena *arena, const struct vcs_account *account,
                                  const char *identifier, const char *branch,
                                  struct vcs_commit *out)
{
    const struct calls *calls = calls_of(account);
    return read_commit(arena, account, expand(arena, account, calls->head, identifier, branch),
                       calls->head_prefix, out);
}

struct vcs_answer vcs_commit_read(struct arena *arena, const struct vcs_account *account,
                                  const char *identifier, const char *sha, struct vcs_commit *out)
{
    const struct calls *calls = calls_of(account);
    return read_commit(arena, account, expand(arena, account, calls->commit, identifier, sha), "",
                       out);
}

static void add_path(const char **files, size_t *count, const char *path)
{
    if (path)
        files[(*count)++] = path;
}

struct vcs_answer vcs_pull_request_files(struct arena *arena, const struct vcs_account *account,
                                         const char *identifier, const char *number,
                                         const char ***files, size_t *count)
{
    const struct calls *calls = calls_of(account);
    const struct json_value *document, *list;
    struct vcs_answer answer = read_document(
        arena, account, expand(arena, account, calls->files, identifier, number), &document);

    *files = NULL;
    *count = 0;
    if (answer.result != VCS_OK)
        return answer;
    list = vcs_json_at(document, calls->files_list);
    if (!list || json_kind(list) != JSON_ARRAY || json_length(list) >= FILES_LISTED)
        return answer;
    *files = arena_alloc(arena, (2 * json_length(list) + 1) * sizeof **files);
    for (size_t i = 0; i < json_length(list); i++) {
        add_path(*files, count, vcs_json_text(json_at(list, i), calls->new_path));
        add_path(*files, count, vcs_json_text(json_at(list, i), calls->old_path));
    }
    return answer;
}

struct vcs_answer vcs_archive(struct arena *arena, const struct vcs_account *account,
                              const char *identifier, const char *sha, int fd, int64_t limit,
                              int *strip)
{
    const struct calls *calls = calls_of(account);
    struct net_request request = {.url = expand(arena, account, calls->archive, identifier, sha),
                                  .reply_fd = fd,
                                  .has_reply_fd = true,
                                  .reply_limit = limit,
                                  .total_timeout_ms = ARCHIVE_TIMEOUT_MS};

    *strip = calls->strip;
    return ask(arena, account, &request);
}

struct vcs_answer vcs_webhook_create(struct arena *arena, const struct vcs_account *account,
                                     const char *identifier, const char *url, const char *secret)
{
    const struct calls *calls = calls_of(account);
    struct json_writer w;
    struct buf body;

    buf_init(&body, arena);
    json_writer_init(&w, &body);
    json_object_begin(&w);
    calls->write_hook(&w, &(struct hook){url, secret});
    json_object_end(&w);
    return post_document(arena, account, expand(arena, account, calls->hook, identifier, ""),
                         &body);
}

struct vcs_answer vcs_status_post(struct arena *arena, const struct vcs_account *account,
                                  const char *identifier, const char *sha,
                                  const struct vcs_status *status)
{
    const struct calls *calls = calls_of(account);
    const char *state = strcmp(status->state, "success") == 0   ? calls->success
                        : strcmp(status->state, "pending") == 0 ? calls->pending
                                                                : calls->failure;
    struct json_writer w;
    struct buf body;

    buf_init(&body, arena);
    json_writer_init(&w, &body);
    json_object_begin(&w);
    json_member_string(&w, calls->state_key, state);
    json_member_string(&w, calls->name_key, status->context);
    json_member_string(&w, calls->url_key, status->url);
    json_member_string(&w, "description", status->description);
    json_object_end(&w);
    return post_document(arena, account, expand(arena, account, calls->status, identifier, sha),
                         &body);
}
