/* Cookie headers: a value is a piece of the header without its separator. */
#include "fuzz/fuzz.h"

#include "unit/http/fake_io.h"

static void check_value(const char *header, const char *value)
{
    MUST(value == NULL || strstr(header, value) != NULL);
    MUST(value == NULL || strchr(value, ';') == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_request request = {.arena = arena_new()};
    char *text = malloc(size + 1);

    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    request.cookie = text;
    check_value(text, http_cookie(&request, "session"));
    check_value(text, http_cookie(&request, "a"));
    check_value(text, http_cookie(&request, ""));
    arena_free(request.arena);
    free(text);
    return 0;
}
