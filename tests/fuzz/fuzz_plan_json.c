/* Plans as no CLI writes them: what is made of a JSON text must be one, and a value that is marked
 * as a whole must not be in it. */
#define _GNU_SOURCE /* memfd_create, memmem */
#include "fuzz/fuzz.h"

#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "runner/plan_json.h"

#include <sys/mman.h>
#include <unistd.h>

#define SCHEMAS "{\"format_version\":\"1.0\",\"provider_schemas\":{}}"
#define DEPTH 400

/* The document for people, in the arena; NULL when there is none. */
static const char *redact(struct arena *arena, const char *plan, size_t len, size_t *out_len)
{
    int fd = memfd_create("redacted", MFD_CLOEXEC);
    MUST(fd >= 0);
    bool good = plan_json_redact(plan, len, SCHEMAS, strlen(SCHEMAS), fd);
    off_t size = lseek(fd, 0, SEEK_END);
    char *text = arena_alloc(arena, (size_t)size + 1);
    MUST(pread(fd, text, (size_t)size, 0) == size);
    close(fd);
    *out_len = (size_t)size;
    return good ? text : NULL;
}

static void check_plan(struct arena *arena, const char *text, size_t len)
{
    const char *reason;
    size_t out_len;
    struct counts counts;
    struct buf declared;
    buf_init(&declared, arena);
    plan_json_read(text, len, &counts, &declared);
    MUST(counts.additions >= 0 && counts.changes >= 0 && counts.destructions >= 0);
    const char *out = redact(arena, text, len, &out_len);
    if (out != NULL && json_read(arena, text, len, DEPTH, &reason) != NULL)
        MUST(json_read(arena, out, out_len, DEPTH, &reason) != NULL);
}

static void check_secret(struct arena *arena, const char *text, size_t len)
{
    const char *reason;
    size_t out_len;
    struct buf plan;
    if (len < 12 || json_read(arena, text, len, DEPTH / 2, &reason) == NULL)
        return;
    buf_init(&plan, arena);
    buf_adds(&plan,
             "{\"output_changes\":{\"o\":{\"before\":null,\"after_sensitive\":true,\"after\":");
    buf_add(&plan, text, len);
    buf_adds(&plan, "}}}");
    const char *out = redact(arena, plan.data, plan.len, &out_len);
    MUST(out == NULL || memmem(out, out_len, text, len) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    check_plan(arena, (const char *)data, size);
    check_secret(arena, (const char *)data, size);
    arena_free(arena);
    return 0;
}
