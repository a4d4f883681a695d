/* What of a mail is ours: the Subject header and what counts as an address. That mail is sent is
 * seen in tests/e2e/test_mail.py. */
#include "net/net_mail.h"

#include <string.h>

#include "unit/unit.h"

TEST(plain_subjects_are_as_they_are)
{
    char out[64];
    net_mail_subject("Run Applied: acme/prod", out, sizeof out);
    CHECK_STR(out, "Run Applied: acme/prod");
}

TEST(others_are_encoded_words)
{
    char out[900];
    net_mail_subject("Prüfung läuft", out, sizeof out);
    CHECK_STR(out, "=?UTF-8?Q?=50=72=C3=BC=66=75=6E=67_=6C=C3=A4=75=66=74?=");
    /* A header cannot be ended, and what is no UTF-8 is a blank. */
    net_mail_subject("a\r\nBcc: b\xff", out, sizeof out);
    CHECK(!strchr(out, '\r') && !strchr(out, '\n'));
    CHECK(strstr(out, "=3A_=62_?=") != NULL);
}

TEST(no_encoded_word_is_too_long)
{
    char text[2000], out[900];
    memset(text, 0, sizeof text);
    for (size_t i = 0; i + 3 < sizeof text; i += 3)
        memcpy(text + i, "\xe2\x82\xac", 3); /* the euro sign */
    net_mail_subject(text, out, sizeof out);
    CHECK(strlen(out) < sizeof out);
    size_t longest = 0;
    for (const char *word = out; *word; word += strspn(word, " ")) {
        size_t len = strcspn(word, " ");
        longest = len > longest ? len : longest;
        CHECK(strncmp(word, "=?UTF-8?Q?=E2=82=AC", 19) == 0);
        CHECK(strncmp(word + len - 5, "=AC?=", 5) == 0);
        word += len;
    }
    CHECK(longest <= 75);
}

TEST(addresses)
{
    CHECK(net_mail_is_address("alice@example.com"));
    CHECK(net_mail_is_address("a.b+c@localhost"));
    CHECK(!net_mail_is_address("alice"));
    CHECK(!net_mail_is_address("@example.com"));
    CHECK(!net_mail_is_address("alice@"));
    CHECK(!net_mail_is_address("a@b@c"));
    CHECK(!net_mail_is_address("a@b> SIZE=1"));
    CHECK(!net_mail_is_address("a@b\r\nRCPT TO:<c@d>"));
}

UNIT_MAIN
