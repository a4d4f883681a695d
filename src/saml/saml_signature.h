/* XML signatures, as far as SAML needs them (saml-core 2.0 section 5.4). Only terrace-saml has
 * this. */
#ifndef TERRACE_SAML_SAML_SIGNATURE_H
#define TERRACE_SAML_SAML_SIGNATURE_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

/* Once, before anything else here. */
void saml_signature_init(void);

enum saml_signed {
    SAML_UNSIGNED,
    SAML_SIGNED,
    SAML_BADLY_SIGNED,
};

/* Whether the element, whose attribute ID is registered as one, is covered whole by a signature
 * that is its child, made by a key of these certificates (PEM; NULL ones are passed over). What the
 * signature says of keys counts for nothing, and nothing but the element can be what is signed. */
enum saml_signed saml_signature_of(xmlNode *element, const char *const *certificates, size_t count);

#endif
