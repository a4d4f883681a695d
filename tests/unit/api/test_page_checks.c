/* What pages let through from outside: where to go back to, where a code may go, who counts as one.
 */
#include "api/pages/page_checks.h"

#include "unit/unit.h"

static const char *network(const char *address)
{
    static char out[PAGE_CHECKS_NETWORK_SIZE];
    page_checks_network(address, out);
    return out;
}

static const char *repeat(char c, size_t times)
{
    static char text[4096];
    memset(text, c, times);
    text[times] = '\0';
    return text;
}

TEST(the_way_back_is_below_app)
{
    CHECK(page_checks_return_to("/app"));
    CHECK(page_checks_return_to("/app/settings/tokens?source=terraform-login"));
    CHECK(page_checks_return_to("/app?x=https://elsewhere.example/"));
    CHECK(!page_checks_return_to(""));
    CHECK(!page_checks_return_to("/"));
    CHECK(page_checks_return_to("/auth/0-1/callback?code=x"));
    CHECK(!page_checks_return_to("/auth"));
    CHECK(!page_checks_return_to("/author"));
    CHECK(!page_checks_return_to("/apple"));
    CHECK(!page_checks_return_to("//app"));
    CHECK(!page_checks_return_to("/session"));
    CHECK(!page_checks_return_to("app"));
    CHECK(!page_checks_return_to("https://elsewhere.example/app"));
}

TEST(the_way_back_has_no_character_that_a_browser_reads_its_own_way)
{
    CHECK(!page_checks_return_to("/app/\\elsewhere.example"));
    CHECK(!page_checks_return_to("/app/\r\nSet-Cookie: x"));
    CHECK(!page_checks_return_to("/app/\t"));
    CHECK(!page_checks_return_to("/app/ x"));
    CHECK(!page_checks_return_to("/app/\x7f"));
    CHECK(!page_checks_return_to("/app/\xc3\xa9"));
}

TEST(the_way_back_is_not_endless)
{
    char path[3000] = "/app/";
    memset(path + 5, 'x', 2048 - 5);
    CHECK(page_checks_return_to(path));
    path[2048] = 'x';
    CHECK(!page_checks_return_to(path));
}

TEST(a_code_goes_to_this_machine_and_to_a_port_of_the_range)
{
    CHECK(page_checks_redirect_uri("http://localhost:10000/login"));
    CHECK(page_checks_redirect_uri("http://127.0.0.1:10010/login"));
    CHECK(page_checks_redirect_uri("http://localhost:10005/"));
    CHECK(!page_checks_redirect_uri("http://localhost:9999/login"));
    CHECK(!page_checks_redirect_uri("http://localhost:10011/login"));
    CHECK(!page_checks_redirect_uri("http://localhost:100000/login"));
    CHECK(!page_checks_redirect_uri("http://localhost:010005/login"));
    CHECK(!page_checks_redirect_uri("http://localhost:+10005/login"));
    CHECK(!page_checks_redirect_uri("http://localhost/login"));
    CHECK(!page_checks_redirect_uri("https://localhost:10005/login"));
    CHECK(!page_checks_redirect_uri("http://127.0.0.2:10005/login"));
    CHECK(!page_checks_redirect_uri(""));
}

TEST(a_code_goes_to_no_host_that_only_looks_like_this_machine)
{
    CHECK(!page_checks_redirect_uri("http://localhost:10005.elsewhere.example/login"));
    CHECK(!page_checks_redirect_uri("http://localhost:10005@elsewhere.example/login"));
    CHECK(!page_checks_redirect_uri("http://localhost.elsewhere.example:10005/login"));
    CHECK(!page_checks_redirect_uri("http://elsewhere.example:10005/login"));
    CHECK(!page_checks_redirect_uri("http://localhost:10005"));
}

TEST(the_place_for_a_code_has_a_plain_path)
{
    CHECK(!page_checks_redirect_uri("http://localhost:10005/login?a=b"));
    CHECK(!page_checks_redirect_uri("http://localhost:10005/login#a"));
    CHECK(!page_checks_redirect_uri("http://localhost:10005/%2e"));
    CHECK(!page_checks_redirect_uri("http://localhost:10005/a b"));
    CHECK(!page_checks_redirect_uri("http://localhost:10005/a\r\nb"));
}

TEST(a_client_is_its_address_or_its_network)
{
    CHECK_STR(network("192.0.2.7"), "192.0.2.7");
    CHECK_STR(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    CHECK_STR(network("2001:0DB8:1:2::9"), "2001:db8:1:2::/64");
    CHECK_STR(network("::ffff:192.0.2.7"), "192.0.2.7");
    CHECK_STR(network("::1"), "::/64");
    CHECK_STR(network(""), "");
    CHECK_STR(network("unix:"), "unix:");
    CHECK_INT(strlen(network(repeat('x', 200))), 45);
}

TEST(a_challenge_is_43_characters_of_base64url)
{
    CHECK(page_checks_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
    CHECK(!page_checks_challenge(repeat('a', 42)));
    CHECK(!page_checks_challenge(repeat('a', 44)));
    CHECK(!page_checks_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"));
    CHECK(!page_checks_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw.cM"));
    CHECK(!page_checks_challenge(""));
}

TEST(a_verifier_is_43_to_128_unreserved_characters)
{
    CHECK(page_checks_verifier(repeat('a', 43)));
    CHECK(page_checks_verifier(repeat('~', 128)));
    CHECK(!page_checks_verifier(repeat('a', 42)));
    CHECK(!page_checks_verifier(repeat('a', 129)));
    CHECK(!page_checks_verifier("dBjftJeZ4CVP-mBz92K9p5HvqpKH1y1Cq7D8bGxGx+4="));
}

UNIT_MAIN
