/* SCIM's filters and the paths of PATCH: no database is asked. */
#include "unit/unit.h"

#include "api/scim/scim.h"
#include "base/arena.h"

static struct arena *arena;
static struct context context;
static struct http_request request;
static struct http_query_param query;

static struct scim begin(const char *filter)
{
    query = (struct http_query_param){"filter", filter};
    request = (struct http_request){.arena = arena, .query = &query, .query_count = 1};
    context = (struct context){.arena = arena, .request = &request};
    return (struct scim){.context = &context};
}

static const char *const names[] = {"userName", "emails|emails.value", "active", NULL};

static bool filter(const char *text, const char **values)
{
    struct scim scim = begin(text);
    bool good = scim_filter_read(&scim, names, values);
    CHECK(good == !scim_failed(&scim));
    if (!good)
        CHECK_STR(scim.failure_type, "invalidFilter");
    return good;
}

TEST(filters)
{
    const char *values[3];

    arena = arena_new();

    CHECK(filter("", values) && !values[0] && !values[1] && !values[2]);
    CHECK(filter("  userName eq \"a@b.example\"  ", values));
    CHECK_STR(values[0], "a@b.example");
    CHECK(!values[1]);
    CHECK(filter("USERNAME EQ \"a \\\"b\\\" and c\" and active eq true", values));
    CHECK_STR(values[0], "a \"b\" and c");
    CHECK_STR(values[2], "true");
    CHECK(filter("emails[type eq \"work\"].value eq \"x\"", values));
    CHECK_STR(values[1], "x");
    CHECK(filter("emails.value eq \"y\"", values));
    CHECK_STR(values[1], "y");
    CHECK(filter("urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"z\"", values));
    CHECK_STR(values[0], "z");
    arena_free(arena);
}

TEST(refused_filters)
{
    static const char *const bad[] = {
        "userName",
        "userName eq",
        "userName eq \"x",
        "userName co \"x\"",
        "userNam eq \"x\"",
        "userName eq \"x\" or active eq true",
        "(userName eq \"x\")",
        "userName eq \"x\" and",
        "userName eq \"x\" userName eq \"x\"",
        "userName eq \"x\" and userName eq \"y\"",
        "not userName eq \"x\"",
        "emails[ eq \"x\"",
        "userName eq \"\\u0000\"",
        "[",
        "]",
        "\"",
    };
    const char *values[3];

    arena = arena_new();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bool refused = !filter(bad[i], values);
        if (!refused)
            printf("# %s\n", bad[i]);
        CHECK(refused);
    }
    arena_free(arena);
}

static bool path(const char *text, struct scim_path *out)
{
    struct scim scim = begin(NULL);
    return scim_path_read(&scim, text, out);
}

TEST(paths)
{
    struct scim_path p;

    arena = arena_new();

    CHECK(path("active", &p));
    CHECK_STR(p.attribute, "active");
    CHECK(!p.key && !p.sub);
    CHECK(path("name.givenName", &p));
    CHECK_STR(p.attribute, "name");
    CHECK_STR(p.sub, "givenName");
    CHECK(path("members[value eq \"user-1\"]", &p));
    CHECK_STR(p.attribute, "members");
    CHECK_STR(p.key, "user-1");
    CHECK(!p.sub);
    CHECK(path("emails[type eq \"work\"].value", &p));
    CHECK_STR(p.attribute, "emails");
    CHECK_STR(p.sub, "value");
    CHECK(!p.key);
    CHECK(path("urn:ietf:params:scim:schemas:core:2.0:Group:displayName", &p));
    CHECK_STR(p.attribute, "displayName");
    arena_free(arena);
}

TEST(refused_paths)
{
    static const char *const bad[] = {
        "",
        "[value eq \"x\"]",
        "members[",
        "members[value eq \"x\"",
        "members[value]",
        "members[value eq \"x\"]x",
        "members value",
        "members[value ne \"x\"]",
        "members[value eq ]",
    };
    struct scim_path p;

    arena = arena_new();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bool refused = !path(bad[i], &p);
        if (!refused)
            printf("# %s\n", bad[i]);
        CHECK(refused);
    }
    arena_free(arena);
}

UNIT_MAIN
