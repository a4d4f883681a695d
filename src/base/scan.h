/* Passes over the ordinary characters of JSON strings, eight at once: nearly all text is such. */
#ifndef TERRACE_BASE_SCAN_H
#define TERRACE_BASE_SCAN_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* The top bit of each byte of word that is a quote, a backslash or a control character. The lowest
 * mark is always a true one, those above it may not be. */
static inline uint64_t scan_marks(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t quote = word ^ ones * '"';
    uint64_t backslash = word ^ ones * '\\';

    return (((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
            ((word - ones * ' ') & ~word)) &
           tops;
}

/* Eight bytes, the first of them lowest. */
static inline uint64_t scan_load(const unsigned char *p)
{
    uint64_t word;

    memcpy(&word, p, 8);
    return le64toh(word);
}

/* How many bytes stand in front of the lowest mark. */
static inline int scan_before(uint64_t marks)
{
    return __builtin_ctzll(marks) / 8;
}

/* The first byte that is a quote, a backslash or a control character; end when there is none. */
static inline const unsigned char *scan_plain(const unsigned char *p, const unsigned char *end)
{
    for (; end - p >= 8; p += 8) {
        uint64_t marks = scan_marks(scan_load(p));

        if (marks != 0)
            return p + scan_before(marks);
    }
    while (p < end && *p != '"' && *p != '\\' && *p >= ' ')
        p++;
    return p;
}

/* The same, and the first byte that is not ASCII. */
static inline const unsigned char *scan_ascii(const unsigned char *p, const unsigned char *end)
{
    for (; end - p >= 8; p += 8) {
        uint64_t word = scan_load(p);
        uint64_t marks = scan_marks(word) | (word & 0x8080808080808080u);

        if (marks != 0)
            return p + scan_before(marks);
    }
    while (p < end && *p != '"' && *p != '\\' && *p >= ' ' && *p < 0x80)
        p++;
    return p;
}

#endif
