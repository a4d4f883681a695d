/* The little languages of SCIM: `userName eq "x" and active eq true`, and the paths of PATCH like
 * `emails[type eq "work"].value`. See scim.h. */
#include "api/scim/scim.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "json/json_reader.h"

/* Each is a statement or two while the transaction is open. */
#define MAX_OPERATIONS 1000

#define URN "urn:ietf:params:scim:schemas:"

static const char *skip_space(const char *text)
{
    return text + strspn(text, " \t");
}

/* `urn:...:2.0:User:userName` is userName. */
static const char *without_urn(const char *text)
{
    if (strncasecmp(text, URN, strlen(URN)) != 0)
        return text;
    const char *colon = strrchr(text, ':');
    return colon + 1;
}

/* Cuts an attribute off: up to a blank or the end, but not inside brackets or quotes. */
static const char *cut_attribute(struct scim *scim, const char **at)
{
    const char *start = *at;
    bool quoted = false;
    int depth = 0;
    size_t n = 0;

    for (; start[n]; n++) {
        if (quoted && start[n] == '\\' && start[n + 1])
            n++;
        else if (start[n] == '"')
            quoted = !quoted;
        else if (!quoted && start[n] == '[')
            depth++;
        else if (!quoted && start[n] == ']')
            depth--;
        else if (!quoted && depth == 0 && (start[n] == ' ' || start[n] == '\t'))
            break;
    }
    *at = skip_space(start + n);
    return arena_strndup(scim->context->arena, start, n);
}

/* Cuts a value off: a JSON string, or a word (true, false, a number). NULL: there is none. */
static const char *cut_value(struct scim *scim, const char **at)
{
    const char *start = *at, *reason;
    size_t n = 0;

    if (*start != '"') {
        n = strcspn(start, " \t]");
        *at = skip_space(start + n);
        return n > 0 ? arena_strndup(scim->context->arena, start, n) : NULL;
    }
    for (n = 1; start[n] && start[n] != '"'; n++)
        if (start[n] == '\\' && start[n + 1])
            n++;
    if (!start[n])
        return NULL;
    *at = skip_space(start + n + 1);
    return json_text(json_read(scim->context->arena, start, n + 1, 1, &reason));
}

static bool cut_word(const char **at, const char *word)
{
    size_t len = strlen(word);

    if (strncasecmp(*at, word, len) != 0 || ((*at)[len] != ' ' && (*at)[len] != '\t'))
        return false;
    *at = skip_space(*at + len);
    return true;
}

static bool is_one_of(const char *list, const char *name)
{
    size_t len = strlen(name);

    for (;;) {
        size_t n = strcspn(list, "|");
        if (n == len && strncasecmp(list, name, n) == 0)
            return true;
        if (!list[n])
            return false;
        list += n + 1;
    }
}

/* Both ways to say it are one: `emails[type eq "work"].value` and `emails.value`. */
static const char *plain_name(struct scim *scim, const char *name)
{
    struct scim_path path;

    if (!strchr(name, '['))
        return name;
    if (!scim_path_read(scim, name, &path))
        return "";
    return path.sub ? arena_printf(scim->context->arena, "%s.%s", path.attribute, path.sub)
                    : path.attribute;
}

static bool read_term(struct scim *scim, const char **at, const char *const *wanted,
                      const char **values)
{
    const char *written = cut_attribute(scim, at);
    const char *name = plain_name(scim, without_urn(written));

    for (size_t i = 0; wanted[i]; i++) {
        if (!is_one_of(wanted[i], name))
            continue;
        if (!cut_word(at, "eq"))
            break;
        const char *value = cut_value(scim, at);
        /* The same attribute twice can't be said to the statement. */
        if (!value || values[i])
            break;
        values[i] = value;
        return true;
    }
    scim_fail(scim, 400, "invalidFilter",
              "A filter is `attribute eq \"value\"`, several joined by `and`");
    return false;
}

bool scim_filter_read(struct scim *scim, const char *const *names, const char **values)
{
    const char *at = http_query(scim->context->request, "filter");

    for (size_t i = 0; names[i]; i++)
        values[i] = NULL;
    if (!at || !*skip_space(at))
        return true;
    for (at = skip_space(at);;) {
        if (!read_term(scim, &at, names, values))
            return false;
        if (!*at)
            return true;
        if (!cut_word(&at, "and")) {
            scim_fail(scim, 400, "invalidFilter", "Only `and` may join the parts of a filter");
            return false;
        }
    }
}

bool scim_path_read(struct scim *scim, const char *text, struct scim_path *path)
{
    struct arena *arena = scim->context->arena;
    const char *at = without_urn(skip_space(text));
    size_t n = strcspn(at, ".[ ");

    *path = (struct scim_path){.attribute = arena_strndup(arena, at, n)};
    at += n;
    if (*at == '[') {
        at = skip_space(at + 1);
        bool is_value = cut_word(&at, "value");
        if (!is_value)
            (void)cut_attribute(scim, &at);
        const char *key = cut_word(&at, "eq") ? cut_value(scim, &at) : NULL;
        if (!key || *at != ']')
            return false;
        if (is_value)
            path->key = key;
        at++;
    }
    if (*at == '.') {
        path->sub = at + 1;
        at += strlen(at);
    }
    return *path->attribute && !*at;
}

static bool read_op(const struct json_value *operation, enum scim_op *op)
{
    static const char *const words[] = {"add", "replace", "remove"};
    const char *text = json_text(json_get(operation, "op"));

    for (size_t i = 0; text && i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(words[i], text) == 0) {
            *op = (enum scim_op)i;
            return true;
        }
    return false;
}

void scim_operations(struct scim *scim, scim_take *take, void *target)
{
    const struct json_value *operations = json_get(scim->body, "Operations");

    if (!operations || json_kind(operations) != JSON_ARRAY || json_length(operations) == 0)
        scim_fail(scim, 400, "invalidSyntax", "The document needs an array of Operations");
    else if (json_length(operations) > MAX_OPERATIONS)
        scim_fail(scim, 413, NULL, "A request may have at most %d operations", MAX_OPERATIONS);
    for (size_t i = 0; !scim_failed(scim) && i < json_length(operations); i++) {
        const struct json_value *operation = json_at(operations, i);
        const struct json_value *value = json_get(operation, "value");
        const char *text = json_text(json_get(operation, "path"));
        struct scim_path path = {0};
        enum scim_op op;

        if (!read_op(operation, &op))
            scim_fail(scim, 400, "invalidSyntax", "op must be add, replace or remove");
        else if (text && *text && !scim_path_read(scim, text, &path))
            scim_fail(scim, 400, "invalidPath", "%s is no path", text);
        else if (op == SCIM_REMOVE && !path.attribute)
            scim_fail(scim, 400, "noTarget", "remove needs a path");
        else if (op != SCIM_REMOVE && !value)
            scim_fail(scim, 400, "invalidValue", "%s needs a value",
                      op == SCIM_ADD ? "add" : "replace");
        else
            take(scim, target, op, &path, value);
    }
}
