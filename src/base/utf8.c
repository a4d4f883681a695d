/* UTF-8, by the table of well-formed sequences: only the second byte's range depends on the
 * first. */
#include "base/utf8.h"

static bool between(unsigned char c, unsigned char low, unsigned char high)
{
    return c >= low && c <= high;
}

static size_t expected(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (between(first, 0xc2, 0xdf))
        return 2;
    if (between(first, 0xe0, 0xef))
        return 3;
    return between(first, 0xf0, 0xf4) ? 4 : 0;
}

static bool second_fits(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return between(second, 0xa0, 0xbf);
    case 0xed:
        return between(second, 0x80, 0x9f);
    case 0xf0:
        return between(second, 0x90, 0xbf);
    case 0xf4:
        return between(second, 0x80, 0x8f);
    default:
        return between(second, 0x80, 0xbf);
    }
}

size_t utf8_char(const char *text, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t size = len > 0 ? expected(bytes[0]) : 0;
    if (size <= 1)
        return size;
    if (size > len || !second_fits(bytes[0], bytes[1]))
        return 0;
    for (size_t i = 2; i < size; i++)
        if (!between(bytes[i], 0x80, 0xbf))
            return 0;
    return size;
}

bool utf8_valid(const char *text, size_t len)
{
    while (len > 0) {
        size_t size = utf8_char(text, len);
        if (size == 0)
            return false;
        text += size;
        len -= size;
    }
    return true;
}

size_t utf8_put(char out[4], unsigned long code_point)
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    size_t size = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code_point & 0x3f));
        code_point >>= 6;
    }
    static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(marks[size] | code_point);
    return size;
}
