/* The column `auth` and the Authorization header. */
#include "auth/principal.h"

#include "base/arena.h"
#include "crypto/crypto.h"
#include "unit/unit.h"

static struct arena *arena;

static struct principal parse(const char *auth)
{
    struct principal principal;

    principal_parse(arena, auth, &principal);
    return principal;
}

TEST(a_user)
{
    struct principal p = parse("at-1|user|user-1||||t|f");

    CHECK_INT(p.kind, PRINCIPAL_USER);
    CHECK_STR(p.token_id, "at-1");
    CHECK_STR(p.user_id, "user-1");
    CHECK_STR(p.team_id, "");
    CHECK_STR(p.organization_id, "");
    CHECK(p.is_site_admin);
    CHECK(!p.touch);
    CHECK_STR(principal_actor(&p), "user-1");
}

TEST(a_team_and_an_organization)
{
    struct principal p = parse("at-2|team||team-1|org-1||f|t");

    CHECK_INT(p.kind, PRINCIPAL_TEAM);
    CHECK(p.touch && !p.is_site_admin);
    CHECK_STR(principal_actor(&p), "team-1");
    p = parse("at-3|organization|||org-1||f|f");
    CHECK_INT(p.kind, PRINCIPAL_ORGANIZATION);
    CHECK_STR(principal_actor(&p), "org-1");
    p = parse("at-4|audit-trails|||org-1||f|f");
    CHECK_INT(p.kind, PRINCIPAL_AUDIT);
    CHECK_STR(principal_actor(&p), "org-1");
}

TEST(a_run)
{
    struct principal p = parse("at-5|run|||org-1|run-1|f|f");

    CHECK_INT(p.kind, PRINCIPAL_RUN);
    CHECK_STR(p.run_id, "run-1");
    CHECK_STR(principal_actor(&p), "run-1");
}

TEST(what_does_not_parse_is_nobody)
{
    static const char *const broken[] = {NULL,
                                         "",
                                         "at-1",
                                         "at-1|user|user-1||||t",
                                         "|||||||",
                                         "at-1|USER|user-1||||f|f",
                                         "at-1|users|user-1||||f|f"};

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct principal p = parse(broken[i]);
        CHECK_INT(p.kind, PRINCIPAL_NOBODY);
        CHECK_STR(principal_actor(&p), "");
        CHECK(!p.is_site_admin);
        CHECK(p.user_id != NULL && p.team_id != NULL && p.organization_id != NULL);
    }
}

TEST(a_bearer_token_becomes_its_hash)
{
    char hash[CRYPTO_SHA256_HEX];

    crypto_sha256_hex("abc", 3, hash);
    CHECK_STR(principal_token_hash(arena, "Bearer abc"), hash);
    CHECK_STR(principal_token_hash(arena, "bearer abc"), hash);
    CHECK_STR(principal_token_hash(arena, "BEARER   abc"), hash);
}

TEST(other_headers_are_no_token)
{
    static const char *const other[] = {NULL,           "",          "Bearer",       "Bearer ",
                                        "Bearer  ",     "Basic abc", "Bearer abc d", "Bearer abc ",
                                        "Bearer\tabc",  "Bearerabc", " Bearer abc",  "abc",
                                        "Bearer a\r\nb"};

    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        CHECK_STR(principal_token_hash(arena, other[i]), NULL);
}

int main(int argc, char **argv)
{
    crypto_init();
    arena = arena_new();
    int failed = unit_run(argc > 1 ? argv[1] : getenv("T"));
    arena_free(arena);
    return failed;
}
