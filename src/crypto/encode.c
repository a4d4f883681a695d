/* Base64 in its two alphabets, and PKCE. Decoding accepts what old clients send: missing padding
 * and line breaks, and nothing else. */
#include "crypto/crypto.h"

#include "base/arena.h"

#include <sodium.h>
#include <string.h>

static char *encode(struct arena *arena, const void *bytes, size_t len, int variant)
{
    size_t size = sodium_base64_encoded_len(len, variant);
    char *text = arena_alloc(arena, size);
    return sodium_bin2base64(text, size, bytes, len, variant);
}

char *crypto_base64_encode(struct arena *arena, const void *bytes, size_t len)
{
    return encode(arena, bytes, len, sodium_base64_VARIANT_ORIGINAL);
}

/* Own code because libsodium's decoder is made for keys: constant time, and 20 times too slow for a
 * state of some megabytes. */
static int value_of(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

#define NO_VALUE 0x80

/* value_of() of every character, NO_VALUE for those without. */
static const unsigned char *value_table(void)
{
    static unsigned char table[256];

    if (table['/'] == 0)
        for (int c = 0; c < 256; c++) {
            int value = value_of((unsigned char)c);
            table[c] = value < 0 ? NO_VALUE : (unsigned char)value;
        }
    return table;
}

struct decoder {
    unsigned char *to;
    unsigned group; /* the characters of an unfinished group of four, six bits each */
    int count;      /* how many */
    int padding;
};

static void emit(struct decoder *decoder, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *decoder->to++ = (unsigned char)(decoder->group >> (16 - 8 * i));
}

static bool add_char(struct decoder *decoder, unsigned char c)
{
    if (c == '=') {
        decoder->padding++;
        return true;
    }
    int value = value_of(c);
    if (value < 0 || decoder->padding > 0)
        return false;
    decoder->group = decoder->group << 6 | (unsigned)value;
    if (++decoder->count == 4) {
        emit(decoder, 3);
        decoder->group = 0;
        decoder->count = 0;
    }
    return true;
}

/* Two characters make one byte, three make two; the bits left over must be zero, so that no two
 * texts stand for the same bytes. */
static bool finish(struct decoder *decoder)
{
    if (decoder->count == 0)
        return decoder->padding == 0;
    if (decoder->padding > 0 && decoder->count + decoder->padding != 4)
        return false;
    if (decoder->count == 1)
        return false;
    int bytes = decoder->count - 1;
    decoder->group <<= 6 * (4 - decoder->count);
    emit(decoder, bytes);
    return (decoder->group & (0xffffffu >> (8 * bytes))) == 0;
}

/* Whole groups of four up to the first character that is no digit; returns how many characters. */
static size_t decode_groups(struct decoder *decoder, const unsigned char *text, size_t len)
{
    const unsigned char *table = value_table();
    size_t done = 0;

    for (; len - done >= 4; done += 4) {
        unsigned a = table[text[done]], b = table[text[done + 1]];
        unsigned c = table[text[done + 2]], d = table[text[done + 3]];
        if ((a | b | c | d) & NO_VALUE)
            break;
        decoder->group = a << 18 | b << 12 | c << 6 | d;
        emit(decoder, 3);
    }
    decoder->group = 0;
    return done;
}

void *crypto_base64_decode(struct arena *arena, const char *text, size_t text_len, size_t *len)
{
    unsigned char *out = arena_alloc(arena, text_len / 4 * 3 + 3);
    struct decoder decoder = {.to = out};
    *len = 0;
    for (size_t i = 0; i < text_len; i++) {
        if (decoder.count == 0 && decoder.padding == 0)
            i += decode_groups(&decoder, (const unsigned char *)text + i, text_len - i);
        if (i == text_len)
            break;
        unsigned char c = (unsigned char)text[i];
        if (c != '\n' && c != '\r' && !add_char(&decoder, c))
            return NULL;
    }
    if (!finish(&decoder))
        return NULL;
    *len = (size_t)(decoder.to - out);
    return out;
}

char *crypto_base64url_encode(struct arena *arena, const void *bytes, size_t len)
{
    return encode(arena, bytes, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

char *crypto_pkce_challenge(struct arena *arena, const char *verifier)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)verifier, strlen(verifier));
    return crypto_base64url_encode(arena, hash, sizeof(hash));
}
