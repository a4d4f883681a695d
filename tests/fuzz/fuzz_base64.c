/* Base64: what decodes has exactly one spelling, but for padding and line breaks. */
#include "fuzz/fuzz.h"

#include "base/arena.h"
#include "base/buf.h"
#include "crypto/crypto.h"

static const char *bare(struct arena *arena, const char *text, size_t len)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < len; i++)
        if (text[i] != '\n' && text[i] != '\r' && text[i] != '=')
            buf_addc(&out, text[i]);
    return buf_str(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    size_t len, again_len;
    void *bytes = crypto_base64_decode(arena, (const char *)data, size, &len);
    if (bytes != NULL) {
        char *text = crypto_base64_encode(arena, bytes, len);
        MUST(strcmp(bare(arena, (const char *)data, size), bare(arena, text, strlen(text))) == 0);
    }
    char *text = crypto_base64_encode(arena, data, size);
    void *again = crypto_base64_decode(arena, text, strlen(text), &again_len);
    MUST(again != NULL && again_len == size && (size == 0 || memcmp(again, data, size) == 0));
    arena_free(arena);
    return 0;
}
