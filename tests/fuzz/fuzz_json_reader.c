/* json_read: what it accepts prints to a text that it accepts again, and that prints the same. */
#include "fuzz/fuzz.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "json/json_reader.h"

#define DEPTH 32

static void walk(const struct json_value *value, int depth)
{
    MUST(depth <= DEPTH);
    const char *text = json_text(value);
    MUST((text != NULL) == (json_kind(value) == JSON_STRING));
    if (text != NULL) {
        MUST(strlen(text) == json_text_len(value));
        MUST(utf8_valid(text, json_text_len(value)));
    }
    for (size_t i = 0; i < json_length(value); i++)
        walk(json_at(value, i), depth + 1);
    void *cursor = NULL;
    const char *key;
    const struct json_value *member;
    while (json_next(value, &cursor, &key, &member)) {
        MUST(json_get(value, key) == member);
        walk(member, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    const char *reason;
    const struct json_value *value = json_read(arena, (const char *)data, size, DEPTH, &reason);
    MUST((value == NULL) == (reason != NULL));
    if (value != NULL) {
        struct buf first, second;
        buf_init(&first, arena);
        buf_init(&second, arena);
        walk(value, 0);
        json_print(&first, value);
        value = json_read(arena, first.data, first.len, DEPTH, &reason);
        MUST(value != NULL);
        json_print(&second, value);
        MUST(strcmp(first.data, second.data) == 0);
    }
    arena_free(arena);
    return 0;
}
