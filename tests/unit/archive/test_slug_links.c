/* slug_links: where links lead, and what is behind one. */
#include "unit/unit.h"

#include "archive/slug_links.h"
#include "base/arena.h"

TEST(inside)
{
    static const struct {
        const char *path, *target;
        bool inside;
    } cases[] = {
        {"a", "b", true},
        {"a", "b/c", true},
        {"a", ".", true},
        {"a", "./b//c", true},
        {"a", "..", false},
        {"a", "../b", false},
        {"a", "./../b", false},
        {"a", "/etc/passwd", false},
        {"a", "b/../../c", false},
        {"a", "b/..", false},
        {"d/a", "..", true},
        {"d/a", "../b", true},
        {"d/a", "../../b", false},
        {"d/e/a", "../../b/c", true},
        {"d/e/a", "../../../b", false},
        {"d/a", "..b", true},
        {"d/a", "...", true},
        {"d/a", "b..", true},
        {"d/a", "../x/../y", false},
        {"d/e/a", ".././../b", true},
        {"a", "..//b", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool inside = slug_links_inside(cases[i].path, cases[i].target);
        if (inside != cases[i].inside)
            printf("# %s -> %s\n", cases[i].path, cases[i].target);
        CHECK(inside == cases[i].inside);
    }
}

TEST(crossing)
{
    struct arena *arena = arena_new();
    struct slug_links *links = slug_links_new(arena);
    CHECK(!slug_links_cross(links, "a/b"));
    CHECK(slug_links_add(links, "a/b"));
    CHECK(slug_links_add(links, "a/b"));
    CHECK(slug_links_has(links, "a/b"));
    CHECK(!slug_links_has(links, "a"));
    CHECK(!slug_links_cross(links, "a/b"));
    CHECK(!slug_links_cross(links, "a/bc/d"));
    CHECK(!slug_links_cross(links, "a"));
    CHECK(slug_links_cross(links, "a/b/c"));
    CHECK(slug_links_cross(links, "a/b/c/d/e"));
    arena_free(arena);
}

TEST(bounded)
{
    struct arena *arena = arena_new();
    struct slug_links *links = slug_links_new(arena);
    int added = 0;
    while (added < 1000000 && slug_links_add(links, arena_printf(arena, "link%d", added)))
        added++;
    CHECK_INT(added, 10000);

    char number[16], *name = arena_alloc(arena, 4001);
    memset(name, 'x', 4000);
    links = slug_links_new(arena);
    for (added = 0; added < 100000; added++) {
        snprintf(number, sizeof(number), "%011d", added);
        memcpy(name, number, 11);
        if (!slug_links_add(links, name))
            break;
    }
    CHECK(added > 100 && added < 1000);
    arena_free(arena);
}

UNIT_MAIN
