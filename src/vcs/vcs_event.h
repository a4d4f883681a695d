/* What a provider tells by webhook, in one form for all (today-registry-vcs.md 8.2). */
#ifndef TERRACE_VCS_VCS_EVENT_H
#define TERRACE_VCS_VCS_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vcs/vcs_provider.h"

struct arena;
struct json_value;
struct json_writer;

/* Most events of one call: Bitbucket sends all branches and tags of a push at once. The rest of a
 * longer one is left out. */
#define VCS_MAX_EVENTS 16

/* Texts are NULL where the provider says nothing. */
struct vcs_event {
    const char *kind; /* "push", "tag" or "pull_request" */
    const char *identifier;
    const char *branch; /* that was pushed to; of a pull request: where its commits are */
    const char *target; /* branch that a pull request is for */
    const char *tag;
    const char *sha; /* may be short */
    const char *default_branch;
    const char *clone_url;
    const char *commit_message, *commit_url, *compare_url;
    const char *sender_username, *sender_avatar_url, *sender_html_url;
    const char *pull_request_number, *pull_request_url, *pull_request_title, *pull_request_body;
    bool is_fork;   /* the commits of a pull request are in another repository */
    bool has_files; /* the files below are all that the event touches */
    const char **files;
    size_t file_count;
};

/* The headers that say who sent it and what it is; NULL where there is none. */
struct vcs_headers {
    const char *event;     /* X-GitHub-Event, X-Gitlab-Event, X-Event-Key */
    const char *signature; /* X-Hub-Signature-256, X-Gitlab-Token, X-Hub-Signature */
};

/* The CGI names of those headers (HTTP_...). */
const char *vcs_event_header(enum vcs_family family);
const char *vcs_signature_header(enum vcs_family family);

/* Whether the body was sent by who knows the secret. */
bool vcs_event_is_signed(struct arena *arena, enum vcs_family family, const char *signature,
                         const char *secret, const void *body, size_t len);

/* Returns how many events out now holds; 0: nothing that anybody acts on. */
size_t vcs_event_parse(struct arena *arena, enum vcs_family family, const char *header,
                       const struct json_value *body, struct vcs_event out[VCS_MAX_EVENTS]);

/* An event as JSON, and back. */
void vcs_event_write(struct json_writer *w, const struct vcs_event *event);
struct vcs_event vcs_event_read(struct arena *arena, const struct json_value *json);

#endif
