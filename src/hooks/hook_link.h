/* Links in mails: who follows one has read the mail, and is who the mail was for. A link holds as
 * long as what it was made for is so, and for a time: no list of links is kept. */
#ifndef TERRACE_HOOKS_HOOK_LINK_H
#define TERRACE_HOOKS_HOOK_LINK_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct keyring;

enum hook_link {
    HOOK_LINK_CONFIRM,  /* the address is mine; proof: the address */
    HOOK_LINK_PASSWORD, /* I want a new password; proof: the hash of the one before */
};

/* Path of the page. proof: what must still be so when the link is followed; the link holds a digest
 * of it. now: seconds since 1970. */
const char *hook_link_path(struct arena *arena, const struct keyring *keyring, enum hook_link link,
                           const char *user_id, const char *proof, int64_t now);
/* The user that a link is for, and the digest of the proof; false when it is none of ours, or too
 * old. */
bool hook_link_read(struct arena *arena, const struct keyring *keyring, enum hook_link link,
                    const char *token, int64_t now, const char **user_id, const char **digest);
bool hook_link_holds(struct arena *arena, const char *digest, const char *proof);

#endif
