/* JSON trees of json-c, tied to an arena. json-c builds the tree; what it is too lax about (UTF-8,
 * NUL, lone surrogates, numbers that do not fit, memory) is checked on the text before it. */
#include "json/json_reader.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/scan.h"
#include "base/utf8.h"

#include <json-c/json.h>

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* What json-c 0.16 was seen to allocate, in bytes: for a value, for being a member, and for an
 * object (a table of 16 entries) or array that is still empty. Two bytes of text can cost 300 times
 * as much, so the limit on the text is not enough. */
#define VALUE_COST 100
#define MEMBER_COST 130
#define OBJECT_COST 700
#define ARRAY_COST 120
#define TREE_LIMIT (32L * 1024 * 1024)

/* Longer numbers than any that a double can tell apart are no numbers of this API. */
#define NUMBER_SIZE 128

/* json-c has no object for null. */
static const char null_marker = 0;
#define NULL_VALUE ((const struct json_value *)&null_marker)

struct check {
    const unsigned char *at;
    const unsigned char *end;
    int depth;
    int max_depth;
    long cost;
    const char *reason;
};

static bool refuse(struct check *check, const char *reason)
{
    check->reason = reason;
    return false;
}

static bool check_utf8(struct check *check)
{
    size_t size = utf8_char((const char *)check->at, (size_t)(check->end - check->at));
    if (size == 0)
        return refuse(check, "the text is not valid UTF-8");
    check->at += size;
    return true;
}

static int hex_value(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The code unit of \uXXXX at p, or -1. */
static long code_unit(const unsigned char *p, const unsigned char *end)
{
    long unit = 0;
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        int digit = hex_value(p[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool check_escape(struct check *check)
{
    if (check->end - check->at < 2)
        return refuse(check, "the text ends inside a string");
    if (check->at[1] != 'u') {
        if (check->at[1] == '\0' || strchr("\"\\/bfnrt", check->at[1]) == NULL)
            return refuse(check, "a string contains an unknown escape");
        check->at += 2;
        return true;
    }
    long unit = code_unit(check->at, check->end);
    if (unit < 0)
        return refuse(check, "a string contains an unknown escape");
    if (unit == 0)
        return refuse(check, "a string contains a NUL character");
    check->at += 6;
    if (unit < 0xd800 || unit > 0xdfff)
        return true;
    long second = code_unit(check->at, check->end);
    if (unit > 0xdbff || second < 0xdc00 || second > 0xdfff)
        return refuse(check, "a string contains half a surrogate pair");
    check->at += 6;
    return true;
}

static bool check_string(struct check *check)
{
    check->at++;
    while ((check->at = scan_ascii(check->at, check->end)) < check->end) {
        unsigned char c = *check->at;
        if (c == '"') {
            check->at++;
            return true;
        }
        if (c == '\\') {
            if (!check_escape(check))
                return false;
        } else if (c >= 0x80) {
            if (!check_utf8(check))
                return false;
        } else {
            return refuse(check, c == 0 ? "a string contains a NUL character"
                                        : "a string contains a control character");
        }
    }
    return refuse(check, "the text ends inside a string");
}

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* RFC 8259 section 6: json-c also takes 01 and 1. and turns what overflows into something else. */
static bool check_number(struct check *check)
{
    char text[NUMBER_SIZE] = "";
    size_t len = 0;
    while (check->at < check->end && strchr("0123456789+-.eE", *check->at) != NULL) {
        if (*check->at == '\0')
            break;
        if (len == sizeof(text) - 1)
            return refuse(check, "a number is too long");
        text[len++] = (char)*check->at++;
    }
    text[len] = '\0';

    const char *at = text + (text[0] == '-');
    size_t whole = digits(at);
    if (whole == 0 || (whole > 1 && at[0] == '0'))
        return refuse(check, "a number is malformed");
    at += whole;
    bool integer = *at == '\0';
    if (*at == '.') {
        size_t count = digits(at + 1);
        if (count == 0)
            return refuse(check, "a number is malformed");
        at += 1 + count;
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '+' || *at == '-';
        size_t count = digits(at);
        if (count == 0)
            return refuse(check, "a number is malformed");
        at += count;
    }
    if (*at != '\0')
        return refuse(check, "a number is malformed");

    errno = 0;
    if (integer)
        (void)!strtoll(text, NULL, 10);
    if ((integer && errno == ERANGE) || (!integer && !isfinite(strtod(text, NULL))))
        return refuse(check, "a number is out of range");
    return true;
}

static bool open_container(struct check *check, long cost)
{
    check->at++;
    check->cost += cost;
    if (++check->depth > check->max_depth)
        return refuse(check, "the text is nested too deeply");
    return true;
}

/* Literals are spelled out because json-c also takes NaN, Infinity and TRUE. */
static bool check_word(struct check *check)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(check->end - check->at) >= len && memcmp(check->at, words[i], len) == 0) {
            check->at += len;
            return true;
        }
    }
    return refuse(check, "something else is expected");
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool check_token(struct check *check)
{
    unsigned char c = *check->at;
    if (is_space((char)c)) {
        check->at++;
        return true;
    }
    switch (c) {
    case ':':
        check->at++;
        check->cost += MEMBER_COST;
        return true;
    case ',':
        check->at++;
        check->cost += VALUE_COST;
        return true;
    case '{':
        return open_container(check, OBJECT_COST);
    case '[':
        return open_container(check, ARRAY_COST);
    case '}':
    case ']':
        check->at++;
        check->depth--;
        return true;
    case '"':
        return check_string(check);
    default:
        if (c == '-' || (c >= '0' && c <= '9'))
            return check_number(check);
        return check_word(check);
    }
}

/* Token by token; how tokens follow each other is json-c's task. */
static bool check_text(struct check *check)
{
    while (check->at < check->end) {
        if (!check_token(check))
            return false;
        if (check->cost > TREE_LIMIT)
            return refuse(check, "the text has too many values");
    }
    return true;
}

static void put_tree(void *tree)
{
    json_object_put(tree);
}

/* Returns what is wrong and where, or NULL. *tree may be NULL in either case: json-c has no null.
 */
static const char *parse(const char *text, size_t len, int max_depth, struct json_object **tree,
                         size_t *at)
{
    /* One level more for the scalars in the deepest container. */
    struct json_tokener *tokener = json_tokener_new_ex(max_depth + 1);
    if (tokener == NULL)
        abort();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
    *tree = json_tokener_parse_ex(tokener, text, (int)len);
    enum json_tokener_error error = json_tokener_get_error(tokener);
    size_t end = json_tokener_get_parse_end(tokener);
    /* A number at the very end is only known to be complete when something follows it. */
    if (error == json_tokener_continue && end == len) {
        *tree = json_tokener_parse_ex(tokener, "", -1);
        if (json_tokener_get_error(tokener) == json_tokener_success)
            error = json_tokener_success;
    }
    json_tokener_free(tokener);
    *at = end;
    if (error == json_tokener_continue)
        return "the text ends too early";
    if (error != json_tokener_success)
        return "something else is expected";
    while (end < len && is_space(text[end]))
        end++;
    *at = end;
    return end == len ? NULL : "something follows the JSON value";
}

/* Who wrote the text by hand looks for the place. */
static const char *located(struct arena *arena, const char *text, size_t at, const char *reason)
{
    size_t line = 1, column = 1;

    for (size_t i = 0; i < at; i++) {
        column = text[i] == '\n' ? 1 : column + 1;
        line += text[i] == '\n';
    }
    return arena_printf(arena, "%s at line %zu, column %zu", reason, line, column);
}

const struct json_value *json_read(struct arena *arena, const char *text, size_t len, int max_depth,
                                   const char **reason)
{
    const unsigned char *bytes = (const unsigned char *)text;
    struct check check = {.at = bytes, .end = bytes + len, .max_depth = max_depth};
    struct json_object *tree = NULL;
    if (len == 0)
        *reason = "the text is empty";
    else if (len > INT_MAX)
        *reason = "the text is too long";
    else {
        bool good = check_text(&check);
        size_t at = (size_t)(check.at - bytes);
        *reason = good ? parse(text, len, max_depth, &tree, &at) : check.reason;
        if (*reason != NULL)
            *reason = located(arena, text, at, *reason);
    }
    if (tree != NULL)
        arena_defer(arena, put_tree, tree);
    if (*reason != NULL)
        return NULL;
    return tree != NULL ? (const struct json_value *)tree : NULL_VALUE;
}

/* json-c takes no const, though none of the calls below change a tree. */
static struct json_object *object_of(const struct json_value *value)
{
    return value == NULL_VALUE ? NULL : (struct json_object *)(uintptr_t)value;
}

static const struct json_value *value_of(struct json_object *object)
{
    return object == NULL ? NULL_VALUE : (const struct json_value *)object;
}

static bool is(const struct json_value *value, enum json_type type)
{
    return value != NULL && json_object_is_type(object_of(value), type);
}

enum json_kind json_kind(const struct json_value *value)
{
    static const enum json_kind kinds[] = {
        [json_type_null] = JSON_NULL,     [json_type_boolean] = JSON_BOOL,
        [json_type_double] = JSON_DOUBLE, [json_type_int] = JSON_INT,
        [json_type_object] = JSON_OBJECT, [json_type_array] = JSON_ARRAY,
        [json_type_string] = JSON_STRING,
    };
    return value == NULL ? JSON_NULL : kinds[json_object_get_type(object_of(value))];
}

const char *json_kind_name(enum json_kind kind)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",        [JSON_BOOL] = "a boolean",  [JSON_INT] = "a number",
        [JSON_DOUBLE] = "a number",  [JSON_STRING] = "a string", [JSON_ARRAY] = "an array",
        [JSON_OBJECT] = "an object",
    };
    return names[kind];
}

const struct json_value *json_get(const struct json_value *value, const char *key)
{
    struct json_object *member;
    if (!is(value, json_type_object) || !json_object_object_get_ex(object_of(value), key, &member))
        return NULL;
    return value_of(member);
}

const struct json_value *json_find(const struct json_value *value, ...)
{
    va_list keys;
    const char *key;
    va_start(keys, value);
    while (value != NULL && (key = va_arg(keys, const char *)) != NULL)
        value = json_get(value, key);
    va_end(keys);
    return value;
}

const char *json_text(const struct json_value *value)
{
    return is(value, json_type_string) ? json_object_get_string(object_of(value)) : NULL;
}

size_t json_text_len(const struct json_value *value)
{
    return is(value, json_type_string) ? (size_t)json_object_get_string_len(object_of(value)) : 0;
}

int64_t json_integer(const struct json_value *value)
{
    return is(value, json_type_int) ? json_object_get_int64(object_of(value)) : 0;
}

double json_double(const struct json_value *value)
{
    bool number = is(value, json_type_double) || is(value, json_type_int);
    return number ? json_object_get_double(object_of(value)) : 0;
}

bool json_boolean(const struct json_value *value)
{
    return is(value, json_type_boolean) && json_object_get_boolean(object_of(value));
}

size_t json_length(const struct json_value *array)
{
    return is(array, json_type_array) ? json_object_array_length(object_of(array)) : 0;
}

const struct json_value *json_at(const struct json_value *array, size_t index)
{
    if (index >= json_length(array))
        return NULL;
    return value_of(json_object_array_get_idx(object_of(array), index));
}

bool json_next(const struct json_value *object, void **cursor, const char **key,
               const struct json_value **value)
{
    if (!is(object, json_type_object))
        return false;
    struct lh_entry *entry = *cursor == NULL
                                 ? lh_table_head(json_object_get_object(object_of(object)))
                                 : lh_entry_next((struct lh_entry *)*cursor);
    if (entry == NULL)
        return false;
    *cursor = entry;
    *key = lh_entry_k(entry);
    *value = value_of(lh_entry_v(entry));
    return true;
}

void json_print(struct buf *out, const struct json_value *value)
{
    if (value == NULL || value == NULL_VALUE) {
        buf_adds(out, "null");
        return;
    }
    size_t len;
    const char *text = json_object_to_json_string_length(
        object_of(value), JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
    if (text == NULL)
        abort();
    buf_add(out, text, len);
}
