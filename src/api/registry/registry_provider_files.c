/* The files of a provider: SHA256SUMS and its signature of a version, a zip of each platform. Each
 * comes once, by signed URL; what a client verified yesterday is what it gets tomorrow. Whether
 * they fit together is for the client to verify, which it does. */
#include "api/registry/registry_area.h"

#include <string.h>

#include "api/objects.h"
#include "api/resources.h"
#include "base/arena.h"
#include "blob/blob.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

#define PIECE ((size_t)64 * 1024)
/* Of sums and signatures, which the CLI reads into memory. */
#define MAX_SUMS (1024 * 1024)

#define OBJECTS "/api/v2/objects/"

static const struct {
    const char *name; /* in the database */
    const char *link; /* in `links` */
    const char *upload, *download;
    enum statement store;
    const char *content_type;
    long long max; /* 0: the server's limit */
} files[] = {
    [REGISTRY_FILE_SHASUMS] = {"shasums", "shasums", "provider-shasums-upload", "provider-shasums",
                               STATEMENT_REGISTRY_PROVIDER_SHASUMS_STORE,
                               "text/plain; charset=utf-8", MAX_SUMS},
    [REGISTRY_FILE_SHASUMS_SIG] = {"shasums-sig", "shasums-sig", "provider-shasums-sig-upload",
                                   "provider-shasums-sig",
                                   STATEMENT_REGISTRY_PROVIDER_SHASUMS_SIG_STORE,
                                   "application/octet-stream", MAX_SUMS},
    [REGISTRY_FILE_BINARY] = {"binary", "provider-binary", "provider-binary-upload",
                              "provider-binary", STATEMENT_REGISTRY_PROVIDER_BINARY_STORE,
                              "application/zip", 0},
};

#define FILE_COUNT (sizeof files / sizeof files[0])

const char *registry_provider_files_url(struct context *context, enum registry_file file,
                                        const char *id)
{
    return object_url(context, files[file].download, id);
}

void registry_provider_files_link(struct context *context, struct json_writer *w,
                                  const struct row *row, enum registry_file file, bool there)
{
    const char *id = row_get(row, "id");

    if (there)
        json_member_string(w, arena_printf(context->arena, "%s-download", files[file].link),
                           object_url(context, files[file].download, id));
    else if (registry_area_may(row, PERMISSION_MASK(ORG_PROVIDERS)))
        json_member_string(w, arena_printf(context->arena, "%s-upload", files[file].link),
                           object_url(context, files[file].upload, id));
}

/* The file that the route is for, by the action in its pattern. */
static enum registry_file file_of(const struct context *context)
{
    const char *action = context->route->http.pattern + strlen(OBJECTS);
    size_t len = strcspn(action, "/");

    for (size_t i = 0; i < FILE_COUNT; i++)
        if ((strlen(files[i].upload) == len && strncmp(files[i].upload, action, len) == 0) ||
            (strlen(files[i].download) == len && strncmp(files[i].download, action, len) == 0))
            return (enum registry_file)i;
    return REGISTRY_FILE_BINARY;
}

static const struct rows *find(struct context *context, enum registry_file file, const char *id)
{
    struct rows *rows = NULL;

    if (CONTEXT_QUERY(context, STATEMENT_REGISTRY_PROVIDER_FILE, &rows, files[file].name, id) &&
        !rows)
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    return request_failed(context) ? NULL : rows;
}

static void fail_spent(struct context *context)
{
    request_fail(context, ERROR_CONFLICT, NULL,
                 "This upload URL is spent: the file is there already; publish a new version");
}

static bool receive(struct context *context, const char *organization, long long max,
                    struct blob_info *out)
{
    struct object_body *body = object_body_open(context);
    char *piece = arena_alloc(context->arena, PIECE);
    long long total = 0;
    ssize_t n;

    if (!body)
        return false;
    struct blob_writer *writer = blob_writer_begin(context->service->db, context->arena,
                                                   context->service->keyring, organization);
    while ((n = object_body_read(body, piece, PIECE)) > 0) {
        total += n;
        if (max && total > max) {
            request_fail(context, ERROR_TOO_LARGE, NULL, "This file may have at most %lld bytes",
                         max);
            return false;
        }
        if (!db_ok(context, blob_writer_add(writer, piece, (size_t)n)))
            return false;
    }
    if (n == 0 && total == 0)
        request_fail(context, ERROR_UNPROCESSABLE, NULL, "The file is empty");
    return n == 0 && total > 0 && db_ok(context, blob_writer_finish(writer, out));
}

void registry_provider_files_upload(struct context *context)
{
    struct db *db = context->service->db;
    enum registry_file file = file_of(context);
    const char *id = object_id(context, files[file].upload);
    const struct rows *rows = id ? find(context, file, id) : NULL;
    struct rows *stored = NULL;
    struct blob_info blob;

    if (!rows)
        return;
    if (rows_get(rows, 0, "blob_id")) {
        fail_spent(context);
        return;
    }
    if (!db_ok(context, db_begin(db)) ||
        !receive(context, rows_get(rows, 0, "organization_id"), files[file].max, &blob) ||
        !CONTEXT_QUERY(context, files[file].store, &stored, id, blob.id))
        return;
    if (!stored)
        fail_spent(context); /* another upload was faster */
    else if (db_ok(context, db_commit(db)))
        context->request->status = 200;
}

void registry_provider_files_download(struct context *context)
{
    enum registry_file file = file_of(context);
    const char *id = object_id(context, files[file].download);
    const struct rows *rows = id ? find(context, file, id) : NULL;

    if (!rows)
        return;
    if (rows_get(rows, 0, "blob_id"))
        object_send(context, rows_get(rows, 0, "blob_id"), files[file].content_type);
    else
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
}
