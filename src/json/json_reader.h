/* Reads a JSON text into a tree, within limits. The only folder that knows json-c.
 *
 * Refused: malformed text, trailing junk, nesting beyond max_depth, invalid UTF-8, NUL inside a
 * string (PostgreSQL cannot store it), duplicate keys keep the last value (RFC 8259 section 4). */
#ifndef TERRACE_JSON_JSON_READER_H
#define TERRACE_JSON_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct json_value; /* opaque; lives in the arena it was read into */

enum json_kind {
    JSON_NULL,
    JSON_BOOL,
    JSON_INT,
    JSON_DOUBLE,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

/* Returns NULL and a reason with its place (lower case, no full stop) for what is refused. A JSON
 * `null` document gives a value of kind JSON_NULL, never NULL. */
const struct json_value *json_read(struct arena *arena, const char *text, size_t len, int max_depth,
                                   const char **reason);

enum json_kind json_kind(const struct json_value *value);
const char *json_kind_name(enum json_kind kind); /* "a string", "a number", "an object" ... */

/* Member of an object; NULL when value is NULL, no object, or has no such member. A member that is
 * null comes back as a value of kind JSON_NULL. */
const struct json_value *json_get(const struct json_value *value, const char *key);
/* json_get along a path that ends with NULL: json_find(doc, "data", "attributes", NULL). */
const struct json_value *json_find(const struct json_value *value, ...) __attribute__((sentinel));

/* The accessors need the right kind; json_text returns NULL for any other kind (and for NULL). */
const char *json_text(const struct json_value *value);
size_t json_text_len(const struct json_value *value);
int64_t json_integer(const struct json_value *value);
double json_double(const struct json_value *value);
bool json_boolean(const struct json_value *value);

size_t json_length(const struct json_value *array);
const struct json_value *json_at(const struct json_value *array, size_t index);

/* Members in document order; start with *cursor NULL:
 *     void *cursor = NULL;
 *     while (json_next(object, &cursor, &key, &value)) ... */
bool json_next(const struct json_value *object, void **cursor, const char **key,
               const struct json_value **value);

/* Appends the value as JSON text. */
void json_print(struct buf *out, const struct json_value *value);

#endif
