/* What this side writes. */
#include "saml/saml.h"

#include <string.h>

#include "base/arena.h"
#include "crypto/crypto.h"
#include "unit/unit.h"

static const struct saml_provider self = {
    .entity_id = "https://t.example.org/users/saml/metadata",
    .acs_url = "https://t.example.org/users/saml/auth?a=1&b=2",
    .certificate = "-----BEGIN CERTIFICATE-----\nQUJD\nREVG\n-----END CERTIFICATE-----\n",
    .requests_signed = true,
};

TEST(metadata_says_who_we_are)
{
    struct arena *arena = arena_new();
    const char *text = saml_metadata(arena, &self);

    CHECK(strstr(text, "entityID=\"https://t.example.org/users/saml/metadata\"") != NULL);
    CHECK(strstr(text, "Location=\"https://t.example.org/users/saml/auth?a=1&#38;b=2\"") != NULL);
    CHECK(strstr(text, "AuthnRequestsSigned=\"true\" WantAssertionsSigned=\"false\"") != NULL);
    CHECK(strstr(text, "<ds:X509Certificate>QUJDREVG</ds:X509Certificate>") != NULL);
    struct saml_provider plain = self;
    plain.certificate = "testCert";
    CHECK(strstr(saml_metadata(arena, &plain), "KeyDescriptor") == NULL);
    arena_free(arena);
}

TEST(a_request_is_signed_where_there_is_a_key)
{
    struct arena *arena = arena_new();
    const char *id, *jwk;
    struct saml_request request = {
        .id = "_saml-1", .destination = "https://idp.example.org/sso", .relay_state = "a b"};
    const char *url = saml_request_url(arena, &self, &request);

    CHECK(strncmp(url, "https://idp.example.org/sso?SAMLRequest=", 40) == 0);
    CHECK(strstr(url, "&RelayState=a%20b") != NULL);
    CHECK(strstr(url, "Signature") == NULL);
    request.destination = "https://idp.example.org/sso?tenant=1";
    request.key = crypto_signing_key_new(arena, &id, &jwk);
    url = saml_request_url(arena, &self, &request);
    CHECK(strncmp(url, "https://idp.example.org/sso?tenant=1&SAMLRequest=", 49) == 0);
    CHECK(strstr(url, "rsa-sha256&Signature=") != NULL);
    request.sha1 = true;
    CHECK(strstr(saml_request_url(arena, &self, &request), "rsa-sha1&Signature=") != NULL);
    request.key = "no key";
    CHECK(saml_request_url(arena, &self, &request) == NULL);
    arena_free(arena);
}

UNIT_MAIN
