/* Lists of stages: see tasks.h. */
#include "api/tasks/tasks.h"

#include <string.h>

#include "json/json_reader.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/patch.h"

static bool is_repeated(const struct json_value *list, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(json_text(json_at(list, i)), json_text(json_at(list, index))) == 0)
            return true;
    return false;
}

bool task_stages_take(struct context *context, struct patch *patch, const struct json_value *list,
                      const char *column, const char *pointer)
{
    bool good = json_kind(list) == JSON_ARRAY && json_length(list) > 0;

    for (size_t i = 0; good && i < json_length(list); i++) {
        const char *stage = json_text(json_at(list, i));
        good = stage && patch_is_choice(TASK_STAGES, stage);
    }
    if (!good) {
        request_fail(context, ERROR_INVALID_ATTRIBUTE, pointer,
                     "Stages must be a list of pre_plan, post_plan, pre_apply and post_apply");
        return false;
    }
    json_key(&patch->w, column);
    json_array_begin(&patch->w);
    for (size_t i = 0; i < json_length(list); i++)
        if (!is_repeated(list, i))
            json_string(&patch->w, json_text(json_at(list, i)));
    json_array_end(&patch->w);
    patch->empty = false;
    return true;
}
