/* Walks through a JSON text without building a tree: finds where the members of an object and the
 * elements of an array begin and end. For texts too large for json_read(), whose parts are then
 * read one by one. It trusts that the text is what a program has written: structure is checked as
 * far as it is walked, values only when somebody reads them. */
#ifndef TERRACE_JSON_JSON_SPAN_H
#define TERRACE_JSON_JSON_SPAN_H

#include <stdbool.h>
#include <stddef.h>

/* A value: from its first to behind its last character. */
struct json_span {
    const char *at;
    size_t len;
};

struct json_walk {
    const char *next, *end;
    char close; /* '}' or ']' */
    bool first;
    bool broken; /* the text is no JSON: whatever came before is all there is */
};

/* The value that the text consists of; false when it is not one. */
bool json_span_whole(const char *text, size_t len, struct json_span *value);

/* Begins with an object's members or an array's elements; false for any other value. */
bool json_span_enter(struct json_span value, struct json_walk *walk);

/* The next member or element; false after the last one, and when the text is broken. key is what
 * stands between the quotes, as written; NULL is fine, and it is empty for an array. */
bool json_span_next(struct json_walk *walk, struct json_span *key, struct json_span *value);

/* Whether a key is this word. */
bool json_span_is(struct json_span key, const char *word);

/* Value of the first member of that name; false when there is none. */
bool json_span_get(struct json_span object, const char *key, struct json_span *value);

#endif
