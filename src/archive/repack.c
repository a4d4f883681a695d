/* See repack.h. */
#include "archive/repack.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "archive/slug.h"
#include "base/arena.h"

#define BLOCK 65536

struct repack {
    struct arena *arena;
    struct archive *in, *out;
    int strip;
    int64_t left; /* bytes of content that may still come */
    size_t entries;
    const char *reason;
};

static bool refuse(struct repack *r, const char *reason)
{
    if (!r->reason)
        r->reason = reason;
    return false;
}

/* NULL: nothing is left of the path. */
static const char *stripped(const char *path, int strip)
{
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    for (; strip > 0 && path; strip--) {
        path = strchr(path, '/');
        path = path ? path + strspn(path, "/") : NULL;
    }
    return path && *path ? path : NULL;
}

static bool copy_content(struct repack *r)
{
    const void *bytes;
    size_t len;
    la_int64_t offset;
    int status;

    while ((status = archive_read_data_block(r->in, &bytes, &len, &offset)) == ARCHIVE_OK) {
        if ((int64_t)len > r->left)
            return refuse(r, "unpacks to more than is allowed");
        r->left -= (int64_t)len;
        if (archive_write_data(r->out, bytes, len) != (la_ssize_t)len)
            return refuse(r, "could not be written");
    }
    return status == ARCHIVE_EOF || refuse(r, "is damaged");
}

static bool copy_entry(struct repack *r, struct archive_entry *entry)
{
    const char *path = archive_entry_pathname(entry);
    const char *link = archive_entry_hardlink(entry);
    const char *kept = path ? stripped(path, r->strip) : NULL;

    if (++r->entries > SLUG_MAX_ENTRIES)
        return refuse(r, "holds too many entries");
    if (!kept)
        return true;
    if (archive_entry_size(entry) > r->left)
        return refuse(r, "unpacks to more than is allowed");
    if (link) {
        link = stripped(link, r->strip);
        if (!link)
            return refuse(r, "holds a link that leads out of its folder");
        archive_entry_set_hardlink(entry, arena_strdup(r->arena, link));
    }
    archive_entry_set_pathname(entry, arena_strdup(r->arena, kept));
    archive_entry_set_uname(entry, NULL);
    archive_entry_set_gname(entry, NULL);
    archive_entry_set_uid(entry, 0);
    archive_entry_set_gid(entry, 0);
    archive_entry_sparse_clear(entry);
    archive_entry_xattr_clear(entry);
    archive_entry_acl_clear(entry);
    if (archive_write_header(r->out, entry) != ARCHIVE_OK)
        return refuse(r, "holds an entry that cannot be kept");
    return archive_entry_filetype(entry) != AE_IFREG || link || copy_content(r);
}

static bool copy(struct repack *r)
{
    struct archive_entry *entry;
    int status;

    while ((status = archive_read_next_header(r->in, &entry)) == ARCHIVE_OK ||
           status == ARCHIVE_WARN)
        if (!copy_entry(r, entry))
            return false;
    return status == ARCHIVE_EOF || refuse(r, "is no .tar.gz, or is damaged");
}

bool repack_slug(struct arena *arena, int in, int out, int strip, int64_t max_size,
                 const char **reason)
{
    struct repack r = {.arena = arena, .strip = strip, .left = max_size};
    bool good = false;

    r.in = archive_read_new();
    r.out = archive_write_new();
    if (!r.in || !r.out || archive_read_support_filter_gzip(r.in) != ARCHIVE_OK ||
        archive_read_support_format_tar(r.in) != ARCHIVE_OK ||
        archive_read_open_fd(r.in, in, BLOCK) != ARCHIVE_OK)
        (void)refuse(&r, "is no .tar.gz");
    else if (archive_write_set_format_pax_restricted(r.out) != ARCHIVE_OK ||
             archive_write_add_filter_gzip(r.out) != ARCHIVE_OK ||
             archive_write_set_bytes_in_last_block(r.out, 1) != ARCHIVE_OK ||
             archive_write_open_fd(r.out, out) != ARCHIVE_OK)
        (void)refuse(&r, "could not be written");
    else
        good = copy(&r) &&
               (archive_write_close(r.out) == ARCHIVE_OK || refuse(&r, "could not be written"));
    archive_read_free(r.in);
    archive_write_free(r.out);
    *reason = r.reason;
    return good;
}
