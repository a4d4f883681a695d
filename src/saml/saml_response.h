/* An answer of the identity provider (saml-profiles 2.0 section 4.1.4). Only terrace-saml has this.
 *
 * It holds when it is for this side (Destination, Recipient, Audience), now (Conditions,
 * SubjectConfirmationData, three minutes of difference between clocks are nothing), a success, and
 * signed: the one assertion in it, or all of it where assertions need no signature of their own. */
#ifndef TERRACE_SAML_SAML_RESPONSE_H
#define TERRACE_SAML_SAML_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct json_writer;

struct saml_rules {
    const char *acs_url;
    const char *entity_id;
    const char *const *certificates; /* PEM; some may be NULL */
    size_t certificate_count;
    bool want_assertions_signed;
    int64_t now;
};

/* Writes what saml_check() (saml.h) gives. */
void saml_response_read(struct arena *arena, const char *xml, size_t len,
                        const struct saml_rules *rules, struct json_writer *w);

#endif
