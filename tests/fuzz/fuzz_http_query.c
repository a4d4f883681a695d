/* Query strings and forms: what is decoded is UTF-8, and nothing is decoded out of nothing. */
#include "fuzz/fuzz.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "http/http_form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    const struct http_query_param *params;
    size_t count, decoded = 0;
    bool clean;

    arena = arena != NULL ? arena : arena_new();
    clean = http_form_decode(arena, (const char *)data, size, &params, &count);
    for (size_t i = 0; i < count; i++) {
        size_t name = strlen(params[i].name), value = strlen(params[i].value);

        MUST(utf8_valid(params[i].name, name) && utf8_valid(params[i].value, value));
        MUST(http_form_value(params, count, params[i].name) != NULL);
        decoded += name + value;
    }
    MUST(decoded <= size);
    MUST(clean == (http_parse_form(arena, (const char *)data, size, &params) == count && clean));
    arena_reset(arena);
    return 0;
}
