/* The variables of a workspace of a no-code module: see no_code_deploy.h. Whoever may write them
 * later may write others; what is checked here is what the module asks of a workspace that is made
 * or upgraded. */
#include "api/registry/no_code_deploy.h"

#include <string.h>

#include "api/resources.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/config.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

#define POINTER "/data/relationships/vars"
#define MAX_VARS 500
#define MAX_DEPTH 8

struct given {
    const char *pointer;
    struct patch members;           /* to look up attributes by */
    const char *key;                /* NULL: not there, which the variable's own rules say */
    const char *category;           /* terraform or env; else what was said */
    const struct json_value *input; /* that it is of; NULL for env */
};

const struct json_value *no_code_vars_given(const struct context *context)
{
    const struct json_value *data =
        json_find(context->document, "data", "relationships", "vars", "data", NULL);
    return json_kind(data) == JSON_ARRAY ? data : NULL;
}

static const struct json_value *input_named(const struct no_code_deployment *deployment,
                                            const char *name)
{
    const struct json_value *inputs = json_find(deployment->contents, "root", "inputs", NULL);

    for (size_t i = 0; i < json_length(inputs); i++)
        if (strcmp(json_text(json_get(json_at(inputs, i), "name")), name) == 0)
            return json_at(inputs, i);
    return NULL;
}

static bool is_true(const struct json_value *value)
{
    return json_kind(value) == JSON_BOOL && json_boolean(value);
}

static struct given read_given(struct context *context, const struct no_code_deployment *deployment,
                               const struct json_value *item, size_t place)
{
    const struct patch members = {.attributes = json_get(item, "attributes")};
    const char *category = json_text(patch_attribute(&members, "category"));
    const char *key = json_text(patch_attribute(&members, "key"));

    if (!category)
        category = "terraform";
    else if (strcmp(category, "environment") == 0)
        category = "env";
    return (struct given){
        .pointer = arena_printf(context->arena, POINTER "/data/%zu", place),
        .members = members,
        .key = key,
        .category = category,
        .input = key && strcmp(category, "terraform") == 0 ? input_named(deployment, key) : NULL,
    };
}

/* --- What the module asks of them --- */

/* As an expression a string has its quotes. */
static bool is_choice(const char *value, bool hcl, const struct json_value *choices)
{
    size_t len = strlen(value);

    if (hcl && len >= 2 && value[0] == '"' && value[len - 1] == '"') {
        value++;
        len -= 2;
    }
    for (size_t i = 0; i < json_length(choices); i++) {
        const char *choice = json_text(json_at(choices, i));
        if (choice && strlen(choice) == len && memcmp(choice, value, len) == 0)
            return true;
    }
    return false;
}

static const char *list_choices(struct context *context, const struct json_value *choices)
{
    struct buf out;

    buf_init(&out, context->arena);
    for (size_t i = 0; i < json_length(choices); i++)
        buf_printf(&out, "%s%s", i ? ", " : "", json_text(json_at(choices, i)));
    return buf_str(&out);
}

static void check_terraform(struct context *context, const struct no_code_deployment *deployment,
                            const struct given *given)
{
    const struct json_value *choices = json_get(deployment->choices, given->key);
    const char *value = json_text(patch_attribute(&given->members, "value"));

    if (!given->input)
        request_fail(context, ERROR_INVALID_RELATIONSHIP, given->pointer,
                     "%s is no variable of version %s of the module", given->key,
                     deployment->version);
    else if (choices && value &&
             !is_choice(value, is_true(patch_attribute(&given->members, "hcl")), choices))
        request_fail(context, ERROR_INVALID_RELATIONSHIP, given->pointer, "%s must be one of: %s",
                     given->key, list_choices(context, choices));
    else if (choices && !value)
        request_fail(context, ERROR_INVALID_RELATIONSHIP, given->pointer, "%s needs a value",
                     given->key);
}

/* Values by another way would pass by the choices. */
static void check_environment(struct context *context, const struct given *given)
{
    if (strncmp(given->key, "TF_VAR_", 7) == 0 || strncmp(given->key, "TF_CLI_ARGS", 11) == 0)
        request_fail(context, ERROR_INVALID_RELATIONSHIP, given->pointer,
                     "%s cannot be set here: variables of the module have the category terraform",
                     given->key);
}

static void check_twice(struct context *context, const struct no_code_deployment *deployment,
                        const struct json_value *data, const struct given *given, size_t place)
{
    for (size_t i = 0; i < place; i++) {
        struct given other = read_given(context, deployment, json_at(data, i), i);
        if (other.key && strcmp(other.key, given->key) == 0 &&
            strcmp(other.category, given->category) == 0) {
            request_fail(context, ERROR_INVALID_RELATIONSHIP, given->pointer, "%s is given twice",
                         given->key);
            return;
        }
    }
}

static void check(struct context *context, const struct no_code_deployment *deployment,
                  const struct json_value *data)
{
    for (size_t i = 0; i < json_length(data); i++) {
        struct given given = read_given(context, deployment, json_at(data, i), i);
        if (!given.key)
            continue;
        if (strcmp(given.category, "terraform") == 0)
            check_terraform(context, deployment, &given);
        else
            check_environment(context, &given);
        check_twice(context, deployment, data, &given, i);
    }
}

/* --- Writing them --- */

static void pass(struct json_writer *w, struct arena *arena, const struct given *given,
                 const char *name)
{
    const struct json_value *value = patch_attribute(&given->members, name);
    struct buf text;

    if (!value)
        return;
    buf_init(&text, arena);
    json_print(&text, value);
    json_member_raw(w, name, buf_str(&text));
}

/* A value of more than one part can only be said as an expression. */
static bool is_compound(const struct json_value *input)
{
    const char *type = json_text(json_get(input, "type"));
    return type && strchr(type, '(') != NULL;
}

/* The variable as its own resource reads it. What the module calls sensitive is so. */
static const struct json_value *variable_document(struct context *context,
                                                  const struct given *given)
{
    static const char *const passed[] = {"key", "value", "description"};
    const char *reason;
    struct buf text;
    struct json_writer w;

    buf_init(&text, context->arena);
    json_writer_init(&w, &text);
    json_object_begin(&w);
    json_key(&w, "attributes");
    json_object_begin(&w);
    for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++)
        pass(&w, context->arena, given, passed[i]);
    json_member_string(&w, "category", given->category);
    if (is_compound(given->input) && !patch_attribute(&given->members, "hcl"))
        json_member_bool(&w, "hcl", true);
    else
        pass(&w, context->arena, given, "hcl");
    if (is_true(json_get(given->input, "sensitive")))
        json_member_bool(&w, "sensitive", true);
    else
        pass(&w, context->arena, given, "sensitive");
    json_object_end(&w);
    json_object_end(&w);
    return json_read(context->arena, buf_str(&text), text.len,
                     MAX_DEPTH + (int)context->service->config->json_depth, &reason);
}

static bool write_one(struct context *context, const char *workspace_id, const struct given *given)
{
    const char *actor = principal_actor(&context->principal);
    struct rows *found = NULL;
    struct patch patch;

    if (given->key && !CONTEXT_QUERY(context, STATEMENT_WORKSPACE_VAR_NAMED, &found, workspace_id,
                                     given->category, given->key))
        return false;
    const char *id = found ? rows_get(found, 0, "id") : NULL;
    if (!patch_read_object(context, &variable_resource, variable_document(context, given),
                           given->pointer, id, !id, &patch))
        return false;
    if (id)
        return CONTEXT_QUERY(context, STATEMENT_VAR_UPDATE, NULL, id, buf_str(&patch.text), actor);
    return CONTEXT_QUERY(context, STATEMENT_WORKSPACE_VAR_CREATE, NULL, patch.id, workspace_id,
                         buf_str(&patch.text), actor);
}

/* ["name"] of the inputs that have no default. */
static const char *required_inputs(struct context *context,
                                   const struct no_code_deployment *deployment)
{
    const struct json_value *inputs = json_find(deployment->contents, "root", "inputs", NULL);
    struct buf out;
    struct json_writer w;

    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_array_begin(&w);
    for (size_t i = 0; i < json_length(inputs); i++)
        if (is_true(json_get(json_at(inputs, i), "required")))
            json_string(&w, json_text(json_get(json_at(inputs, i), "name")));
    json_array_end(&w);
    return buf_str(&out);
}

bool no_code_vars_write(struct context *context, const struct no_code_deployment *deployment,
                        const char *workspace_id)
{
    const struct json_value *data = no_code_vars_given(context);
    struct rows *missing = NULL;

    if (json_length(data) > MAX_VARS)
        request_fail(context, ERROR_INVALID_RELATIONSHIP, POINTER,
                     "At most %d variables can be given", MAX_VARS);
    else
        check(context, deployment, data);
    for (size_t i = 0; i < json_length(data) && !request_failed(context); i++) {
        struct given given = read_given(context, deployment, json_at(data, i), i);
        if (!write_one(context, workspace_id, &given))
            return false;
    }
    if (request_failed(context) ||
        !CONTEXT_QUERY(context, STATEMENT_NO_CODE_INPUT_MISSING, &missing, workspace_id,
                       required_inputs(context, deployment)))
        return false;
    for (size_t i = 0; i < rows_count(missing); i++)
        request_fail(context, ERROR_INVALID_RELATIONSHIP, POINTER,
                     "%s has no value, and the module has no default for it",
                     rows_get(missing, i, "name"));
    return !request_failed(context);
}
