/* glibc's tsearch() keeps its tree balanced: names that were chosen with malice cost no more than
 * others. */
#define _GNU_SOURCE /* tdestroy */
#include "archive/slug_links.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* What is kept while an upload is checked; a configuration has few links, if any. */
#define MAX_LINKS 10000
#define MAX_BYTES ((size_t)2 * 1024 * 1024)

struct slug_links {
    struct arena *arena;
    void *tree;
    size_t count;
    size_t bytes;
};

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void keep_key(void *key)
{
    (void)key; /* it is the arena's */
}

static void free_tree(void *object)
{
    struct slug_links *links = object;
    tdestroy(links->tree, keep_key);
}

struct slug_links *slug_links_new(struct arena *arena)
{
    struct slug_links *links = arena_alloc(arena, sizeof *links);
    links->arena = arena;
    arena_defer(arena, free_tree, links);
    return links;
}

bool slug_links_has(const struct slug_links *links, const char *path)
{
    return tfind(path, &links->tree, compare) != NULL;
}

bool slug_links_add(struct slug_links *links, const char *path)
{
    if (slug_links_has(links, path))
        return true;
    links->bytes += strlen(path);
    if (++links->count > MAX_LINKS || links->bytes > MAX_BYTES)
        return false;
    return tsearch(arena_strdup(links->arena, path), &links->tree, compare) != NULL;
}

bool slug_links_cross(const struct slug_links *links, const char *path)
{
    bool crosses = false;

    if (links->count == 0)
        return false;
    char *folder = strdup(path);
    if (folder == NULL)
        return true;
    for (char *slash = strrchr(folder, '/'); slash && !crosses; slash = strrchr(folder, '/')) {
        *slash = '\0';
        crosses = slug_links_has(links, folder);
    }
    free(folder);
    return crosses;
}

bool slug_links_inside(const char *path, const char *target)
{
    size_t depth = 0;
    bool named = false;

    if (target[0] == '/')
        return false;
    for (const char *c = path; *c; c++)
        depth += *c == '/';
    while (*target) {
        size_t len = strcspn(target, "/");
        if (len == 2 && target[0] == '.' && target[1] == '.') {
            if (named || depth == 0)
                return false;
            depth--;
        } else if (len > 0 && !(len == 1 && target[0] == '.')) {
            named = true;
        }
        target += len;
        target += *target == '/';
    }
    return true;
}
