/* See gpg_armor.h. Only the first packet is looked at: it is the primary key. */
#include "api/registry/gpg_armor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "crypto/crypto.h"

#define BEGIN "-----BEGIN PGP PUBLIC KEY BLOCK-----"
#define END "-----END PGP PUBLIC KEY BLOCK-----"

#define PACKET_PUBLIC_KEY 6
#define VERSION 4
/* version, time, algorithm */
#define MIN_BODY 6

static const char no_block[] = "is no armored public key block";
static const char no_key[] = "does not begin with a public key of version 4";

static const char *next_line(const char *at)
{
    const char *line_end = strchr(at, '\n');
    return line_end ? line_end + 1 : NULL;
}

static bool is_blank(const char *line)
{
    return line[strspn(line, " \t\r")] == '\n';
}

/* The base64 lines: behind the headers and the empty line, before the checksum or the end. */
static const char *body_of(const char *armor, size_t *len)
{
    const char *at = armor + strspn(armor, " \t\r\n");

    if (strncmp(at, BEGIN, strlen(BEGIN)) != 0 || !strstr(at, END))
        return NULL;
    for (at = next_line(at); at && !is_blank(at); at = next_line(at))
        if (!strchr(at, '\n') || strncmp(at, "-----", 5) == 0)
            return NULL;
    if (!at)
        return NULL;
    at = next_line(at);
    const char *from = at;
    while (at && *at != '=' && strncmp(at, "-----", 5) != 0)
        at = next_line(at);
    *len = at ? (size_t)(at - from) : 0;
    return at ? from : NULL;
}

/* The first packet's tag, and where its body is; -1 when it does not fit. */
static int packet(const unsigned char *bytes, size_t len, const unsigned char **body,
                  size_t *body_len)
{
    size_t at = 1, size = 0;

    if (len < 2 || !(bytes[0] & 0x80))
        return -1;
    if (bytes[0] & 0x40) { /* the new format */
        unsigned first = bytes[at++];
        if (first >= 224 && first < 255)
            return -1; /* partial lengths are for data, not for keys */
        size_t more = first < 192 ? 0 : first < 224 ? 1 : 4;
        if (len - at < more)
            return -1;
        size = more == 0 ? first : more == 1 ? ((first - 192) << 8) + bytes[at] + 192 : 0;
        for (size_t i = 0; more == 4 && i < more; i++)
            size = size << 8 | bytes[at + i];
        at += more;
    } else {
        static const size_t widths[] = {1, 2, 4, 0};
        size_t width = widths[bytes[0] & 3];
        if (width == 0 || len - at < width)
            return -1;
        for (size_t i = 0; i < width; i++)
            size = size << 8 | bytes[at++];
    }
    if (size > len - at)
        return -1;
    *body = bytes + at;
    *body_len = size;
    return bytes[0] & 0x40 ? bytes[0] & 0x3F : (bytes[0] >> 2) & 0x0F;
}

const char *gpg_armor_key_id(struct arena *arena, const char *armor,
                             char out[GPG_ARMOR_KEY_ID_SIZE])
{
    size_t len, size;
    const unsigned char *body;
    char sha1[CRYPTO_SHA1_HEX];
    const char *text = body_of(armor, &len);
    const unsigned char *bytes = text ? crypto_base64_decode(arena, text, len, &len) : NULL;

    if (!bytes)
        return no_block;
    if (packet(bytes, len, &body, &size) != PACKET_PUBLIC_KEY || size < MIN_BODY ||
        size > UINT16_MAX || body[0] != VERSION)
        return no_key;
    /* The fingerprint is of the body behind a header of the old format; the id is its end. */
    unsigned char *hashed = arena_alloc(arena, size + 3);
    hashed[0] = 0x99;
    hashed[1] = (unsigned char)(size >> 8);
    hashed[2] = (unsigned char)size;
    memcpy(hashed + 3, body, size);
    crypto_sha1_hex(hashed, size + 3, sha1);
    for (size_t i = 0; i < 16; i++)
        out[i] = sha1[24 + i] >= 'a' ? (char)(sha1[24 + i] - 'a' + 'A') : sha1[24 + i];
    out[16] = '\0';
    return NULL;
}
