/* Well-formed UTF-8 (Unicode 15, table 3-7): no overlong forms, no surrogates, nothing above
 * U+10FFFF. */
#ifndef TERRACE_BASE_UTF8_H
#define TERRACE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes (1 to 4) of the character that text begins with; 0 when it begins with none. NUL is a
 * character like others. */
size_t utf8_char(const char *text, size_t len);
bool utf8_valid(const char *text, size_t len);
/* Writes the code point (not above U+10FFFF) and returns how many bytes it took. */
size_t utf8_put(char out[4], unsigned long code_point);

#endif
