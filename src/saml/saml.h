/* Signing in by SAML 2.0 (the Web Browser SSO profile): Terrace is the service provider, asks by
 * redirect and is answered by a form.
 *
 * XML from outside is never parsed in the server: the program terrace-saml does that, started anew
 * for each answer, with neither the database nor a key. It is found beside the server's own. */
#ifndef TERRACE_SAML_SAML_H
#define TERRACE_SAML_SAML_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct json_value;

/* This side: saml-core 2.0, saml-metadata 2.0. */
struct saml_provider {
    const char *entity_id;   /* of ours; also where the metadata is */
    const char *acs_url;     /* the assertion consumer service: where answers go */
    const char *certificate; /* PEM, or NULL: of the key that requests are signed with */
    bool requests_signed;
    bool want_assertions_signed;
};

/* An EntityDescriptor. */
const char *saml_metadata(struct arena *arena, const struct saml_provider *self);

struct saml_request {
    const char *id;          /* an xs:ID: begins with a letter or _ */
    const char *destination; /* the identity provider's single sign-on address */
    const char *relay_state;
    const char *key; /* PEM, NULL: not signed */
    bool sha1;
};

/* The address that asks the identity provider who somebody is: an AuthnRequest by the HTTP-Redirect
 * binding (saml-bindings 2.0, 3.4). NULL: key is no private RSA key. */
const char *saml_request_url(struct arena *arena, const struct saml_provider *self,
                             const struct saml_request *request);

/* What an answer has to agree with. */
struct saml_expected {
    const struct saml_provider *self;
    const char *response;        /* SAMLResponse of the form: base64 */
    const char *certificates[2]; /* PEM, of the identity provider; NULL: none */
};

/* What the answer says, when all of it holds (see saml_response.h):
 *     {"assertion": id, "expires": seconds, "request": id or null, "name": text,
 *      "attributes": {name: [text, ...]}}
 * else {"problem": a sentence for people}. */
const struct json_value *saml_check(struct arena *arena, const struct saml_expected *expected);

#endif
