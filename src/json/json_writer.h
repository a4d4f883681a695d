/* A streaming JSON writer: appends to a buf and places commas itself. It builds no tree. */
#ifndef TERRACE_JSON_JSON_WRITER_H
#define TERRACE_JSON_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

struct json_writer {
    struct buf *out;
    bool comma; /* the next value in this container needs a comma in front */
};

void json_writer_init(struct json_writer *w, struct buf *out);

void json_object_begin(struct json_writer *w);
void json_object_end(struct json_writer *w);
void json_array_begin(struct json_writer *w);
void json_array_end(struct json_writer *w);

void json_key(struct json_writer *w, const char *key);
/* text NULL writes null. Escapes what RFC 8259 demands, passes UTF-8 through. */
void json_string(struct json_writer *w, const char *text);
void json_string_n(struct json_writer *w, const char *text, size_t len);
void json_int(struct json_writer *w, int64_t value);
void json_bool(struct json_writer *w, bool value);
void json_null(struct json_writer *w);
/* text is JSON already (a jsonb column, a number in text form). */
void json_raw(struct json_writer *w, const char *text);

/* key and value in one call. */
void json_member_string(struct json_writer *w, const char *key, const char *text);
void json_member_int(struct json_writer *w, const char *key, int64_t value);
void json_member_bool(struct json_writer *w, const char *key, bool value);
void json_member_null(struct json_writer *w, const char *key);
void json_member_raw(struct json_writer *w, const char *key, const char *text);

#endif
