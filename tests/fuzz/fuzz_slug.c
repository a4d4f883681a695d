/* The check of slugs. The first byte says whether what follows is gzip already or is packed first,
 * so that both layers are reached. Pieces must not matter, reasons must be printable, and what is
 * good is unpacked into a tree in memory by somebody careless, who follows every link: nothing may
 * lead out. */
#include "fuzz/fuzz.h"

#include <archive.h>
#include <archive_entry.h>

#include "archive/slug.h"
#include "base/arena.h"
#include "unit/archive/tar.h"

#define MAX_SIZE ((int64_t)1024 * 1024)
#define MAX_NODES 64
#define MAX_STEPS 40

static enum slug_verdict check(struct arena *arena, const struct buf *packed, size_t piece,
                               struct slug *slug)
{
    struct tar_source source = {packed->data, packed->len, piece, SIZE_MAX, 0};
    enum slug_verdict verdict = slug_read(arena, tar_read, &source, MAX_SIZE, NULL, slug);

    MUST(verdict != SLUG_CUT_OFF);
    MUST((verdict == SLUG_REFUSED) == (slug->reason != NULL));
    MUST(verdict == SLUG_REFUSED || (source.at == packed->len && slug->size <= MAX_SIZE));
    for (const char *c = slug->reason; c && *c; c++)
        MUST(*c >= ' ' && *c <= '~');
    return verdict;
}

/* Puts right sums into the headers, which no mutation would hit upon. */
static void repair(struct buf *tar)
{
    size_t at = 0;
    while (at + TAR_BLOCK <= tar->len) {
        unsigned char *block = (unsigned char *)tar->data + at;
        unsigned sum = 0;
        if (block[0] == '\0')
            return;
        memset(block + 148, ' ', 8);
        for (size_t i = 0; i < TAR_BLOCK; i++)
            sum += block[i];
        snprintf((char *)block + 148, 8, "%06o", sum);
        size_t content = (size_t)strtoul((char *)block + 124, NULL, 8) % (tar->len + 1);
        at += TAR_BLOCK + (content + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
    }
}

/* --- The careless unpacker --- */

struct node {
    char *path;   /* where it really is */
    char *target; /* of a symbolic link, else NULL */
};

struct tree {
    struct arena *arena;
    struct node nodes[MAX_NODES];
    size_t count;
};

static struct node *find(struct tree *tree, const char *path)
{
    for (size_t i = 0; i < tree->count; i++)
        if (strcmp(tree->nodes[i].path, path) == 0)
            return &tree->nodes[i];
    return NULL;
}

static const char *join(struct tree *tree, const char *folder, const char *name, size_t len)
{
    return arena_printf(tree->arena, "%s%s%.*s", folder, *folder ? "/" : "", (int)len, name);
}

static const char *parent(struct tree *tree, const char *path)
{
    const char *slash = strrchr(path, '/');
    MUST(*path != '\0'); /* nothing is above the root */
    return slash ? arena_strndup(tree->arena, path, (size_t)(slash - path)) : "";
}

/* Where path leads from folder; the last part is followed only when asked. NULL: round in circles.
 */
static const char *walk(struct tree *tree, const char *folder, const char *path, bool follow,
                        int *steps)
{
    MUST(*path != '/');
    while (folder && *path) {
        size_t len = strcspn(path, "/");
        const char *rest = path + len + strspn(path + len, "/");
        if (len == 2 && memcmp(path, "..", 2) == 0) {
            folder = parent(tree, folder);
        } else if (len > 1 || *path != '.') {
            const char *next = join(tree, folder, path, len);
            struct node *node = find(tree, next);
            if (node && node->target && (follow || *rest)) {
                if (++*steps > MAX_STEPS)
                    return NULL;
                next = walk(tree, folder, node->target, true, steps);
            }
            folder = next;
        }
        path = rest;
    }
    return folder;
}

static const char *place(struct tree *tree, const char *path)
{
    int steps = 0;
    return walk(tree, "", path, false, &steps);
}

static void put(struct tree *tree, const char *path, const char *target)
{
    struct node *node = find(tree, path);
    if (!node) {
        if (tree->count == MAX_NODES)
            return;
        node = &tree->nodes[tree->count++];
        node->path = arena_strdup(tree->arena, path);
    }
    node->target = target ? arena_strdup(tree->arena, target) : NULL;
}

static void unpack_entry(struct tree *tree, struct archive_entry *entry)
{
    const char *path = place(tree, archive_entry_pathname(entry));
    const char *target = NULL;

    if (archive_entry_hardlink(entry)) {
        const char *first = place(tree, archive_entry_hardlink(entry));
        struct node *node = first ? find(tree, first) : NULL;
        target = node ? node->target : NULL;
    } else if (archive_entry_filetype(entry) == AE_IFLNK) {
        target = archive_entry_symlink(entry);
    }
    if (path && *path)
        put(tree, path, target);
}

static void unpack(struct arena *arena, const struct buf *tar)
{
    struct tree *tree = arena_alloc(arena, sizeof *tree);
    struct archive *archive = archive_read_new();
    struct archive_entry *entry;

    tree->arena = arena;
    archive_read_support_format_tar(archive);
    if (archive_read_open_memory(archive, tar->data, tar->len) == ARCHIVE_OK)
        while (archive_read_next_header(archive, &entry) != ARCHIVE_EOF)
            unpack_entry(tree, entry);
    archive_read_free(archive);
    for (size_t i = 0; i < tree->count; i++) {
        int steps = 0;
        if (tree->nodes[i].target)
            (void)walk(tree, "", tree->nodes[i].path, true, &steps);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct buf tar, packed;
    struct slug whole, pieces;
    bool wrap = size > 0 && (data[0] & 1);

    buf_init(&tar, arena);
    buf_init(&packed, arena);
    if (size > 0)
        buf_add(wrap ? &tar : &packed, data + 1, size - 1);
    if (wrap) {
        repair(&tar);
        tar_gzip(&packed, tar.data, tar.len);
    }
    enum slug_verdict verdict = check(arena, &packed, SIZE_MAX / 2, &whole);
    MUST(check(arena, &packed, size > 0 ? 1 + data[0] / 2 : 1, &pieces) == verdict);
    /* Of two faults, the pieces decide which is met first. */
    if (verdict == SLUG_GOOD)
        MUST(whole.entries == pieces.entries && whole.size == pieces.size);
    if (verdict == SLUG_GOOD && wrap)
        unpack(arena, &tar);
    arena_free(arena);
    return 0;
}
