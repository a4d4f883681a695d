/* A regular expression in the syntax of RE2, as a tree. */
#ifndef TERRACE_SENTINEL_REGEX_PARSE_H
#define TERRACE_SENTINEL_REGEX_PARSE_H

#include <stdint.h>

#include "sentinel/vm.h"

typedef uint32_t rune;

enum regex_kind {
    REGEX_EMPTY,
    REGEX_CLASS, /* ranges */
    REGEX_CONCAT,
    REGEX_ALTERNATE,
    REGEX_REPEAT,
    REGEX_LINE_START,
    REGEX_LINE_END,
    REGEX_TEXT_START,
    REGEX_TEXT_END,
    REGEX_WORD_BORDER,
    REGEX_NO_WORD_BORDER,
};

struct regex_range {
    rune low, high;
};

struct regex_ranges {
    struct regex_range *items;
    size_t count, cap;
};

struct regex_tree {
    enum regex_kind kind;
    struct regex_ranges class;
    struct regex_tree *a, *b;
    int min, max; /* max -1: no end */
};

/* NULL: *reason says what is wrong with the pattern or not supported in it, or is NULL when
 * vm->error is set. */
struct regex_tree *regex_parse(struct vm *vm, const char *text, size_t len, const char **reason);

/* The next character; a byte that is no UTF-8 is U+FFFD, as in Go. */
rune regex_next_rune(const char **at, const char *end);

/* An ASCII letter. */
bool regex_is_cased(rune c);

#endif
