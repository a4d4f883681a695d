/* Webhooks: who sent one, and the form in which an event is kept. What a provider's documents look
 * like is in vcs_payload.c. */
#include "vcs/vcs_event.h"

#include <string.h>

#include "base/arena.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

static const struct {
    enum vcs_family family;
    const char *event, *signature;
} headers[] = {
    {VCS_GITHUB, "HTTP_X_GITHUB_EVENT", "HTTP_X_HUB_SIGNATURE_256"},
    {VCS_GITLAB, "HTTP_X_GITLAB_EVENT", "HTTP_X_GITLAB_TOKEN"},
    {VCS_BITBUCKET, "HTTP_X_EVENT_KEY", "HTTP_X_HUB_SIGNATURE"},
    {VCS_BITBUCKET_SERVER, "HTTP_X_EVENT_KEY", "HTTP_X_HUB_SIGNATURE"},
};

#define FAMILIES (sizeof headers / sizeof headers[0])

const char *vcs_event_header(enum vcs_family family)
{
    for (size_t i = 0; i < FAMILIES; i++)
        if (headers[i].family == family)
            return headers[i].event;
    return NULL;
}

const char *vcs_signature_header(enum vcs_family family)
{
    for (size_t i = 0; i < FAMILIES; i++)
        if (headers[i].family == family)
            return headers[i].signature;
    return NULL;
}

/* GitLab sends the secret itself, the others what only who knows it can make. */
bool vcs_event_is_signed(struct arena *arena, enum vcs_family family, const char *signature,
                         const char *secret, const void *body, size_t len)
{
    if (!signature || !secret || !*secret)
        return false;
    if (family == VCS_GITLAB)
        return crypto_equal(signature, secret);
    return crypto_equal(signature, arena_printf(arena, "sha256=%s",
                                                crypto_hmac_sha256_hex(arena, secret, body, len)));
}

static const struct {
    const char *name;
    size_t offset;
} texts[] = {
    {"kind", offsetof(struct vcs_event, kind)},
    {"identifier", offsetof(struct vcs_event, identifier)},
    {"branch", offsetof(struct vcs_event, branch)},
    {"target", offsetof(struct vcs_event, target)},
    {"tag", offsetof(struct vcs_event, tag)},
    {"sha", offsetof(struct vcs_event, sha)},
    {"default_branch", offsetof(struct vcs_event, default_branch)},
    {"clone_url", offsetof(struct vcs_event, clone_url)},
    {"commit_message", offsetof(struct vcs_event, commit_message)},
    {"commit_url", offsetof(struct vcs_event, commit_url)},
    {"compare_url", offsetof(struct vcs_event, compare_url)},
    {"sender_username", offsetof(struct vcs_event, sender_username)},
    {"sender_avatar_url", offsetof(struct vcs_event, sender_avatar_url)},
    {"sender_html_url", offsetof(struct vcs_event, sender_html_url)},
    {"pull_request_number", offsetof(struct vcs_event, pull_request_number)},
    {"pull_request_url", offsetof(struct vcs_event, pull_request_url)},
    {"pull_request_title", offsetof(struct vcs_event, pull_request_title)},
    {"pull_request_body", offsetof(struct vcs_event, pull_request_body)},
};

#define TEXTS (sizeof texts / sizeof texts[0])

static const char **text_of(struct vcs_event *event, size_t index)
{
    return (const char **)(void *)((char *)event + texts[index].offset);
}

void vcs_event_write(struct json_writer *w, const struct vcs_event *event)
{
    struct vcs_event copy = *event;

    json_object_begin(w);
    for (size_t i = 0; i < TEXTS; i++)
        if (*text_of(&copy, i))
            json_member_string(w, texts[i].name, *text_of(&copy, i));
    json_member_bool(w, "is_fork", event->is_fork);
    if (event->has_files) {
        json_key(w, "files");
        json_array_begin(w);
        for (size_t i = 0; i < event->file_count; i++)
            json_string(w, event->files[i]);
        json_array_end(w);
    }
    json_object_end(w);
}

struct vcs_event vcs_event_read(struct arena *arena, const struct json_value *json)
{
    const struct json_value *is_fork = json_get(json, "is_fork");
    const struct json_value *files = json_get(json, "files");
    struct vcs_event event = {.kind = "push"};

    for (size_t i = 0; i < TEXTS; i++)
        if (json_text(json_get(json, texts[i].name)))
            *text_of(&event, i) = json_text(json_get(json, texts[i].name));
    event.is_fork = is_fork && json_kind(is_fork) == JSON_BOOL && json_boolean(is_fork);
    event.has_files = files && json_kind(files) == JSON_ARRAY;
    if (event.has_files) {
        event.files = arena_alloc(arena, (json_length(files) + 1) * sizeof *event.files);
        for (size_t i = 0; i < json_length(files); i++)
            if (json_text(json_at(files, i)))
                event.files[event.file_count++] = json_text(json_at(files, i));
    }
    return event;
}
