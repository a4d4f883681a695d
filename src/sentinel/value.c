/* Values: see value.h. */
#include "sentinel/value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "sentinel/vm.h"

/* A list may hold itself. */
#define MAX_DEPTH 200

struct value value_undefined(place at)
{
    return (struct value){.kind = VALUE_UNDEFINED, .place = at};
}

struct value value_null(void)
{
    return (struct value){.kind = VALUE_NULL};
}

struct value value_bool(bool boolean)
{
    return (struct value){.kind = VALUE_BOOL, .boolean = boolean};
}

struct value value_int(int64_t integer)
{
    return (struct value){.kind = VALUE_INT, .integer = integer};
}

struct value value_float(double number)
{
    return (struct value){.kind = VALUE_FLOAT, .number = number};
}

struct value value_string(const char *bytes, size_t len)
{
    return (struct value){.kind = VALUE_STRING, .bytes = bytes, .len = len};
}

struct value value_text(const char *text)
{
    return value_string(text, strlen(text));
}

struct value value_object(struct object *object)
{
    return (struct value){.kind = VALUE_OBJECT, .object = object};
}

struct value value_list_new(struct vm *vm)
{
    return (struct value){.kind = VALUE_LIST,
                          .list = arena_alloc(vm->arena, sizeof(struct value_list))};
}

struct value value_map_new(struct vm *vm)
{
    return (struct value){.kind = VALUE_MAP,
                          .map = arena_alloc(vm->arena, sizeof(struct value_map))};
}

/* Room for one more; NULL: stopped. */
static void *grow(struct vm *vm, void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    size_t next = *cap ? *cap * 2 : 4;
    void *more = vm_alloc(vm, next * size);
    if (!more)
        return NULL;
    if (count > 0)
        memcpy(more, items, count * size);
    *cap = next;
    return more;
}

bool value_list_add(struct vm *vm, struct value list, struct value item)
{
    struct value_list *l = list.list;
    struct value *items = grow(vm, l->items, l->count, &l->cap, sizeof *items);

    if (!items)
        return false;
    l->items = items;
    l->items[l->count++] = item;
    return true;
}

/* --- Maps --- */

bool value_is_key(struct value value)
{
    return value.kind == VALUE_BOOL || value.kind == VALUE_INT || value.kind == VALUE_FLOAT ||
           value.kind == VALUE_STRING;
}

static int rank(enum value_kind kind)
{
    return kind == VALUE_BOOL ? 0 : kind == VALUE_STRING ? 2 : 1;
}

static int compare_numbers(struct value a, struct value b)
{
    if (a.kind == VALUE_INT && b.kind == VALUE_INT)
        return (a.integer > b.integer) - (a.integer < b.integer);
    double x = a.kind == VALUE_INT ? (double)a.integer : a.number;
    double y = b.kind == VALUE_INT ? (double)b.integer : b.number;
    return (x > y) - (x < y);
}

bool value_comparable(struct value a, struct value b)
{
    return value_is_key(a) && value_is_key(b) && rank(a.kind) == rank(b.kind);
}

int value_compare(struct value a, struct value b)
{
    if (rank(a.kind) != rank(b.kind))
        return rank(a.kind) - rank(b.kind);
    if (a.kind == VALUE_BOOL)
        return a.boolean - b.boolean;
    if (a.kind != VALUE_STRING)
        return compare_numbers(a, b);
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.bytes, b.bytes, len) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Where the key is, or has to go. */
static size_t find(const struct value_map *map, struct value key, bool *found)
{
    size_t low = 0, high = map->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (value_compare(map->entries[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < map->count && value_compare(map->entries[low].key, key) == 0;
    return low;
}

struct value *value_map_find(struct value map, struct value key)
{
    bool found = false;
    size_t at = find(map.map, key, &found);
    return found ? &map.map->entries[at].value : NULL;
}

bool value_map_set(struct vm *vm, struct value map, struct value key, struct value item, place at)
{
    struct value_map *m = map.map;
    bool found = false;

    if (!value_is_key(key) || (key.kind == VALUE_FLOAT && isnan(key.number)))
        return vm_fail(vm, at, "a key of a map cannot be %s", value_kind_name(key.kind));
    size_t where = find(m, key, &found);
    if (found) {
        m->entries[where].value = item;
        return true;
    }
    struct value_entry *entries = grow(vm, m->entries, m->count, &m->cap, sizeof *entries);
    if (!entries || !vm_step(vm, at, (m->count - where) / 16))
        return false;
    memmove(entries + where + 1, entries + where, (m->count - where) * sizeof *entries);
    entries[where] = (struct value_entry){key, item};
    m->entries = entries;
    m->count++;
    return true;
}

bool value_map_put(struct vm *vm, struct value map, const char *key, struct value item)
{
    return value_map_set(vm, map, value_text(key), item, 0);
}

struct value value_get(struct value map, const char *key)
{
    struct value *found = map.kind == VALUE_MAP ? value_map_find(map, value_text(key)) : NULL;
    return found ? *found : value_undefined(0);
}

void value_map_remove(struct value map, struct value key)
{
    struct value_map *m = map.map;
    bool found = false;
    size_t at = find(m, key, &found);

    if (found) {
        memmove(m->entries + at, m->entries + at + 1, (m->count - at - 1) * sizeof *m->entries);
        m->count--;
    }
}

/* --- Using --- */

const char *value_kind_name(enum value_kind kind)
{
    static const char *const names[] = {
        [VALUE_UNDEFINED] = "undefined", [VALUE_NULL] = "null",
        [VALUE_BOOL] = "bool",           [VALUE_INT] = "int",
        [VALUE_FLOAT] = "float",         [VALUE_STRING] = "string",
        [VALUE_LIST] = "list",           [VALUE_MAP] = "map",
        [VALUE_FUNCTION] = "func",       [VALUE_RULE] = "rule",
        [VALUE_OBJECT] = "object",
    };
    return names[kind];
}

bool value_is(struct value value, const char *text)
{
    return value.kind == VALUE_STRING && value.len == strlen(text) &&
           memcmp(value.bytes, text, value.len) == 0;
}

static bool equal_lists(struct vm *vm, struct value a, struct value b, bool *equal, place at,
                        int depth);

static bool equal_at(struct vm *vm, struct value a, struct value b, bool *equal, place at,
                     int depth)
{
    if (!vm_step(vm, at, 1))
        return false;
    if (depth > MAX_DEPTH)
        return vm_fail(vm, at, "what is compared is nested too deep");
    if (value_comparable(a, b)) {
        *equal = value_compare(a, b) == 0 && !(a.kind == VALUE_FLOAT && isnan(a.number)) &&
                 !(b.kind == VALUE_FLOAT && isnan(b.number));
        return true;
    }
    *equal = false;
    if (a.kind == VALUE_FUNCTION && b.kind == VALUE_FUNCTION)
        return vm_fail(vm, at, "functions cannot be compared");
    if (a.kind != b.kind)
        return true;
    if (a.kind == VALUE_LIST || a.kind == VALUE_MAP)
        return equal_lists(vm, a, b, equal, at, depth);
    *equal = a.kind == VALUE_OBJECT ? a.object == b.object : true; /* null, undefined */
    return true;
}

/* Of maps, whose entries have an order, as well. */
static bool equal_lists(struct vm *vm, struct value a, struct value b, bool *equal, place at,
                        int depth)
{
    bool lists = a.kind == VALUE_LIST;
    size_t count = lists ? a.list->count : a.map->count;

    *equal = count == (lists ? b.list->count : b.map->count);
    for (size_t i = 0; *equal && i < count; i++) {
        struct value x = lists ? a.list->items[i] : a.map->entries[i].value;
        struct value y = lists ? b.list->items[i] : b.map->entries[i].value;
        if (!lists && value_compare(a.map->entries[i].key, b.map->entries[i].key) != 0)
            *equal = false;
        else if (!equal_at(vm, x, y, equal, at, depth + 1))
            return false;
    }
    return true;
}

bool value_equal(struct vm *vm, struct value a, struct value b, bool *equal, place at)
{
    return equal_at(vm, a, b, equal, at, 0);
}

bool value_copy(struct vm *vm, struct value value, struct value *out, int depth)
{
    if (depth > MAX_DEPTH)
        return vm_fail(vm, 0, "a value is nested too deep");
    if (value.kind == VALUE_LIST) {
        *out = value_list_new(vm);
        for (size_t i = 0; i < value.list->count; i++) {
            struct value item;
            if (!vm_step(vm, 0, 1) || !value_copy(vm, value.list->items[i], &item, depth + 1) ||
                !value_list_add(vm, *out, item))
                return false;
        }
        return true;
    }
    if (value.kind == VALUE_MAP) {
        *out = value_map_new(vm);
        for (size_t i = 0; i < value.map->count; i++) {
            struct value item;
            if (!vm_step(vm, 0, 1) ||
                !value_copy(vm, value.map->entries[i].value, &item, depth + 1) ||
                !value_map_set(vm, *out, value.map->entries[i].key, item, 0))
                return false;
        }
        return true;
    }
    *out = value;
    return true;
}

/* --- Printing --- */

static bool print_quoted(struct vm *vm, struct buf *out, struct value value)
{
    buf_addc(out, '"');
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.bytes[i];
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c == '\n')
            buf_adds(out, "\\n");
        else if (c < 0x20)
            buf_printf(out, "\\u%04x", c);
        else
            buf_addc(out, (char)c);
    }
    buf_addc(out, '"');
    return vm_step(vm, 0, value.len / 16);
}

static void print_float(struct buf *out, double number)
{
    char text[40];

    /* The shortest that reads back the same. */
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    buf_adds(out, text);
    if (isfinite(number) && !strpbrk(text, ".e"))
        buf_adds(out, ".0");
}

static bool print_at(struct vm *vm, struct buf *out, struct value value, int depth);

static bool print_members(struct vm *vm, struct buf *out, struct value value, int depth)
{
    bool list = value.kind == VALUE_LIST;
    size_t count = list ? value.list->count : value.map->count;

    if (depth > MAX_DEPTH)
        return vm_fail(vm, 0, "what is printed is nested too deep");
    buf_addc(out, list ? '[' : '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_adds(out, ", ");
        if (!list) {
            if (!print_at(vm, out, value.map->entries[i].key, depth + 1))
                return false;
            buf_adds(out, ": ");
        }
        if (!print_at(vm, out, list ? value.list->items[i] : value.map->entries[i].value,
                      depth + 1))
            return false;
    }
    buf_addc(out, list ? ']' : '}');
    return true;
}

static bool print_at(struct vm *vm, struct buf *out, struct value value, int depth)
{
    if (!vm_step(vm, 0, 1))
        return false;
    if (out->len > vm->memory_limit / 4)
        return vm_fail(vm, 0, "what is printed is too long");
    switch (value.kind) {
    case VALUE_STRING:
        if (depth > 0)
            return print_quoted(vm, out, value);
        buf_add(out, value.bytes, value.len);
        return vm_step(vm, 0, value.len / 16);
    case VALUE_BOOL:
        buf_adds(out, value.boolean ? "true" : "false");
        return true;
    case VALUE_INT:
        buf_printf(out, "%lld", (long long)value.integer);
        return true;
    case VALUE_FLOAT:
        print_float(out, value.number);
        return true;
    case VALUE_LIST:
    case VALUE_MAP:
        return print_members(vm, out, value, depth);
    case VALUE_OBJECT:
        buf_adds(out, value.object->type->name);
        return true;
    default:
        buf_adds(out, value_kind_name(value.kind));
        return true;
    }
}

bool value_print(struct vm *vm, struct buf *out, struct value value)
{
    return print_at(vm, out, value, 0);
}

bool value_source(struct vm *vm, struct buf *out, struct value value)
{
    return print_at(vm, out, value, 1);
}
