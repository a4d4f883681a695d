/* import "collection", "collection/lists" and "collection/maps". */
#include <string.h>

#include "base/arena.h"
#include "sentinel/evaluate.h"
#include "sentinel/imports.h"
#include "sentinel/lexer.h"

static bool is_list(struct vm *vm, const char *what, struct value value, place at)
{
    return value.kind == VALUE_LIST || imports_fail_argument(vm, at, what, "a list", value);
}

/* --- collection --- */

/* Whether the predicate holds for an item; what is undefined does not. */
static bool holds(struct vm *vm, struct value predicate, struct value item, place at, bool *out)
{
    struct value result;

    if (!evaluate_call(vm, predicate, &item, 1, at, &result))
        return false;
    if (result.kind != VALUE_BOOL)
        return vm_fail(vm, at, "a predicate must give a bool, not %s",
                       value_kind_name(result.kind));
    *out = result.boolean;
    return true;
}

static bool filter(struct vm *vm, struct value self, const struct value *args, size_t count,
                   place at, struct value *out)
{
    (void)self, (void)count;
    if (!is_list(vm, "collection.filter", args[0], at))
        return false;
    *out = value_list_new(vm);
    for (size_t i = 0; i < args[0].list->count; i++) {
        struct value item = args[0].list->items[i];
        bool found = false;
        if (!holds(vm, args[1], item, at, &found) || (found && !value_list_add(vm, *out, item)))
            return false;
    }
    return true;
}

static bool find(struct vm *vm, struct value self, const struct value *args, size_t count, place at,
                 struct value *out)
{
    (void)self, (void)count;
    if (!is_list(vm, "collection.find", args[0], at))
        return false;
    for (size_t i = 0; i < args[0].list->count; i++) {
        struct value item = args[0].list->items[i];
        bool found = false;
        if (!holds(vm, args[1], item, at, &found))
            return false;
        if (found) {
            *out = item;
            return true;
        }
    }
    return true;
}

static bool has_pairs(struct vm *vm, struct value item, struct value part, place at, bool *out)
{
    *out = item.kind == VALUE_MAP;
    for (size_t i = 0; *out && i < part.map->count; i++) {
        const struct value *found = value_map_find(item, part.map->entries[i].key);
        *out = found != NULL;
        if (found && !value_equal(vm, *found, part.map->entries[i].value, out, at))
            return false;
    }
    return true;
}

static bool matches(struct vm *vm, struct value self, const struct value *args, size_t count,
                    place at, struct value *out)
{
    (void)self, (void)count;
    if (!is_list(vm, "collection.matches", args[0], at))
        return false;
    if (args[1].kind != VALUE_MAP)
        return imports_fail_argument(vm, at, "collection.matches", "a map", args[1]);
    *out = value_list_new(vm);
    for (size_t i = 0; i < args[0].list->count; i++) {
        bool found = false;
        if (!has_pairs(vm, args[0].list->items[i], args[1], at, &found) ||
            (found && !value_list_add(vm, *out, args[0].list->items[i])))
            return false;
    }
    return true;
}

static const struct builtin collection[] = {
    {"filter", 2, 2, filter, .contagious = true},
    {"find", 2, 2, find, .contagious = true},
    {"matches", 2, 2, matches, .contagious = true},
};

bool import_collection(struct vm *vm, place at, struct value *out)
{
    return IMPORTS_NAMESPACE(vm, "collection", collection, value_undefined(at), out);
}

/* --- collection/lists --- */

static bool two_lists(struct vm *vm, const char *what, const struct value *args, place at)
{
    return is_list(vm, what, args[0], at) && is_list(vm, what, args[1], at);
}

static bool contains(struct vm *vm, struct value list, struct value item, place at, bool *out)
{
    *out = false;
    for (size_t i = 0; !*out && i < list.list->count; i++)
        if (!value_equal(vm, list.list->items[i], item, out, at))
            return false;
    return true;
}

/* The items of a that are in b, or are not, each once. */
static bool add_those(struct vm *vm, struct value a, struct value b, bool wanted, struct value out,
                      place at)
{
    for (size_t i = 0; i < a.list->count; i++) {
        struct value item = a.list->items[i];
        bool in_b, taken;
        if (!contains(vm, b, item, at, &in_b) || !contains(vm, out, item, at, &taken) ||
            (in_b == wanted && !taken && !value_list_add(vm, out, item)))
            return false;
    }
    return true;
}

static bool concat(struct vm *vm, struct value self, const struct value *args, size_t count,
                   place at, struct value *out)
{
    (void)self, (void)count;
    return two_lists(vm, "lists.concat", args, at) &&
           operators_binary(vm, OP_ADD, args[0], args[1], at, out);
}

static bool difference(struct vm *vm, struct value self, const struct value *args, size_t count,
                       place at, struct value *out)
{
    (void)self, (void)count;
    *out = value_list_new(vm);
    return two_lists(vm, "lists.difference", args, at) &&
           add_those(vm, args[0], args[1], false, *out, at);
}

static bool intersection(struct vm *vm, struct value self, const struct value *args, size_t count,
                         place at, struct value *out)
{
    (void)self, (void)count;
    *out = value_list_new(vm);
    return two_lists(vm, "lists.intersection", args, at) &&
           add_those(vm, args[0], args[1], true, *out, at);
}

static bool list_union(struct vm *vm, struct value self, const struct value *args, size_t count,
                       place at, struct value *out)
{
    struct value nothing = value_list_new(vm);

    (void)self, (void)count;
    *out = value_list_new(vm);
    return two_lists(vm, "lists.union", args, at) &&
           add_those(vm, args[0], nothing, false, *out, at) &&
           add_those(vm, args[1], nothing, false, *out, at);
}

static bool sum(struct vm *vm, struct value self, const struct value *args, size_t count, place at,
                struct value *out)
{
    double total = 0;

    (void)self, (void)count;
    if (!is_list(vm, "lists.sum", args[0], at))
        return false;
    for (size_t i = 0; i < args[0].list->count; i++) {
        struct value item = args[0].list->items[i];
        if (item.kind != VALUE_INT && item.kind != VALUE_FLOAT)
            return imports_fail_argument(vm, at, "lists.sum", "numbers", item);
        total += item.kind == VALUE_INT ? (double)item.integer : item.number;
    }
    *out = value_float(total);
    return true;
}

/* Whether b has to stand before a. */
static bool is_after(struct vm *vm, struct value order, struct value a, struct value b, place at,
                     bool *out)
{
    struct value pair[2] = {b, a}, result;

    if (!evaluate_call(vm, order, pair, 2, at, &result))
        return false;
    if (result.kind != VALUE_BOOL && result.kind != VALUE_INT)
        return vm_fail(vm, at, "what compares two items must give a bool or an int, not %s",
                       value_kind_name(result.kind));
    *out = result.kind == VALUE_BOOL ? result.boolean : result.integer < 0;
    return true;
}

/* Merge sort, from pairs upwards: equal items keep their order. */
static bool merge(struct vm *vm, struct value order, const struct value *from, struct value *to,
                  size_t low, size_t middle, size_t high, place at)
{
    size_t a = low, b = middle;

    for (size_t i = low; i < high; i++) {
        bool second = a == middle;
        if (a < middle && b < high && !is_after(vm, order, from[a], from[b], at, &second))
            return false;
        to[i] = second ? from[b++] : from[a++];
    }
    return true;
}

static bool sort(struct vm *vm, struct value self, const struct value *args, size_t count, place at,
                 struct value *out)
{
    (void)self, (void)count;
    if (!is_list(vm, "lists.sort", args[0], at))
        return false;
    size_t n = args[0].list->count;
    struct value *from = vm_alloc(vm, n * sizeof *from), *to = vm_alloc(vm, n * sizeof *to);
    if (!from || !to)
        return false;
    if (n)
        memcpy(from, args[0].list->items, n * sizeof *from);
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t low = 0; low < n; low += 2 * width) {
            size_t middle = low + width < n ? low + width : n;
            size_t high = low + 2 * width < n ? low + 2 * width : n;
            if (!merge(vm, args[1], from, to, low, middle, high, at))
                return false;
        }
        struct value *swap = from;
        from = to;
        to = swap;
    }
    *out = value_list_new(vm);
    out->list->items = from;
    out->list->count = out->list->cap = n;
    return true;
}

static const struct builtin lists[] = {
    {"concat", 2, 2, concat, .contagious = true},
    {"difference", 2, 2, difference, .contagious = true},
    {"intersection", 2, 2, intersection, .contagious = true},
    {"union", 2, 2, list_union, .contagious = true},
    {"sum", 1, 1, sum, .contagious = true},
    {"sort", 2, 2, sort, .contagious = true},
};

bool import_collection_lists(struct vm *vm, place at, struct value *out)
{
    return IMPORTS_NAMESPACE(vm, "collection/lists", lists, value_undefined(at), out);
}

/* --- collection/maps --- */

/* The next step of "a.0.b"; false at the end. */
static bool next_step(struct value *path, struct value *step)
{
    if (!path->bytes)
        return false;
    const char *dot = path->len ? memchr(path->bytes, '.', path->len) : NULL;
    *step = value_string(path->bytes, dot ? (size_t)(dot - path->bytes) : path->len);
    *path = dot ? value_string(dot + 1, path->len - step->len - 1) : value_string(NULL, 0);
    return true;
}

static bool list_index(struct value list, struct value step, size_t *out)
{
    struct value number;

    if (!lexer_number(step.bytes, step.len, &number) || number.kind != VALUE_INT ||
        number.integer < 0 || (uint64_t)number.integer >= list.list->count)
        return false;
    *out = (size_t)number.integer;
    return true;
}

/* What the path leads to; *out undefined when it leads nowhere. `*` stands for every element. */
static bool walk(struct vm *vm, struct value at_value, struct value path, place at, int depth,
                 struct value *out)
{
    struct value step;
    size_t index;

    if (depth > 100)
        return vm_fail(vm, at, "a path is too long");
    if (!next_step(&path, &step)) {
        *out = at_value;
        return true;
    }
    *out = value_undefined(at);
    if (value_is(step, "*")) {
        struct value key, item, found;
        if (at_value.kind != VALUE_LIST && at_value.kind != VALUE_MAP)
            return true;
        struct value all = value_list_new(vm);
        for (size_t i = 0; evaluate_element(at_value, i, 2, &key, &item); i++)
            if (!vm_step(vm, at, 1) || !walk(vm, item, path, at, depth + 1, &found) ||
                (found.kind != VALUE_UNDEFINED && !value_list_add(vm, all, found)))
                return false;
        *out = all;
        return true;
    }
    if (at_value.kind == VALUE_LIST)
        return !list_index(at_value, step, &index) ||
               walk(vm, at_value.list->items[index], path, at, depth + 1, out);
    if (at_value.kind != VALUE_MAP)
        return true;
    const struct value *found = value_map_find(at_value, step);
    return !found || walk(vm, *found, path, at, depth + 1, out);
}

static bool is_path(struct vm *vm, const char *what, const struct value *args, place at)
{
    if (args[0].kind != VALUE_MAP && args[0].kind != VALUE_LIST)
        return imports_fail_argument(vm, at, what, "a map", args[0]);
    return args[1].kind == VALUE_STRING || imports_fail_argument(vm, at, what, "a path", args[1]);
}

static bool get(struct vm *vm, struct value self, const struct value *args, size_t count, place at,
                struct value *out)
{
    (void)self;
    if (args[0].kind == VALUE_UNDEFINED || args[1].kind == VALUE_UNDEFINED) {
        *out = count > 2 ? args[2] : value_undefined(at);
        return true;
    }
    if (!is_path(vm, "maps.get", args, at) || !walk(vm, args[0], args[1], at, 0, out))
        return false;
    if (out->kind == VALUE_UNDEFINED && count > 2)
        *out = args[2];
    return true;
}

static bool has(struct vm *vm, struct value self, const struct value *args, size_t count, place at,
                struct value *out)
{
    struct value found;

    (void)self, (void)count;
    if (!is_path(vm, "maps.has", args, at) || !walk(vm, args[0], args[1], at, 0, &found))
        return false;
    *out = value_bool(found.kind != VALUE_UNDEFINED);
    return true;
}

/* Puts an item where the path leads to in a map of our own, making maps on the way; NULL as item
 * removes what is there. */
static bool put(struct vm *vm, struct value whole, struct value path, const struct value *item,
                place at)
{
    struct value step, last = path;

    while (next_step(&path, &step)) {
        size_t index = 0;
        bool end = !path.bytes;
        if (whole.kind == VALUE_LIST) {
            if (!list_index(whole, step, &index))
                return !item ||
                       vm_fail(vm, at, "the path %.*s leads nowhere", (int)last.len, last.bytes);
            if (end && !item)
                return vm_fail(vm, at, "an element of a list cannot be removed");
            if (end)
                whole.list->items[index] = *item;
            whole = whole.list->items[index];
        } else if (whole.kind == VALUE_MAP) {
            const struct value *found = value_map_find(whole, step);
            if (end && !item) {
                value_map_remove(whole, step);
                return true;
            }
            if (!found && !item)
                return true;
            struct value next = end ? *item : found ? *found : value_map_new(vm);
            if (!value_map_set(vm, whole, step, next, at))
                return false;
            whole = next;
        } else {
            return !item ||
                   vm_fail(vm, at, "the path %.*s leads nowhere", (int)last.len, last.bytes);
        }
    }
    return true;
}

static bool set(struct vm *vm, struct value self, const struct value *args, size_t count, place at,
                struct value *out)
{
    (void)self, (void)count;
    return is_path(vm, "maps.set", args, at) && value_copy(vm, args[0], out, 0) &&
           put(vm, *out, args[1], &args[2], at);
}

static bool unset(struct vm *vm, struct value self, const struct value *args, size_t count,
                  place at, struct value *out)
{
    (void)self, (void)count;
    return is_path(vm, "maps.unset", args, at) && value_copy(vm, args[0], out, 0) &&
           put(vm, *out, args[1], NULL, at);
}

static bool omit(struct vm *vm, struct value self, const struct value *args, size_t count, place at,
                 struct value *out)
{
    (void)self, (void)count;
    if (!is_list(vm, "maps.omit", args[1], at) || !value_copy(vm, args[0], out, 0))
        return false;
    for (size_t i = 0; i < args[1].list->count; i++) {
        struct value pair[2] = {*out, args[1].list->items[i]};
        if (!is_path(vm, "maps.omit", pair, at) || !put(vm, *out, pair[1], NULL, at))
            return false;
    }
    return true;
}

static bool pick(struct vm *vm, struct value self, const struct value *args, size_t count, place at,
                 struct value *out)
{
    (void)self, (void)count;
    if (!is_list(vm, "maps.pick", args[1], at))
        return false;
    *out = value_map_new(vm);
    for (size_t i = 0; i < args[1].list->count; i++) {
        struct value pair[2] = {args[0], args[1].list->items[i]}, found;
        if (!is_path(vm, "maps.pick", pair, at) || !walk(vm, args[0], pair[1], at, 0, &found) ||
            (found.kind != VALUE_UNDEFINED && !put(vm, *out, pair[1], &found, at)))
            return false;
    }
    return true;
}

static const struct builtin maps[] = {
    {"get", 2, 3, get},
    {"has", 2, 2, has, .contagious = true},
    {"pick", 2, 2, pick, .contagious = true},
    {"omit", 2, 2, omit, .contagious = true},
    {"set", 3, 3, set, .contagious = true},
    {"unset", 2, 2, unset, .contagious = true},
};

bool import_collection_maps(struct vm *vm, place at, struct value *out)
{
    return IMPORTS_NAMESPACE(vm, "collection/maps", maps, value_undefined(at), out);
}
