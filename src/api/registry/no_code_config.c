/* See no_code_config.h. A default is said again, because null would not stand for it: a module
 * takes null for a value. So is a type, because a variable of the environment is read by it. */
#include "api/registry/no_code_config.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"

#define MAX_DEPTH 100

/* --- Text --- */

/* `${` and `%{` would begin a template. Doubling the sign keeps that readable, but not behind
 * another of its kind, where it would be read differently. */
static void quote_sign(struct buf *out, const char *text, const char *at)
{
    if (at[1] != '{')
        buf_addc(out, *at);
    else if (at > text && at[-1] == *at)
        buf_printf(out, "\\u%04x", (unsigned)(unsigned char)*at);
    else
        buf_printf(out, "%c%c", *at, *at);
}

static void quote_control(struct buf *out, char c)
{
    if (c == '\n')
        buf_adds(out, "\\n");
    else if (c == '\r')
        buf_adds(out, "\\r");
    else if (c == '\t')
        buf_adds(out, "\\t");
    else
        buf_printf(out, "\\u%04x", (unsigned)(unsigned char)c);
}

void no_code_config_quote(struct buf *out, const char *text)
{
    buf_addc(out, '"');
    for (const char *at = text; *at; at++)
        if (*at == '"' || *at == '\\')
            buf_printf(out, "\\%c", *at);
        else if (*at == '$' || *at == '%')
            quote_sign(out, text, at);
        else if ((unsigned char)*at < 0x20)
            quote_control(out, *at);
        else
            buf_addc(out, *at);
    buf_addc(out, '"');
}

/* What the language takes for a name, letters beyond ASCII among it. */
static bool is_identifier(const char *name)
{
    if (!name || !(isalpha((unsigned char)*name) || *name == '_' || (unsigned char)*name >= 0x80))
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && *name != '_' && *name != '-' &&
            (unsigned char)*name < 0x80)
            return false;
    return true;
}

/* Arguments of every call: no module may have variables of these names. */
static bool is_reserved(const char *name)
{
    static const char *const words[] = {"source", "version",  "providers",  "count",
                                        "locals", "for_each", "depends_on", "lifecycle"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(name, words[i]) == 0)
            return true;
    return false;
}

/* --- Values --- */

static void write_value(struct buf *out, const struct json_value *value);

static void write_list(struct buf *out, const struct json_value *value)
{
    buf_addc(out, '[');
    for (size_t i = 0; i < json_length(value); i++) {
        if (i > 0)
            buf_adds(out, ", ");
        write_value(out, json_at(value, i));
    }
    buf_addc(out, ']');
}

static void write_object(struct buf *out, const struct json_value *value)
{
    void *cursor = NULL;
    const char *key, *comma = "";
    const struct json_value *member;

    buf_addc(out, '{');
    while (json_next(value, &cursor, &key, &member)) {
        buf_adds(out, comma);
        comma = ", ";
        no_code_config_quote(out, key);
        buf_adds(out, " = ");
        write_value(out, member);
    }
    buf_addc(out, '}');
}

/* As deep as json_read() has let through. */
// NOLINTNEXTLINE(misc-no-recursion)
static void write_value(struct buf *out, const struct json_value *value)
{
    switch (json_kind(value)) {
    case JSON_STRING:
        no_code_config_quote(out, json_text(value));
        break;
    case JSON_ARRAY:
        write_list(out, value);
        break;
    case JSON_OBJECT:
        write_object(out, value);
        break;
    default:
        json_print(out, value);
    }
}

/* --- Blocks --- */

static bool is_true(const struct json_value *value)
{
    return json_kind(value) == JSON_BOOL && json_boolean(value);
}

/* What the module says for a default: JSON, or an expression that is more than a plain value. */
static void write_default(struct buf *out, const char *text)
{
    const char *reason;
    const struct json_value *value = json_read(out->arena, text, strlen(text), MAX_DEPTH, &reason);

    buf_adds(out, "  default     = ");
    if (value)
        write_value(out, value);
    else
        buf_adds(out, text);
    buf_addc(out, '\n');
}

/* As it stands in the module. A description that was made before that was kept has it on one line
 * only, which means the same unless it has several members or a comment. */
static const char *type_of(const struct json_value *input, const struct json_value *more)
{
    const char *type = json_text(json_get(more, "type"));

    if (!type) {
        type = json_text(json_get(input, "type"));
        if (type && (strpbrk(type, "{#") || strstr(type, "//") || strstr(type, "/*")))
            type = NULL;
    }
    return type && *type ? type : NULL;
}

static void write_variable(struct buf *out, const struct json_value *input,
                           const struct json_value *more)
{
    const char *type = type_of(input, more);
    const char *description = json_text(json_get(input, "description"));

    buf_printf(out, "variable \"%s\" {\n", json_text(json_get(input, "name")));
    if (type)
        buf_printf(out, "  type        = %s\n", type);
    if (description && *description) {
        buf_adds(out, "  description = ");
        no_code_config_quote(out, description);
        buf_addc(out, '\n');
    }
    if (!is_true(json_get(input, "required")))
        write_default(out, json_text(json_get(input, "default")));
    if (is_true(json_get(input, "sensitive")))
        buf_adds(out, "  sensitive   = true\n");
    buf_adds(out, "}\n\n");
}

/* Where nothing is known of an output but its name it may be a secret. */
static void write_output(struct buf *out, const char *label, const char *name,
                         const struct json_value *more)
{
    const struct json_value *sensitive = json_get(more, "sensitive");

    if (is_true(json_get(more, "ephemeral"))) /* the root of a configuration can have none */
        return;
    buf_printf(out, "\noutput \"%s\" {\n  value     = module.%s.%s\n", name, label, name);
    if (!sensitive || is_true(sensitive))
        buf_adds(out, "  sensitive = true\n");
    buf_adds(out, "}\n");
}

/* Every name becomes a word of the text. */
static bool check_names(struct buf *out, const struct json_value *items, const char *kind,
                        const char **reason)
{
    for (size_t i = 0; i < json_length(items); i++) {
        const char *name = json_text(json_get(json_at(items, i), "name"));
        bool input = strcmp(kind, "variable") == 0;
        if (is_identifier(name) && !(input && is_reserved(name)))
            continue;
        *reason = arena_printf(out->arena, "declares a %s whose name cannot be used: %s", kind,
                               name ? name : "");
        return false;
    }
    return true;
}

static void write_call(struct buf *out, const struct no_code_call *call, const char *label,
                       const struct json_value *inputs)
{
    buf_printf(out, "module \"%s\" {\n  source  = ", label);
    no_code_config_quote(out, call->source);
    buf_adds(out, "\n  version = ");
    no_code_config_quote(out, call->version);
    buf_adds(out, "\n");
    for (size_t i = 0; i < json_length(inputs); i++) {
        const char *name = json_text(json_get(json_at(inputs, i), "name"));
        buf_printf(out, "%s  %s = var.%s\n", i == 0 ? "\n" : "", name, name);
    }
    buf_adds(out, "}\n");
}

bool no_code_config_write(struct buf *out, const struct no_code_call *call, const char **reason)
{
    const struct json_value *inputs = json_find(call->contents, "root", "inputs", NULL);
    const struct json_value *outputs = json_find(call->contents, "root", "outputs", NULL);
    const struct json_value *interface = json_get(call->contents, "interface");
    const char *label =
        is_identifier(call->name) ? call->name : arena_printf(out->arena, "module_%s", call->name);

    if (!check_names(out, inputs, "variable", reason) ||
        !check_names(out, outputs, "output", reason))
        return false;
    for (size_t i = 0; i < json_length(inputs); i++)
        write_variable(out, json_at(inputs, i), json_at(json_get(interface, "inputs"), i));
    write_call(out, call, label, inputs);
    for (size_t i = 0; i < json_length(outputs); i++)
        write_output(out, label, json_text(json_get(json_at(outputs, i), "name")),
                     json_at(json_get(interface, "outputs"), i));
    return true;
}
