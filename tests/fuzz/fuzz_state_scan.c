/* The state scanner: pieces must not matter, what it keeps must be clean, and it must agree with
 * the JSON reader about what JSON is. */
#include "fuzz/fuzz.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "json/json_reader.h"
#include "terraform/state_scan.h"

static void same_text(const char *a, const char *b)
{
    MUST((a == NULL) == (b == NULL));
    if (a == NULL)
        return;
    MUST(strcmp(a, b) == 0);
    MUST(utf8_valid(a, strlen(a)));
}

static void same_resource(const struct state_resource *a, const struct state_resource *b)
{
    same_text(a->module, b->module);
    same_text(a->mode, b->mode);
    same_text(a->type, b->type);
    same_text(a->name, b->name);
    same_text(a->provider, b->provider);
    MUST(a->mode != NULL && a->type != NULL && a->name != NULL && a->provider != NULL);
    MUST(a->instance_count == b->instance_count);
    MUST(a->index_key_count == b->index_key_count && a->index_key_count <= a->instance_count);
    for (size_t i = 0; i < a->index_key_count; i++)
        same_text(a->index_keys[i], b->index_keys[i]);
}

static void same(const struct state_summary *a, const struct state_summary *b)
{
    MUST(a->version == b->version && a->serial == b->serial && a->truncated == b->truncated);
    same_text(a->lineage, b->lineage);
    same_text(a->terraform_version, b->terraform_version);
    MUST(a->output_count == b->output_count && a->resource_count == b->resource_count);
    for (size_t i = 0; i < a->output_count; i++) {
        same_text(a->outputs[i].name, b->outputs[i].name);
        same_text(a->outputs[i].value, b->outputs[i].value);
        same_text(a->outputs[i].type, b->outputs[i].type);
        MUST(a->outputs[i].sensitive == b->outputs[i].sensitive);
    }
    for (size_t i = 0; i < a->resource_count; i++)
        same_resource(&a->resources[i], &b->resources[i]);
}

static const struct state_summary *scan(struct arena *arena, const uint8_t *data, size_t size,
                                        bool pieces, const char **reason)
{
    struct state_scan *scanner = state_scan_new(arena);
    uint32_t draw = 12345;
    bool good = true;
    while (size > 0) {
        size_t len = pieces ? (draw = draw * 1103515245u + 12345u) >> 28 : size;
        if (len > size)
            len = size;
        bool now = state_scan_feed(scanner, (const char *)data, len);
        MUST(good || !now);
        good = now;
        data += len;
        size -= len;
    }
    const struct state_summary *summary = state_scan_end(scanner, reason);
    MUST((summary == NULL) == (*reason != NULL));
    MUST(good || summary == NULL);
    return summary;
}

/* The reader refuses more, for reasons of its own; never for its syntax. */
static void agree(struct arena *arena, const uint8_t *data, size_t size, bool scanned)
{
    static const char *const syntax[] = {
        "the text is empty",
        "the text is not valid JSON",
        "the text ends too early",
        "the text ends inside a string",
        "a string contains a control character",
        "a string contains an unknown escape",
        "a number is malformed",
        "something follows the JSON value",
    };
    const char *reason;
    const struct json_value *value = json_read(arena, (const char *)data, size, 512, &reason);
    if (value != NULL) {
        MUST(scanned == (json_kind(value) == JSON_OBJECT));
        return;
    }
    for (size_t i = 0; i < sizeof(syntax) / sizeof(syntax[0]); i++)
        MUST(!scanned || strcmp(reason, syntax[i]) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    const char *reason, *piecewise_reason;
    const struct state_summary *whole = scan(arena, data, size, false, &reason);
    const struct state_summary *pieces = scan(arena, data, size, true, &piecewise_reason);
    same_text(reason, piecewise_reason);
    if (whole != NULL)
        same(whole, pieces);
    agree(arena, data, size, whole != NULL);
    arena_free(arena);
    return 0;
}
