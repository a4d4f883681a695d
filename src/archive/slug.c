/* libarchive reads the tar, from the plain bytes that gunzip.c gives it. Every size is compared
 * with what is left of max_size before anything is read, and what one header may cost is bounded
 * too: the list of holes of a sparse file is kept in memory by libarchive, whatever its length. */
#include "archive/slug.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <string.h>

#include "archive/slug_links.h"
#include "base/arena.h"

#define MAX_HEADER ((int64_t)2 * 1024 * 1024)
#define MAX_DEPTH 128
#define SHOWN 120 /* characters of a name in a message */

struct check {
    struct arena *arena;
    struct gunzip *gunzip;
    struct slug_links *links;
    struct archive *archive;
    struct slug *out;
    int64_t max_size;
    int64_t content;    /* sizes of the files, holes included */
    int64_t header_end; /* bytes that may have passed when a header has been read; 0: no bound */
    bool cut_off;
    const struct slug_reader *reader; /* NULL: nobody looks inside */
    char *room;                       /* SLUG_MAX_CONTENT bytes, once a file was wanted */
};

/* Names are bytes of any kind; messages are not. */
static const char *shown(struct check *check, const char *name)
{
    char *text = arena_strndup(check->arena, name, strnlen(name, SHOWN));
    for (char *c = text; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    return text;
}

/* Records the first reason only. */
static bool refuse(struct check *check, const char *reason)
{
    if (!check->out->reason)
        check->out->reason = reason;
    return false;
}

static bool refuse_entry(struct check *check, const char *name, const char *why)
{
    return refuse(check,
                  arena_printf(check->arena, "holds \"%s\", which %s", shown(check, name), why));
}

static bool refuse_size(struct check *check)
{
    return refuse(check, arena_printf(check->arena, "unpacks to more than %lld bytes",
                                      (long long)check->max_size));
}

/* Counted here, so that whoever asks, for a header or for skipping, is stopped. */
static ssize_t next_plain(struct check *check, const void **bytes)
{
    ssize_t len = gunzip_next(check->gunzip, bytes);
    if (len < 0) {
        check->cut_off = gunzip_error(check->gunzip) == NULL;
        if (!check->cut_off)
            refuse(check, gunzip_error(check->gunzip));
        return -1;
    }
    check->out->size += len;
    if (check->out->size > check->max_size) {
        refuse_size(check);
        return -1;
    }
    if (check->header_end && check->out->size > check->header_end) {
        refuse(check, "has an entry with a header that is too long");
        return -1;
    }
    return len;
}

static la_ssize_t read_plain(struct archive *archive, void *check, const void **bytes)
{
    (void)archive;
    return next_plain(check, bytes);
}

/* --- One entry --- */

/* Drops empty and `.` parts: "./a//b/" is "a/b", "." is "". */
static bool clean(struct check *check, const char *path, char out[SLUG_MAX_PATH])
{
    size_t used = 0, depth = 0;

    out[0] = '\0';
    if (!path || !*path)
        return refuse(check, "has an entry without a name");
    if (*path == '/')
        return refuse_entry(check, path, "is an absolute path");
    if (strlen(path) >= SLUG_MAX_PATH)
        return refuse_entry(check, path, "is too long a path");
    for (const char *at = path; *at;) {
        size_t len = strcspn(at, "/");
        if (len == 2 && at[0] == '.' && at[1] == '.')
            return refuse_entry(check, path, "has .. in its path");
        if (len > 0 && !(len == 1 && at[0] == '.')) {
            if (++depth > MAX_DEPTH)
                return refuse_entry(check, path, "is too deep a path");
            if (used > 0)
                out[used++] = '/';
            memcpy(out + used, at, len);
            used += len;
        }
        at += len;
        at += *at == '/';
    }
    out[used] = '\0';
    return true;
}

/* A second name of a file that came before: not of a link, which would mean something else there.
 */
static bool check_hard_link(struct check *check, const char *path, const char *target)
{
    char file[SLUG_MAX_PATH];
    if (!clean(check, target, file))
        return false;
    if (!*file || slug_links_has(check->links, file) || slug_links_cross(check->links, file))
        return refuse_entry(check, path, "is a link to something that is no file of the archive");
    return true;
}

static bool check_symbolic_link(struct check *check, const char *path, const char *target)
{
    if (!*path || !target || !*target)
        return refuse_entry(check, path, "is a link without a target");
    if (strlen(target) >= SLUG_MAX_PATH)
        return refuse_entry(check, path, "is a link with too long a target");
    if (!slug_links_inside(path, target))
        return refuse_entry(check, path, "is a link that leads out of the archive");
    if (!slug_links_add(check->links, path))
        return refuse(check, "has too many symbolic links");
    return true;
}

static bool check_entry(struct check *check, struct archive_entry *entry)
{
    char path[SLUG_MAX_PATH];
    const char *hard_link = archive_entry_hardlink(entry);
    bool folder = archive_entry_filetype(entry) == AE_IFDIR;

    if (++check->out->entries > SLUG_MAX_ENTRIES)
        return refuse(check,
                      arena_printf(check->arena, "has more than %d entries", SLUG_MAX_ENTRIES));
    if (!clean(check, archive_entry_pathname(entry), path))
        return false;
    if (slug_links_cross(check->links, path))
        return refuse_entry(check, path, "is behind a symbolic link");
    if (archive_entry_filetype(entry) == AE_IFLNK && !hard_link)
        return check_symbolic_link(check, path, archive_entry_symlink(entry));
    if (slug_links_has(check->links, path))
        return refuse_entry(check, path, "is a symbolic link already");
    if (!*path && !folder)
        return refuse(check, "has an entry without a name");
    if (hard_link)
        return check_hard_link(check, path, hard_link);
    if (archive_entry_filetype(entry) != AE_IFREG && !folder)
        return refuse_entry(check, path, "is neither a file nor a folder nor a link");
    if (archive_entry_size(entry) < 0 ||
        archive_entry_size(entry) > check->max_size - check->content)
        return refuse_size(check);
    check->content += archive_entry_size(entry);
    return true;
}

/* --- All of them --- */

static bool refuse_tar(struct check *check, int status)
{
    if (status == ARCHIVE_OK || status == ARCHIVE_EOF || status == ARCHIVE_WARN)
        return true;
    return refuse(check, check->out->entries ? "is a damaged tar" : "is no tar");
}

/* Hands a wanted file to the reader; false when the tar is damaged there. What is left of its data
 * is skipped by the caller. */
static bool offer(struct check *check, struct archive_entry *entry)
{
    const struct slug_reader *reader = check->reader;
    int64_t size = archive_entry_size(entry);
    char path[SLUG_MAX_PATH];
    size_t len = 0;

    if (!reader || archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
        !clean(check, archive_entry_pathname(entry), path) ||
        !reader->wants(reader->object, path, size) || size > SLUG_MAX_CONTENT)
        return true;
    if (!check->room)
        check->room = arena_alloc(check->arena, (size_t)SLUG_MAX_CONTENT);
    while (len < (size_t)size) {
        la_ssize_t n = archive_read_data(check->archive, check->room + len, (size_t)size - len);
        if (n < 0)
            return refuse_tar(check, (int)n);
        if (n == 0)
            break;
        len += (size_t)n;
    }
    reader->take(reader->object, path, check->room, len);
    return true;
}

static bool check_entries(struct check *check)
{
    struct archive_entry *entry;
    int status;

    for (;;) {
        check->header_end = check->out->size + MAX_HEADER;
        status = archive_read_next_header(check->archive, &entry);
        check->header_end = 0;
        if (status == ARCHIVE_EOF)
            return true;
        if (!refuse_tar(check, status) || !check_entry(check, entry) || !offer(check, entry))
            return false;
        if (!refuse_tar(check, archive_read_data_skip(check->archive)))
            return false;
    }
}

/* What stands after the tar's end still belongs to the gzip, whose sum comes last. */
static bool drain(struct check *check)
{
    const void *bytes;
    ssize_t len;
    while ((len = next_plain(check, &bytes)) > 0)
        continue;
    return len == 0;
}

static void free_archive(void *archive)
{
    archive_read_free(archive);
}

static bool open_archive(struct check *check)
{
    check->archive = archive_read_new();
    if (!check->archive)
        return refuse(check, "cannot be read now");
    arena_defer(check->arena, free_archive, check->archive);
    if (archive_read_support_format_tar(check->archive) != ARCHIVE_OK)
        return refuse(check, "cannot be read now");
    check->header_end = MAX_HEADER;
    return refuse_tar(check, archive_read_open(check->archive, check, NULL, read_plain, NULL));
}

enum slug_verdict slug_read(struct arena *arena, gunzip_source *read, void *source,
                            int64_t max_size, const struct slug_reader *reader, struct slug *out)
{
    struct check *check = arena_alloc(arena, sizeof *check);

    *out = (struct slug){0};
    check->arena = arena;
    check->gunzip = gunzip_new(arena, read, source);
    check->links = slug_links_new(arena);
    check->out = out;
    check->max_size = max_size;
    check->reader = reader;
    if (open_archive(check) && check_entries(check) && drain(check))
        return SLUG_GOOD;
    if (!check->cut_off)
        return SLUG_REFUSED;
    out->reason = NULL;
    return SLUG_CUT_OFF;
}
