/* The upload of a slug: see slugs.h. */
#include "api/slugs.h"

#include "api/objects.h"
#include "base/arena.h"
#include "base/config.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

#define PIECE ((size_t)64 * 1024)
/* How much larger than the largest upload an archive may be once it is unpacked. Configurations are
 * text, which shrinks to a third or less. */
#define UNPACKED 4

struct upload {
    struct context *context;
    struct object_body *body;
    struct blob_writer *writer;
    char piece[PIECE];
};

/* The source of the check: what it reads is stored as it passes. */
static ssize_t read_piece(void *object, const void **bytes)
{
    struct upload *upload = object;
    ssize_t len = object_body_read(upload->body, upload->piece, PIECE);

    if (len > 0 &&
        !db_ok(upload->context, blob_writer_add(upload->writer, upload->piece, (size_t)len)))
        return -1;
    *bytes = upload->piece;
    return len;
}

bool slugs_receive(struct context *context, const char *organization,
                   const struct slug_reader *reader, struct blob_info *out, const char **reason)
{
    struct upload *upload = arena_alloc(context->arena, sizeof *upload);
    int64_t max_size = context->service->config->upload_limit * UNPACKED;
    enum slug_verdict verdict;
    struct slug slug;

    upload->context = context;
    upload->body = object_body_open(context);
    if (!upload->body)
        return false;
    upload->writer = blob_writer_begin(context->service->db, context->arena,
                                       context->service->keyring, organization);
    verdict = slug_read(context->arena, read_piece, upload, max_size, reader, &slug);
    *reason = slug.reason;
    return verdict == SLUG_GOOD && db_ok(context, blob_writer_finish(upload->writer, out));
}
