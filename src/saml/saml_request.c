/* What this side writes: requests and metadata. See saml.h. */
#define ZLIB_CONST
#include "saml/saml.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "crypto/crypto.h"

#define PROTOCOL "urn:oasis:names:tc:SAML:2.0:protocol"
#define ASSERTION "urn:oasis:names:tc:SAML:2.0:assertion"
#define EMAIL "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
#define POST_BINDING "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
#define RSA_SHA1 "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
#define RSA_SHA256 "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"

static const char *escape(struct arena *arena, const char *text)
{
    struct buf out;

    buf_init(&out, arena);
    for (; *text; text++)
        if (strchr("&<>\"'", *text))
            buf_printf(&out, "&#%d;", *text);
        else
            buf_addc(&out, *text);
    return buf_str(&out);
}

static const char *flag(bool value)
{
    return value ? "true" : "false";
}

/* The base64 lines between the marks of PEM. */
static const char *certificate_text(struct arena *arena, const char *pem)
{
    struct buf out;
    const char *at = strstr(pem, "-----BEGIN CERTIFICATE-----");

    buf_init(&out, arena);
    at = at ? at + strlen("-----BEGIN CERTIFICATE-----") : "";
    for (; *at && *at != '-'; at++)
        if (isalnum((unsigned char)*at) || strchr("+/=", *at))
            buf_addc(&out, *at);
    return buf_str(&out);
}

const char *saml_metadata(struct arena *arena, const struct saml_provider *self)
{
    struct buf out;

    buf_init(&out, arena);
    buf_printf(&out,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
               "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" "
               "entityID=\"%s\">\n"
               "  <md:SPSSODescriptor AuthnRequestsSigned=\"%s\" WantAssertionsSigned=\"%s\" "
               "protocolSupportEnumeration=\"" PROTOCOL "\">\n",
               escape(arena, self->entity_id), flag(self->requests_signed),
               flag(self->want_assertions_signed));
    const char *certificate = self->certificate ? certificate_text(arena, self->certificate) : "";
    if (*certificate)
        buf_printf(&out,
                   "    <md:KeyDescriptor use=\"signing\">\n"
                   "      <ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">"
                   "<ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data>"
                   "</ds:KeyInfo>\n"
                   "    </md:KeyDescriptor>\n",
                   certificate);
    buf_printf(&out,
               "    <md:NameIDFormat>" EMAIL "</md:NameIDFormat>\n"
               "    <md:AssertionConsumerService Binding=\"" POST_BINDING "\" Location=\"%s\" "
               "index=\"0\" isDefault=\"true\"/>\n"
               "  </md:SPSSODescriptor>\n"
               "</md:EntityDescriptor>\n",
               escape(arena, self->acs_url));
    return buf_str(&out);
}

static const char *request_text(struct arena *arena, const struct saml_provider *self,
                                const struct saml_request *request)
{
    char now[CLOCK_WIRE_SIZE];

    clock_wire(clock_now(), now);
    return arena_printf(arena,
                        "<samlp:AuthnRequest xmlns:samlp=\"" PROTOCOL "\" xmlns:saml=\"" ASSERTION
                        "\" "
                        "ID=\"%s\" Version=\"2.0\" IssueInstant=\"%s\" Destination=\"%s\" "
                        "AssertionConsumerServiceURL=\"%s\" ProtocolBinding=\"" POST_BINDING "\">"
                        "<saml:Issuer>%s</saml:Issuer>"
                        "<samlp:NameIDPolicy Format=\"" EMAIL "\" AllowCreate=\"true\"/>"
                        "</samlp:AuthnRequest>",
                        request->id, now, escape(arena, request->destination),
                        escape(arena, self->acs_url), escape(arena, self->entity_id));
}

/* DEFLATE without a header (RFC 1951), as the binding wants it, in base64. */
static const char *deflated(struct arena *arena, const char *text)
{
    z_stream stream = {0};

    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    uLong room = deflateBound(&stream, strlen(text));
    unsigned char *bytes = arena_alloc(arena, room);
    stream.next_in = (const unsigned char *)text;
    stream.avail_in = (uInt)strlen(text);
    stream.next_out = bytes;
    stream.avail_out = (uInt)room;
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
        abort();
    deflateEnd(&stream);
    return crypto_base64_encode(arena, bytes, stream.total_out);
}

const char *saml_request_url(struct arena *arena, const struct saml_provider *self,
                             const struct saml_request *request)
{
    struct buf url;

    buf_init(&url, arena);
    buf_printf(&url, "%s%cSAMLRequest=", request->destination,
               strchr(request->destination, '?') ? '&' : '?');
    size_t query = url.len - strlen("SAMLRequest=");
    buf_add_uri(&url, deflated(arena, request_text(arena, self, request)));
    buf_adds(&url, "&RelayState=");
    buf_add_uri(&url, request->relay_state);
    if (request->key) {
        buf_adds(&url, "&SigAlg=");
        buf_add_uri(&url, request->sha1 ? RSA_SHA1 : RSA_SHA256);
        const char *signature =
            crypto_rsa_sign(arena, request->key, request->sha1, buf_str(&url) + query);
        if (!signature)
            return NULL;
        buf_adds(&url, "&Signature=");
        buf_add_uri(&url, signature);
    }
    return buf_str(&url);
}
