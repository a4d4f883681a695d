/* Providers and modules of a configuration: see dependencies.h. */
#include "runner/dependencies.h"

#include <string.h>

#include "base/buf.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

#define DEPTH 8
/* A name or an address; what is longer is none. */
#define LONGEST 512

static const char *short_text(const struct json_value *value)
{
    const char *text = json_text(value);
    return text != NULL && *text != '\0' && strlen(text) <= LONGEST ? text : NULL;
}

static void write_providers(struct json_writer *w, const struct json_value *selections)
{
    const struct json_value *version;
    const char *source;
    void *cursor = NULL;
    size_t count = 0;

    json_key(w, "providers");
    json_object_begin(w);
    while (selections != NULL && json_kind(selections) == JSON_OBJECT &&
           json_next(selections, &cursor, &source, &version))
        if (short_text(version) != NULL && strlen(source) <= LONGEST && count++ < DEPENDENCIES_MAX)
            json_member_string(w, source, short_text(version));
    json_object_end(w);
}

/* The root is a module too, without a key. */
static void write_modules(struct json_writer *w, const struct json_value *list)
{
    size_t count = 0;

    json_key(w, "modules");
    json_object_begin(w);
    for (size_t i = 0; list != NULL && json_kind(list) == JSON_ARRAY && i < json_length(list);
         i++) {
        const char *key = short_text(json_get(json_at(list, i), "Key"));
        if (key == NULL || count++ >= DEPENDENCIES_MAX)
            continue;
        json_key(w, key);
        json_object_begin(w);
        json_member_string(w, "source", short_text(json_get(json_at(list, i), "Source")));
        json_member_string(w, "version", short_text(json_get(json_at(list, i), "Version")));
        json_object_end(w);
    }
    json_object_end(w);
}

void dependencies_write(struct arena *arena, const char *versions, size_t versions_len,
                        const char *modules, size_t modules_len, struct buf *out)
{
    const char *reason;
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    write_providers(&w, json_get(json_read(arena, versions, versions_len, DEPTH, &reason),
                                 "provider_selections"));
    write_modules(&w, json_get(json_read(arena, modules, modules_len, DEPTH, &reason), "Modules"));
    json_object_end(&w);
}
