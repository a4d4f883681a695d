/* The machine that evaluates one policy: limits, sources, names, scopes, what was printed. */
#ifndef TERRACE_SENTINEL_VM_H
#define TERRACE_SENTINEL_VM_H

#include "sentinel/value.h"

struct node;
struct program;
struct sentinel_input;

#define VM_MAX_FILES 64
#define VM_MAX_IMPORTS 64

struct symbol {
    const char *text;
    size_t len;
    uint64_t assigned; /* files in which something is assigned to a variable of this name */
    struct symbol *next;
};

struct variable {
    const struct symbol *name;
    struct value value;
};

struct scope {
    struct scope *parent;
    struct variable *variables;
    size_t count, cap;
    unsigned file;
    bool captured; /* by a function or a rule: it outlives its block */
};

enum rule_state { RULE_NEW, RULE_RUNNING, RULE_DONE };

struct rule {
    const struct node *node;
    struct scope *scope;
    const struct symbol *name; /* of the variable that it was assigned to first */
    place at;                  /* of that assignment */
    enum rule_state state;
    struct value value;
    struct rule *next; /* in the order in which they were first read */
};

typedef bool builtin_call(struct vm *vm, struct value self, const struct value *args, size_t count,
                          place at, struct value *out);
struct builtin {
    const char *name;
    int min, max; /* arguments; max -1: any number */
    builtin_call *call;
    /* Undefined arguments make the result undefined without a call. */
    bool contagious;
    bool returns_nothing;
};

struct function {
    const struct node *node; /* NULL: built in */
    struct scope *scope;
    const struct builtin *builtin;
    struct value self;
};

struct vm_import {
    const struct symbol *name;
    struct value value;
};

struct vm_opened {
    const char *path;
    struct value value;
    struct vm_opened *next;
};

struct vm_file {
    const char *name;
    const char *text;
    size_t len;
    struct node *program;
    struct scope *scope; /* of the top level; NULL: not run yet */
    bool running;
    struct vm_import imports[VM_MAX_IMPORTS];
    size_t import_count;
};

#define VM_SYMBOL_BUCKETS 512

struct vm {
    struct arena *arena;
    const struct sentinel_input *input;
    size_t memory_limit;
    long steps, step_limit;
    int depth, depth_limit;
    int64_t deadline; /* monotonic milliseconds */

    const char *error;
    place error_at;
    bool has_place;

    struct vm_file files[VM_MAX_FILES];
    unsigned file_count;
    struct vm_opened *opened; /* imports */
    struct value plan;        /* its JSON, once something has imported it */
    struct symbol *symbols[VM_SYMBOL_BUCKETS];
    struct scope *spare; /* scopes that nobody holds any more */
    struct rule *first_rule, **last_rule;
    struct program *programs; /* of regular expressions */
    struct buf printed;
};

/* With the limits of the input, which has to outlive it. */
struct vm *vm_new(const struct sentinel_input *input) __attribute__((returns_nonnull));
void vm_free(struct vm *vm);

/* Records why the evaluation stops, the first time. Always false. */
void vm_failed(struct vm *vm, place at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same as an expression, which is false: seen by the compiler, and by whoever analyses. */
#define vm_fail(...) (vm_failed(__VA_ARGS__), false)
/* Counts; false when a limit is reached. */
bool vm_step(struct vm *vm, place at, size_t count);
bool vm_enter(struct vm *vm, place at);
void vm_leave(struct vm *vm);
/* NULL when the limit is reached. */
void *vm_alloc(struct vm *vm, size_t size) __attribute__((warn_unused_result));
/* A string that shares nothing. */
bool vm_string(struct vm *vm, const char *bytes, size_t len, struct value *out);

const struct symbol *vm_symbol(struct vm *vm, const char *text, size_t len);
place vm_place(unsigned file, size_t offset);
void vm_line(const struct vm *vm, place at, const char **file, int *line, int *column);

struct value vm_builtin(struct vm *vm, const struct builtin *builtin, struct value self);

/* builtins.c */
const struct builtin *builtins_find(const struct symbol *name);
bool builtins_reserved(const struct symbol *name);

/* imports.c: the value that an import declaration binds; false: there is no such import. */
bool imports_open(struct vm *vm, const char *path, size_t len, place at, struct value *out);

/* evaluate.c */
bool evaluate_file(struct vm *vm, unsigned file);
/* A rule becomes its value. */
bool evaluate_read(struct vm *vm, struct value value, place at, struct value *out);
bool evaluate_call(struct vm *vm, struct value callee, const struct value *args, size_t count,
                   place at, struct value *out);
/* A variable of a file's top level; undefined when there is none. */
bool evaluate_variable(struct vm *vm, unsigned file, const struct symbol *name, place at,
                       struct value *out);

#endif
