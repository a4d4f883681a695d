/* Values of the Sentinel language, and the machine that they live in: one arena with a limit, a
 * count of steps, a deadline. Nothing is freed before the evaluation ends.
 *
 * A function that returns bool gives false when the evaluation has to stop; vm->error says why. */
#ifndef TERRACE_SENTINEL_VALUE_H
#define TERRACE_SENTINEL_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct arena;
struct function;
struct object;
struct rule;
struct vm;

enum value_kind {
    VALUE_UNDEFINED,
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_INT,
    VALUE_FLOAT,
    VALUE_STRING,
    VALUE_LIST,
    VALUE_MAP,
    VALUE_FUNCTION,
    VALUE_RULE,
    VALUE_OBJECT, /* of an import: a namespace, a time, a version */
};

/* Where something is: a file (8 bits) and an offset in it. */
typedef uint32_t place;

struct value {
    enum value_kind kind;
    place place; /* of an undefined value: where it arose */
    union {
        bool boolean;
        int64_t integer;
        double number;
        const char *bytes;
        struct value_list *list;
        struct value_map *map;
        const struct function *function;
        struct rule *rule;
        struct object *object;
    };
    size_t len; /* of a string */
};

struct value_list {
    struct value *items;
    size_t count, cap;
};

struct value_entry {
    struct value key, value;
};

/* Ordered by key, so that everything that walks a map is deterministic. */
struct value_map {
    struct value_entry *entries;
    size_t count, cap;
};

struct value_object_type {
    const char *name;
    bool is_namespace; /* no value by itself: only its members are */
    /* *out is undefined when there is no such member. */
    bool (*member)(struct vm *vm, struct object *object, struct value name, place at,
                   struct value *out);
};
struct object {
    const struct value_object_type *type;
};

/* --- Making --- */
struct value value_undefined(place at);
struct value value_null(void);
struct value value_bool(bool boolean);
struct value value_int(int64_t integer);
struct value value_float(double number);
/* Text that lives as long as the machine. */
struct value value_string(const char *bytes, size_t len);
struct value value_text(const char *text);
struct value value_object(struct object *object);
struct value value_list_new(struct vm *vm);
struct value value_map_new(struct vm *vm);

bool value_list_add(struct vm *vm, struct value list, struct value item)
    __attribute__((warn_unused_result));
/* Replaces what is under the key; a key of the wrong kind is an error. */
bool value_map_set(struct vm *vm, struct value map, struct value key, struct value item, place at)
    __attribute__((warn_unused_result));
/* For building: keys are text. */
bool value_map_put(struct vm *vm, struct value map, const char *key, struct value item)
    __attribute__((warn_unused_result));
/* NULL: no such key. */
struct value *value_map_find(struct value map, struct value key);
/* Undefined when value is no map or has no such key. */
struct value value_get(struct value map, const char *key);
void value_map_remove(struct value map, struct value key);
bool value_is_key(struct value value);

/* --- Using --- */
const char *value_kind_name(enum value_kind kind); /* what types.type_of() says */
bool value_is(struct value value, const char *text);
/* -1, 0, 1 of two numbers, of two strings, of two bools. */
int value_compare(struct value a, struct value b);
bool value_comparable(struct value a, struct value b);
/* Deep equality; false also where it went too deep (vm->error). Rules have been read by then. */
bool value_equal(struct vm *vm, struct value a, struct value b, bool *equal, place at)
    __attribute__((warn_unused_result));
/* A list or map that shares nothing with the other. */
bool value_copy(struct vm *vm, struct value value, struct value *out, int depth)
    __attribute__((warn_unused_result));
/* As print() shows it: strings bare at the top, quoted inside. */
bool value_print(struct vm *vm, struct buf *out, struct value value)
    __attribute__((warn_unused_result));

/* As a program would have to write it. */
bool value_source(struct vm *vm, struct buf *out, struct value value)
    __attribute__((warn_unused_result));

/* --- JSON --- */
/* *reason is set, and false returned, when the text is none; false without a reason: stopped. */
bool value_from_json(struct vm *vm, const char *text, size_t len, struct value *out,
                     const char **reason) __attribute__((warn_unused_result));
/* Undefined members are left out; what JSON does not have is an error. */
bool value_to_json(struct vm *vm, struct buf *out, struct value value, place at)
    __attribute__((warn_unused_result));

#endif
