/* See bundle.h. */
#include "archive/bundle.h"

#include <archive.h>
#include <archive_entry.h>

#include "base/buf.h"

#define MODE 0644

static la_ssize_t take(struct archive *archive, void *object, const void *bytes, size_t len)
{
    (void)archive;
    buf_add(object, bytes, len);
    return (la_ssize_t)len;
}

static bool add_file(struct archive *archive, const struct bundle_file *file)
{
    struct archive_entry *entry = archive_entry_new();
    bool good;

    if (!entry)
        return false;
    archive_entry_set_pathname(entry, file->path);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, MODE);
    archive_entry_set_size(entry, (la_int64_t)file->len);
    archive_entry_set_mtime(entry, 0, 0);
    good = archive_write_header(archive, entry) == ARCHIVE_OK &&
           archive_write_data(archive, file->bytes, file->len) == (la_ssize_t)file->len;
    archive_entry_free(entry);
    return good;
}

bool bundle_write(struct buf *out, const struct bundle_file *files, size_t count)
{
    struct archive *archive = archive_write_new();
    bool good = archive && archive_write_set_format_ustar(archive) == ARCHIVE_OK &&
                archive_write_add_filter_gzip(archive) == ARCHIVE_OK &&
                /* Without zeros behind the end of the gzip. */
                archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK &&
                archive_write_set_filter_option(archive, "gzip", "timestamp", NULL) == ARCHIVE_OK &&
                archive_write_open(archive, out, NULL, take, NULL) == ARCHIVE_OK;

    for (size_t i = 0; good && i < count; i++)
        good = add_file(archive, &files[i]);
    good = good && archive_write_close(archive) == ARCHIVE_OK;
    archive_write_free(archive);
    return good;
}
