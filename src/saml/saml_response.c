/* See saml_response.h. Each rule is a function that gives NULL or what is wrong; everything that is
 * believed is read from the one assertion, after its signature was found good. */
#include "saml/saml_response.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <limits.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "json/json_writer.h"
#include "saml/saml_signature.h"

#define PROTOCOL "urn:oasis:names:tc:SAML:2.0:protocol"
#define ASSERTION "urn:oasis:names:tc:SAML:2.0:assertion"
#define SUCCESS "urn:oasis:names:tc:SAML:2.0:status:Success"
#define BEARER "urn:oasis:names:tc:SAML:2.0:cm:bearer"

/* How far two clocks may differ, in seconds. */
#define SKEW 180
/* Further ahead, an end is no end: an answer is to be used at once. */
#define LONGEST (24L * 60 * 60)
/* An attribute's values beyond these are not looked at. */
#define MAX_VALUES 2000

struct answer {
    struct arena *arena;
    const struct saml_rules *rules;
    xmlDoc *document;
    xmlNode *response;
    xmlNode *assertion;
    const char *name;
    const char *request; /* NULL: nobody has asked */
    int64_t expires;
};

/* --- The tree --- */

static bool is_element(const xmlNode *node, const char *space, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->ns &&
           strcmp((const char *)node->ns->href, space) == 0 &&
           strcmp((const char *)node->name, name) == 0;
}

/* The next child of this name after `after`, or the first. */
static xmlNode *next_child(xmlNode *parent, xmlNode *after, const char *space, const char *name)
{
    xmlNode *node = after ? after->next : parent ? parent->children : NULL;

    while (node && !is_element(node, space, name))
        node = node->next;
    return node;
}

static xmlNode *child_of(xmlNode *parent, const char *name)
{
    return next_child(parent, NULL, ASSERTION, name);
}

static const char *kept(struct answer *answer, xmlChar *text)
{
    const char *copy = text ? arena_strdup(answer->arena, (const char *)text) : NULL;

    xmlFree(text);
    return copy;
}

static const char *attribute(struct answer *answer, xmlNode *node, const char *name)
{
    return node ? kept(answer, xmlGetNoNsProp(node, (const xmlChar *)name)) : NULL;
}

/* All text in the element, without the white space around it. */
static const char *text_of(struct answer *answer, xmlNode *node)
{
    static const char space[] = " \t\r\n";
    const char *text = node ? kept(answer, xmlNodeGetContent(node)) : NULL;

    if (!text)
        return "";
    text += strspn(text, space);
    size_t len = strlen(text);
    while (len > 0 && strchr(space, text[len - 1]))
        len--;
    return arena_strndup(answer->arena, text, len);
}

/* So much as a person reads, in whole characters. */
static const char *start_of(struct answer *answer, const char *text)
{
    size_t len = 0;

    while (len < 300 && text[len])
        len += utf8_char(text + len, strlen(text + len));
    return arena_strndup(answer->arena, text, len);
}

/* --- Times: wire forms sort as times do --- */

static bool is_before(const char *time, int64_t seconds)
{
    char given[CLOCK_WIRE_SIZE], other[CLOCK_WIRE_SIZE];

    clock_wire(seconds, other);
    return clock_parse(time, given) && strcmp(given, other) < 0;
}

static bool is_time(const char *time)
{
    char given[CLOCK_WIRE_SIZE];

    return clock_parse(time, given);
}

/* Whether now is in the element's NotBefore and NotOnOrAfter, which may be missing. */
static bool is_now(struct answer *answer, xmlNode *node)
{
    const char *from = attribute(answer, node, "NotBefore");
    const char *until = attribute(answer, node, "NotOnOrAfter");
    int64_t now = answer->rules->now;

    return (!from || (is_time(from) && is_before(from, now + SKEW + 1))) &&
           (!until || (is_time(until) && !is_before(until, now - SKEW + 1)));
}

/* --- The rules --- */

/* The IDs that a signature may name: of the response and of its assertions. One that is there twice
 * is an attempt to have one thing signed and another read. */
static bool register_ids(struct answer *answer)
{
    xmlNode *node = answer->response;

    for (xmlNode *next = NULL; node;
         node = next = next_child(answer->response, next, ASSERTION, "Assertion")) {
        xmlAttr *id = xmlHasProp(node, BAD_CAST "ID");
        xmlChar *value = id ? xmlNodeListGetString(answer->document, id->children, 1) : NULL;
        bool good = value && *value && xmlAddID(NULL, answer->document, value, id);
        xmlFree(value);
        if (!good)
            return false;
    }
    return true;
}

static const char *check_document(struct answer *answer)
{
    if (!answer->document || answer->document->intSubset || answer->document->extSubset)
        return "it is no XML document that may be read";
    answer->response = xmlDocGetRootElement(answer->document);
    if (!answer->response || !is_element(answer->response, PROTOCOL, "Response"))
        return "it is no response of SAML 2.0";
    const char *version = attribute(answer, answer->response, "Version");
    if (!version || strcmp(version, "2.0") != 0)
        return "it is no response of SAML 2.0";
    const char *destination = attribute(answer, answer->response, "Destination");
    if (destination && *destination && strcmp(destination, answer->rules->acs_url) != 0)
        return "it was meant for another address (Destination)";
    return register_ids(answer) ? NULL : "its IDs are missing, or not its own";
}

static const char *check_status(struct answer *answer)
{
    xmlNode *status = next_child(answer->response, NULL, PROTOCOL, "Status");
    xmlNode *code = next_child(status, NULL, PROTOCOL, "StatusCode");
    xmlNode *message = next_child(status, NULL, PROTOCOL, "StatusMessage");
    const char *value = attribute(answer, code, "Value");

    if (value && strcmp(value, SUCCESS) == 0)
        return NULL;
    if (message)
        return arena_printf(answer->arena, "the identity provider says: %s",
                            start_of(answer, text_of(answer, message)));
    return "the identity provider says that nobody was signed in";
}

static const char *check_assertion(struct answer *answer)
{
    xmlNode *assertion = child_of(answer->response, "Assertion");

    if (!assertion && child_of(answer->response, "EncryptedAssertion"))
        return "the assertion is encrypted: turn that off at the identity provider";
    if (!assertion || next_child(answer->response, assertion, ASSERTION, "Assertion"))
        return "it has to have one assertion";
    answer->assertion = assertion;
    return NULL;
}

static const char *check_signature(struct answer *answer)
{
    const struct saml_rules *rules = answer->rules;
    enum saml_signed whole =
        saml_signature_of(answer->response, rules->certificates, rules->certificate_count);
    enum saml_signed part =
        saml_signature_of(answer->assertion, rules->certificates, rules->certificate_count);

    if (whole == SAML_BADLY_SIGNED || part == SAML_BADLY_SIGNED)
        return "its signature does not hold with the identity provider's certificate (SHA-1 is not "
               "taken)";
    if (part == SAML_SIGNED)
        return NULL;
    if (whole == SAML_UNSIGNED)
        return "it is not signed";
    return rules->want_assertions_signed ? "the assertion in it is not signed" : NULL;
}

static bool is_for_us(struct answer *answer, xmlNode *restriction)
{
    for (xmlNode *audience = NULL;
         (audience = next_child(restriction, audience, ASSERTION, "Audience"));)
        if (strcmp(text_of(answer, audience), answer->rules->entity_id) == 0)
            return true;
    return false;
}

static const char *check_conditions(struct answer *answer)
{
    xmlNode *conditions = child_of(answer->assertion, "Conditions");
    xmlNode *restriction = NULL;
    bool restricted = false;

    if (!conditions || !is_now(answer, conditions))
        return "it is too old or too young: look at the clocks of both servers";
    while ((restriction = next_child(conditions, restriction, ASSERTION, "AudienceRestriction"))) {
        if (!is_for_us(answer, restriction))
            return "it was meant for another service (Audience)";
        restricted = true;
    }
    return restricted ? NULL : "it does not say which service it is for (Audience)";
}

/* A bearer's confirmation that is for us and now. */
static bool confirms(struct answer *answer, xmlNode *confirmation)
{
    xmlNode *data = child_of(confirmation, "SubjectConfirmationData");
    const char *method = attribute(answer, confirmation, "Method");
    const char *recipient = attribute(answer, data, "Recipient");
    const char *until = attribute(answer, data, "NotOnOrAfter");

    if (!method || strcmp(method, BEARER) != 0 || !recipient ||
        strcmp(recipient, answer->rules->acs_url) != 0 || !until || !is_now(answer, data))
        return false;
    answer->request = attribute(answer, data, "InResponseTo");
    answer->expires = answer->rules->now + LONGEST;
    return is_before(until, answer->expires);
}

static const char *check_subject(struct answer *answer)
{
    xmlNode *subject = child_of(answer->assertion, "Subject");
    xmlNode *confirmation = NULL;

    answer->name = text_of(answer, child_of(subject, "NameID"));
    if (!*answer->name)
        return "it does not say who it is about (NameID)";
    do
        confirmation = next_child(subject, confirmation, ASSERTION, "SubjectConfirmation");
    while (confirmation && !confirms(answer, confirmation));
    if (!confirmation)
        return "it can't be used here and now (SubjectConfirmation)";
    const char *request = attribute(answer, answer->response, "InResponseTo");
    if (request && answer->request && strcmp(request, answer->request) != 0)
        return "it answers two requests (InResponseTo)";
    if (!answer->request)
        answer->request = request;
    return NULL;
}

/* --- What it says --- */

static void write_values(struct answer *answer, xmlNode *attribute_node, struct json_writer *w)
{
    xmlNode *value = NULL;

    json_array_begin(w);
    for (int i = 0;
         i < MAX_VALUES && (value = next_child(attribute_node, value, ASSERTION, "AttributeValue"));
         i++)
        json_string(w, text_of(answer, value));
    json_array_end(w);
}

static void write_attributes(struct answer *answer, struct json_writer *w)
{
    xmlNode *statement = NULL, *node = NULL;

    json_key(w, "attributes");
    json_object_begin(w);
    while ((statement = next_child(answer->assertion, statement, ASSERTION, "AttributeStatement")))
        while ((node = next_child(statement, node, ASSERTION, "Attribute"))) {
            const char *name = attribute(answer, node, "Name");
            if (!name)
                continue;
            json_key(w, name);
            write_values(answer, node, w);
        }
    json_object_end(w);
}

void saml_response_read(struct arena *arena, const char *xml, size_t len,
                        const struct saml_rules *rules, struct json_writer *w)
{
    static const char *(*const checks[])(struct answer *) = {check_document,   check_status,
                                                             check_assertion,  check_signature,
                                                             check_conditions, check_subject};
    struct answer answer = {.arena = arena, .rules = rules};
    const char *problem = NULL;

    if (len <= INT_MAX)
        answer.document = xmlReadMemory(xml, (int)len, NULL, NULL,
                                        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    for (size_t i = 0; !problem && i < sizeof checks / sizeof checks[0]; i++)
        problem = checks[i](&answer);
    json_object_begin(w);
    if (problem) {
        json_member_string(w, "problem", problem);
    } else {
        json_member_string(w, "assertion", attribute(&answer, answer.assertion, "ID"));
        json_member_int(w, "expires", answer.expires);
        json_member_string(w, "request", answer.request);
        json_member_string(w, "name", answer.name);
        write_attributes(&answer, w);
    }
    json_object_end(w);
    xmlFreeDoc(answer.document);
}
