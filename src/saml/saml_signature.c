/* See saml_signature.h. The one reference of the signature has to be `#` and the ID of the element
 * around it, by the two transforms that SAML allows: else something that nobody has signed could
 * stand where a signed thing is looked for. */
#include "saml/saml_signature.h"

#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

static void say_nothing(const char *file, int line, const char *function, const char *object,
                        const char *subject, int reason, const char *message)
{
    (void)file, (void)line, (void)function, (void)object, (void)subject, (void)reason,
        (void)message;
}

void saml_signature_init(void)
{
    xmlInitParser();
    if (xmlSecInit() < 0 || xmlSecCryptoAppInit(NULL) < 0 || xmlSecCryptoInit() < 0)
        abort();
    xmlSecErrorsSetCallback(say_nothing);
}

/* The signature among the children; *count of them. */
static xmlNode *signature_in(xmlNode *element, size_t *count)
{
    xmlNode *found = NULL;

    *count = 0;
    for (xmlNode *child = element->children; child; child = child->next)
        if (xmlSecCheckNodeName(child, xmlSecNodeSignature, xmlSecDSigNs)) {
            found = child;
            ++*count;
        }
    return found;
}

/* No SHA-1: who can still make such a signature is not known. */
static bool allow(xmlSecDSigCtx *context)
{
    const xmlSecTransformId canonical[] = {xmlSecTransformExclC14NId, xmlSecTransformInclC14NId};
    const xmlSecTransformId methods[] = {
        xmlSecTransformRsaSha256Id,   xmlSecTransformRsaSha384Id,   xmlSecTransformRsaSha512Id,
        xmlSecTransformEcdsaSha256Id, xmlSecTransformEcdsaSha384Id, xmlSecTransformEcdsaSha512Id};
    const xmlSecTransformId digests[] = {xmlSecTransformSha256Id, xmlSecTransformSha384Id,
                                         xmlSecTransformSha512Id};
    bool good = xmlSecDSigCtxEnableReferenceTransform(context, xmlSecTransformEnvelopedId) == 0;

    for (size_t i = 0; i < sizeof canonical / sizeof canonical[0]; i++)
        good = good && xmlSecDSigCtxEnableReferenceTransform(context, canonical[i]) == 0 &&
               xmlSecDSigCtxEnableSignatureTransform(context, canonical[i]) == 0;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        good = good && xmlSecDSigCtxEnableSignatureTransform(context, methods[i]) == 0;
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++)
        good = good && xmlSecDSigCtxEnableReferenceTransform(context, digests[i]) == 0;
    context->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
    return good;
}

/* Whether the signature is of the element and of nothing else. */
static bool is_of(const xmlSecDSigCtx *context, xmlNode *element)
{
    xmlSecPtrList *references = (xmlSecPtrList *)&context->signedInfoReferences;

    if (xmlSecPtrListGetSize(references) != 1)
        return false;
    const xmlSecDSigReferenceCtx *reference = xmlSecPtrListGetItem(references, 0);
    xmlChar *id = xmlGetNoNsProp(element, BAD_CAST "ID");
    bool same = reference && reference->uri && id && *id && reference->uri[0] == '#' &&
                xmlStrEqual(reference->uri + 1, id);
    xmlFree(id);
    return same;
}

static bool holds_by(xmlNode *signature, xmlNode *element, const char *certificate)
{
    xmlSecDSigCtx *context = xmlSecDSigCtxCreate(NULL);
    bool holds = false;

    if (!context)
        return false;
    context->signKey = xmlSecCryptoAppKeyLoadMemory((const xmlSecByte *)certificate,
                                                    (xmlSecSize)strlen(certificate),
                                                    xmlSecKeyDataFormatCertPem, NULL, NULL, NULL);
    if (context->signKey && allow(context) && xmlSecDSigCtxVerify(context, signature) == 0)
        holds = context->status == xmlSecDSigStatusSucceeded && is_of(context, element);
    xmlSecDSigCtxDestroy(context);
    return holds;
}

enum saml_signed saml_signature_of(xmlNode *element, const char *const *certificates, size_t count)
{
    size_t found;
    xmlNode *signature = signature_in(element, &found);

    if (found == 0)
        return SAML_UNSIGNED;
    for (size_t i = 0; found == 1 && i < count; i++)
        if (certificates[i] && holds_by(signature, element, certificates[i]))
            return SAML_SIGNED;
    return SAML_BADLY_SIGNED;
}
