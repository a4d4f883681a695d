/* See vcs_json.h. */
#include "vcs/vcs_json.h"

#include <stdlib.h>
#include <string.h>

#include "json/json_reader.h"

#define NAME_MAX_LEN 63

const struct json_value *vcs_json_at(const struct json_value *value, const char *path)
{
    while (value && *path) {
        size_t len = strcspn(path, ".");
        char name[NAME_MAX_LEN + 1];

        if (len > NAME_MAX_LEN)
            return NULL;
        memcpy(name, path, len);
        name[len] = '\0';
        if (json_kind(value) == JSON_ARRAY) {
            size_t index = strtoul(name, NULL, 10);
            value = index < json_length(value) ? json_at(value, index) : NULL;
        } else {
            value = json_get(value, name);
        }
        path += len + (path[len] == '.');
    }
    return value;
}

const char *vcs_json_text(const struct json_value *value, const char *path)
{
    const char *text = json_text(vcs_json_at(value, path));
    return text && *text ? text : NULL;
}
