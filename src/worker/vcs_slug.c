/* See vcs_slug.h. */
#include "worker/vcs_slug.h"

#include <stdlib.h>
#include <unistd.h>

#include "archive/repack.h"
#include "archive/slug.h"
#include "base/arena.h"
#include "base/config.h"

#define PIECE ((size_t)64 * 1024)
/* How much larger than the largest upload an archive may be once it is unpacked: see slugs.c. */
#define UNPACKED 4

/* -1: there is no room for it. */
static int temporary_file(struct arena *arena)
{
    const char *folder = getenv("TMPDIR");
    char *name = arena_printf(arena, "%s/terrace-vcs-XXXXXX", folder && *folder ? folder : "/tmp");
    int fd = mkstemp(name);

    if (fd >= 0)
        unlink(name);
    return fd;
}

static struct vcs_answer no_room(void)
{
    return (struct vcs_answer){VCS_LATER, "sent an archive, but there is no room for it here"};
}

static struct vcs_answer fetch(struct worker *worker, const struct vcs_account *account,
                               const char *identifier, const char *sha, int packed, int slug)
{
    int64_t limit = worker->config->upload_limit;
    const char *reason = NULL;
    int strip = 0;
    struct vcs_answer answer =
        vcs_archive(worker->arena, account, identifier, sha, packed, limit, &strip);

    if (answer.result != VCS_OK)
        return answer;
    if (lseek(packed, 0, SEEK_SET) != 0)
        return no_room();
    if (!repack_slug(worker->arena, packed, slug, strip, limit * UNPACKED, &reason))
        return (struct vcs_answer){VCS_REFUSED,
                                   arena_printf(worker->arena, "sent an archive that %s", reason)};
    return lseek(slug, 0, SEEK_SET) == 0 ? answer : no_room();
}

struct vcs_answer vcs_slug_fetch(struct worker *worker, const struct vcs_account *account,
                                 const char *identifier, const char *sha, int *fd)
{
    int packed = temporary_file(worker->arena);
    struct vcs_answer answer = no_room();

    *fd = temporary_file(worker->arena);
    if (packed >= 0 && *fd >= 0)
        answer = fetch(worker, account, identifier, sha, packed, *fd);
    if (packed >= 0)
        close(packed);
    if (answer.result != VCS_OK && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    return answer;
}

struct source {
    struct blob_writer *writer;
    enum db_status status;
    int fd;
    char piece[PIECE];
};

/* What the check reads is stored as it passes. */
static ssize_t read_piece(void *object, const void **bytes)
{
    struct source *source = object;
    ssize_t len = read(source->fd, source->piece, PIECE);

    if (len > 0) {
        source->status = blob_writer_add(source->writer, source->piece, (size_t)len);
        if (source->status != DB_OK)
            return -1;
    }
    *bytes = source->piece;
    return len;
}

enum db_status vcs_slug_store(struct worker *worker, int fd, const char *organization_id,
                              struct blob_info *out, const char **reason)
{
    struct source *source = arena_alloc(worker->arena, sizeof *source);
    struct slug slug = {.reason = NULL};

    *reason = NULL;
    source->fd = fd;
    source->status = DB_OK;
    source->writer = blob_writer_begin(worker->db, worker->arena, worker->keyring, organization_id);
    if (lseek(fd, 0, SEEK_SET) != 0)
        return DB_FAILED;
    enum slug_verdict verdict = slug_read(worker->arena, read_piece, source,
                                          worker->config->upload_limit * UNPACKED, NULL, &slug);
    if (verdict == SLUG_REFUSED) {
        *reason = slug.reason;
        return DB_OK;
    }
    if (verdict == SLUG_CUT_OFF)
        return source->status != DB_OK ? source->status : DB_FAILED;
    return blob_writer_finish(source->writer, out);
}
