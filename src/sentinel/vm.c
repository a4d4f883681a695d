/* The machine: see vm.h. */
#include "sentinel/vm.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "sentinel/sentinel.h"

#define OFFSET_BITS 24
/* The clock costs more than a step. */
#define STEPS_PER_LOOK 4096

#define STEPS 50000000L
#define MEMORY ((size_t)256 * 1024 * 1024)
#define DEPTH 2000
#define MILLISECONDS 10000

struct vm *vm_new(const struct sentinel_input *input)
{
    const struct sentinel_limits *limits = &input->limits;
    struct arena *arena = arena_new();
    struct vm *vm = arena_alloc(arena, sizeof *vm);

    vm->arena = arena;
    vm->input = input;
    vm->last_rule = &vm->first_rule;
    buf_init(&vm->printed, arena);
    vm->step_limit = limits->steps ? limits->steps : STEPS;
    vm->memory_limit = limits->memory ? limits->memory : MEMORY;
    vm->depth_limit = limits->depth ? limits->depth : DEPTH;
    vm->deadline =
        clock_monotonic_ms() + (limits->milliseconds ? limits->milliseconds : MILLISECONDS);
    return vm;
}

void vm_free(struct vm *vm)
{
    arena_free(vm->arena);
}

void vm_failed(struct vm *vm, place at, const char *format, ...)
{
    char text[1024];
    va_list args;

    if (vm->error)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    vm->error = arena_strdup(vm->arena, text);
    vm->error_at = at;
    vm->has_place = at != 0;
}

bool vm_step(struct vm *vm, place at, size_t count)
{
    long before = vm->steps;

    if (vm->error)
        return false;
    if (count > (size_t)(vm->step_limit - vm->steps))
        return vm_fail(vm, at, "the policy takes more than %ld steps", vm->step_limit);
    vm->steps += (long)count;
    if (before / STEPS_PER_LOOK != vm->steps / STEPS_PER_LOOK &&
        clock_monotonic_ms() > vm->deadline)
        return vm_fail(vm, at, "the policy takes too long");
    return true;
}

bool vm_enter(struct vm *vm, place at)
{
    if (vm->depth >= vm->depth_limit)
        return vm_fail(vm, at, "the policy goes too deep (recursion or nesting)");
    vm->depth++;
    return true;
}

void vm_leave(struct vm *vm)
{
    vm->depth--;
}

void *vm_alloc(struct vm *vm, size_t size)
{
    size_t used = arena_used(vm->arena);

    if (vm->error)
        return NULL;
    if (used > vm->memory_limit || size > vm->memory_limit - used) {
        vm_failed(vm, 0, "the policy needs more than %zu MiB of memory", vm->memory_limit >> 20);
        return NULL;
    }
    return arena_alloc(vm->arena, size ? size : 1);
}

bool vm_string(struct vm *vm, const char *bytes, size_t len, struct value *out)
{
    char *copy = vm_alloc(vm, len + 1);

    if (!copy)
        return false;
    if (len > 0)
        memcpy(copy, bytes, len);
    *out = value_string(copy, len);
    return true;
}

const struct symbol *vm_symbol(struct vm *vm, const char *text, size_t len)
{
    size_t hash = 5381;
    for (size_t i = 0; i < len; i++)
        hash = hash * 33 + (unsigned char)text[i];
    struct symbol **at = &vm->symbols[hash % VM_SYMBOL_BUCKETS];
    for (; *at; at = &(*at)->next)
        if ((*at)->len == len && memcmp((*at)->text, text, len) == 0)
            return *at;
    *at = arena_alloc(vm->arena, sizeof **at);
    (*at)->text = arena_strndup(vm->arena, text, len);
    (*at)->len = len;
    return *at;
}

/* One more than the offset, so that no place is 0. */
place vm_place(unsigned file, size_t offset)
{
    return (place)(file << OFFSET_BITS) | ((place)(offset + 1) & ((1u << OFFSET_BITS) - 1));
}

void vm_line(const struct vm *vm, place at, const char **file, int *line, int *column)
{
    const struct vm_file *source = &vm->files[at >> OFFSET_BITS];
    size_t offset = (at & ((1u << OFFSET_BITS) - 1)) - 1;

    *file = source->name;
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < offset && i < source->len; i++) {
        (*column)++;
        if (source->text[i] == '\n') {
            (*line)++;
            *column = 1;
        }
    }
}

struct value vm_builtin(struct vm *vm, const struct builtin *builtin, struct value self)
{
    struct function *function = arena_alloc(vm->arena, sizeof *function);

    function->builtin = builtin;
    function->self = self;
    return (struct value){.kind = VALUE_FUNCTION, .function = function};
}
