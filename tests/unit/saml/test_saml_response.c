/* One good answer, and what is made of it by somebody without the key. */
#include "saml/saml_response.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "saml/fixture.h"
#include "saml/saml_signature.h"
#include "unit/unit.h"

#define NOON 1796126400 /* 2026-12-01T12:00:00Z */

static struct arena *arena;
static const char *trusted[2] = {certificate, NULL};
static struct saml_rules rules = {
    .acs_url = "https://terrace.example.org/users/saml/auth",
    .entity_id = "https://terrace.example.org/users/saml/metadata",
    .certificates = trusted,
    .certificate_count = 2,
    .now = NOON,
};

static const struct json_value *said(const char *xml)
{
    struct json_writer w;
    struct buf out;
    const char *reason;

    if (arena == NULL) {
        arena = arena_new();
        saml_signature_init();
    }
    buf_init(&out, arena);
    json_writer_init(&w, &out);
    saml_response_read(arena, xml, strlen(xml), &rules, &w);
    return json_read(arena, buf_str(&out), out.len, 8, &reason);
}

/* "" when the answer is taken. */
static const char *problem(const char *xml)
{
    const char *text = json_text(json_get(said(xml), "problem"));
    return text ? text : "";
}

/* The answer with one piece of text replaced. */
static const char *with(const char *old, const char *new)
{
    const char *at = strstr(response, old);

    if (at == NULL)
        abort();
    if (arena == NULL)
        (void)said("");
    return arena_printf(arena, "%.*s%s%s", (int)(at - response), response, new, at + strlen(old));
}

TEST(a_good_answer_is_read)
{
    const struct json_value *value = said(response);

    CHECK(json_get(value, "problem") == NULL);
    CHECK_STR(json_text(json_get(value, "name")), "ada@example.com");
    CHECK_STR(json_text(json_get(value, "request")), "_saml-1");
    CHECK_STR(json_text(json_at(json_find(value, "attributes", "MemberOf", NULL), 1)), "ops");
    CHECK_STR(json_text(json_at(json_find(value, "attributes", "Username", NULL), 0)), "ada");
}

TEST(clocks_may_differ_by_three_minutes)
{
    /* It is good from 11:59 to 12:05. */
    rules.now = NOON - 60 - 180;
    CHECK_STR(problem(response), "");
    rules.now = NOON - 60 - 182;
    CHECK(strstr(problem(response), "too old or too young") != NULL);
    rules.now = NOON + 300 + 179;
    CHECK_STR(problem(response), "");
    rules.now = NOON + 300 + 181;
    CHECK(strstr(problem(response), "too old or too young") != NULL);
    rules.now = NOON;
}

TEST(it_is_for_one_service)
{
    rules.entity_id = "https://other.example.org/users/saml/metadata";
    CHECK(strstr(problem(response), "(Audience)") != NULL);
    rules.entity_id = "https://terrace.example.org/users/saml/metadata";
    rules.acs_url = "https://other.example.org/users/saml/auth";
    CHECK(strstr(problem(response), "(Destination)") != NULL);
    CHECK(strstr(problem(with(" Destination=\"https://terrace.example.org/users/saml/auth\"", "")),
                 "(SubjectConfirmation)") != NULL);
    rules.acs_url = "https://terrace.example.org/users/saml/auth";
}

TEST(only_the_pinned_keys_count)
{
    trusted[0] = other_certificate;
    CHECK(strstr(problem(response), "does not hold") != NULL);
    trusted[1] = certificate;
    CHECK_STR(problem(response), "");
    trusted[0] = "testCert";
    CHECK_STR(problem(response), "");
    trusted[1] = NULL;
    CHECK(strstr(problem(response), "does not hold") != NULL);
    trusted[0] = certificate;
}

TEST(whatever_is_changed_is_noticed)
{
    CHECK(strstr(problem(with("ada@example.com", "root@example.com")), "does not hold") != NULL);
    CHECK(strstr(problem(with("developers", "owners")), "does not hold") != NULL);
    CHECK(strstr(problem(with("<saml:AttributeValue>ops", "<saml:AttributeValue> ops")),
                 "does not hold") != NULL);
    CHECK(strstr(problem(with("InResponseTo=\"_saml-1\">", "InResponseTo=\"_saml-2\">")),
                 "(InResponseTo)") != NULL);
    CHECK(strstr(problem(with("status:Success", "status:Requester")), "nobody was signed in") !=
          NULL);
}

TEST(a_long_complaint_is_cut_between_characters)
{
    char text[600];

    memset(text, 0, sizeof text);
    for (int i = 0; i < 250; i++)
        memcpy(text + 1 + 2 * i, "\xc3\xa9", 2);
    text[0] = 'x';
    const char *xml =
        with("<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>",
             arena_printf(arena, "<samlp:StatusMessage>%s</samlp:StatusMessage>", text));
    CHECK_INT(strlen(problem(xml)), strlen("the identity provider says: ") + 301);
}

TEST(a_comment_cuts_nothing)
{
    CHECK_STR(json_text(json_get(said(with("ada@example", "ada@<!-- -->example")), "name")),
              "ada@example.com");
}

TEST(there_is_one_assertion)
{
    const char *evil = "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" "
                       "ID=\"_evil\"><saml:Subject><saml:NameID>root@example.com</saml:NameID>"
                       "</saml:Subject></saml:Assertion>";

    CHECK(strstr(problem(with("<saml:Assertion", arena_printf(arena, "%s<saml:Assertion", evil))),
                 "one assertion") != NULL);
    CHECK(
        strstr(problem(with("</samlp:Response>", arena_printf(arena, "%s</samlp:Response>", evil))),
               "one assertion") != NULL);
}

TEST(what_is_no_answer)
{
    CHECK(strstr(problem(""), "no XML document") != NULL);
    CHECK(strstr(problem("<a><b></a>"), "no XML document") != NULL);
    CHECK(strstr(problem("<a/>"), "no response of SAML") != NULL);
    CHECK(strstr(problem(with("<samlp:Response",
                              "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>"
                              "<samlp:Response")),
                 "no XML document") != NULL);
    arena_free(arena);
    arena = NULL;
}

UNIT_MAIN
