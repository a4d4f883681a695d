/* A hook: a POST to a URL that a user gave, signed with the user's key, and what came of it. Used
 * by the API, which tries a URL before it takes it, and by the worker, which delivers.
 *
 * Addresses of this host and of private networks are refused unless the administrator allows them
 * (`outbound_private`): the URL is a stranger's, the network behind the server is not. */
#ifndef TERRACE_HOOKS_HOOK_H
#define TERRACE_HOOKS_HOOK_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Names that receivers of the vendor know, with ours behind. */
#define HOOK_NOTIFICATION_AGENT "TFE/1.0 (Terrace)"
#define HOOK_TASK_AGENT "TFC/1.0 (Terrace)"

#define HOOK_NOTIFICATION_SIGNATURE "X-TFE-Notification-Signature"
#define HOOK_TASK_SIGNATURE "X-TFC-Task-Signature"

/* The server waits so long for an answer, in all. */
#define HOOK_TIMEOUT_MS 10000

struct hook {
    const char *url;
    const char *body;             /* JSON */
    const char *signature_header; /* name; NULL: not signed */
    const char *key;              /* NULL: the signature is empty */
    const char *user_agent;
};

struct hook_answer {
    int status;          /* 0: none */
    const char *body;    /* the beginning, valid UTF-8; "" */
    const char *headers; /* JSON: {"name": ["value"]}, names in lower case */
    const char *problem; /* for people, NULL when there is an answer: "could not be reached: ..." */
};

/* Everything in the answer lives in the arena. */
void hook_send(struct arena *arena, const struct hook *hook, bool allow_private,
               struct hook_answer *out);

/* The text as PostgreSQL's jsonb takes it: valid UTF-8 without NUL, a question mark for all else.
 */
const char *hook_printable(struct arena *arena, const char *bytes, size_t len);

bool hook_is_success(const struct hook_answer *answer); /* 2xx */
/* "answered with 500", or the problem: the end of a sentence about the URL. */
const char *hook_outcome(struct arena *arena, const struct hook_answer *answer);

/* http or https with a host. */
bool hook_is_url(const char *url);

/* `delivery-responses` of a notification configuration: an array of one (today-runs.md 18.7). */
const char *hook_response_json(struct arena *arena, const char *url,
                               const struct hook_answer *answer);

#endif
