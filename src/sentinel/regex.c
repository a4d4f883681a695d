/* See regex.h: the tree of regex_parse.c becomes a program, and a simulation keeps the set of all
 * states that the program may be in. */
#include "sentinel/regex.h"

#include <string.h>

#include "base/arena.h"
#include "sentinel/regex_parse.h"

#define MAX_DEPTH 100
#define MAX_PROGRAM 20000

/* --- Program --- */

enum operation { RUNE, SPLIT, CHECK, DONE };

struct instruction {
    enum operation op;
    enum regex_kind check;
    const struct regex_ranges *class;
    size_t next, other;
};

struct states {
    size_t *items;
    size_t count;
    size_t *marks; /* the round in which a state was added last */
    size_t round;
};

/* Kept with the machine: a policy tries one pattern on many texts. */
struct program {
    struct vm *vm;
    struct value pattern;
    struct instruction *items;
    size_t count, cap;
    const char *reason;
    struct states now, then;
    size_t *stack;
    size_t round;
    struct program *next;
};

static bool emit(struct program *g, struct instruction instruction)
{
    if (g->count == MAX_PROGRAM) {
        g->reason = "it is too large";
        return false;
    }
    if (g->count == g->cap) {
        size_t cap = g->cap ? g->cap * 2 : 16;
        struct instruction *more = vm_alloc(g->vm, cap * sizeof *more);
        if (!more)
            return false;
        if (g->count)
            memcpy(more, g->items, g->count * sizeof *more);
        g->items = more;
        g->cap = cap;
    }
    instruction.next = g->count + 1;
    g->items[g->count++] = instruction;
    return true;
}

static bool compile(struct program *g, const struct regex_tree *tree, int depth);

static bool compile_either(struct program *g, const struct regex_tree *tree, int depth)
{
    size_t split = g->count;

    if (!emit(g, (struct instruction){.op = SPLIT}) || !compile(g, tree->a, depth))
        return false;
    size_t jump = g->count;
    if (!emit(g, (struct instruction){.op = SPLIT}))
        return false;
    g->items[split].other = g->count;
    if (!compile(g, tree->b, depth))
        return false;
    g->items[jump].next = g->items[jump].other = g->count;
    return true;
}

static bool compile_repeat(struct program *g, const struct regex_tree *tree, int depth)
{
    for (int i = 0; i < tree->min; i++)
        if (!compile(g, tree->a, depth))
            return false;
    if (tree->max < 0) {
        size_t split = g->count;
        if (!emit(g, (struct instruction){.op = SPLIT}) || !compile(g, tree->a, depth))
            return false;
        size_t jump = g->count;
        if (!emit(g, (struct instruction){.op = SPLIT}))
            return false;
        g->items[jump].next = g->items[jump].other = split;
        g->items[split].other = g->count;
        return true;
    }
    size_t first = g->count;
    for (int i = tree->min; i < tree->max; i++) {
        /* Its other way is the end of all this. */
        if (!emit(g, (struct instruction){.op = SPLIT, .other = SIZE_MAX}) ||
            !compile(g, tree->a, depth))
            return false;
    }
    for (size_t i = first; i < g->count; i++)
        if (g->items[i].op == SPLIT && g->items[i].other == SIZE_MAX)
            g->items[i].other = g->count;
    return true;
}

static bool compile(struct program *g, const struct regex_tree *tree, int depth)
{
    if (depth > MAX_DEPTH * 4) {
        g->reason = "it is nested too deep";
        return false;
    }
    switch (tree->kind) {
    case REGEX_EMPTY:
        return true;
    case REGEX_CLASS:
        return emit(g, (struct instruction){.op = RUNE, .class = &tree->class});
    case REGEX_CONCAT:
        for (; tree->kind == REGEX_CONCAT; tree = tree->b)
            if (!compile(g, tree->a, depth + 1))
                return false;
        return true; /* its end is empty */
    case REGEX_ALTERNATE:
        return compile_either(g, tree, depth + 1);
    case REGEX_REPEAT:
        return compile_repeat(g, tree, depth + 1);
    default:
        return emit(g, (struct instruction){.op = CHECK, .check = tree->kind});
    }
}

/* --- Matching --- */

struct position {
    const char *at, *start, *end;
};

static bool is_word(char c)
{
    return regex_is_cased((unsigned char)c) || (c >= '0' && c <= '9') || c == '_';
}

static bool holds(enum regex_kind check, const struct position *here)
{
    bool border = (here->at > here->start && is_word(here->at[-1])) !=
                  (here->at < here->end && is_word(*here->at));

    switch (check) {
    case REGEX_TEXT_START:
        return here->at == here->start;
    case REGEX_TEXT_END:
        return here->at == here->end;
    case REGEX_LINE_START:
        return here->at == here->start || here->at[-1] == '\n';
    case REGEX_LINE_END:
        return here->at == here->end || *here->at == '\n';
    case REGEX_WORD_BORDER:
        return border;
    default:
        return !border;
    }
}

/* A state and all that it leads to without a character. stack has room for the whole program. */
static void add_state(const struct program *g, struct states *states, size_t state, size_t *stack,
                      const struct position *here)
{
    size_t depth = 0;

    stack[depth++] = state;
    while (depth > 0) {
        state = stack[--depth];
        if (states->marks[state] == states->round)
            continue;
        states->marks[state] = states->round;
        const struct instruction *i = &g->items[state];
        if (i->op == SPLIT) {
            stack[depth++] = i->other;
            stack[depth++] = i->next;
        } else if (i->op == CHECK) {
            if (holds(i->check, here))
                stack[depth++] = i->next;
        } else {
            states->items[states->count++] = state;
        }
    }
}

static bool in_class(const struct regex_ranges *class, rune c)
{
    for (size_t i = 0; i < class->count; i++)
        if (c >= class->items[i].low && c <= class->items[i].high)
            return true;
    return false;
}

static bool states_init(struct vm *vm, struct states *states, size_t size)
{
    states->items = vm_alloc(vm, size * sizeof *states->items);
    states->marks = vm_alloc(vm, size * sizeof *states->marks);
    return states->items && states->marks;
}

/* A match may begin anywhere, so the first state is added before each character. */
static bool simulate(struct program *g, struct value text, place at, bool *found)
{
    struct position here = {text.bytes, text.bytes, text.bytes + text.len};

    for (g->now.count = 0;; g->round++) {
        struct states *now = &g->now, *then = &g->then;
        now->round = g->round;
        add_state(g, now, 0, g->stack, &here);
        for (size_t i = 0; i < now->count; i++)
            if (g->items[now->items[i]].op == DONE) {
                *found = true;
                return true;
            }
        if (here.at == here.end)
            return true;
        if (!vm_step(g->vm, at, 1 + now->count / 8))
            return false;
        rune c = regex_next_rune(&here.at, here.end);
        then->count = 0;
        then->round = g->round + 1;
        for (size_t i = 0; i < now->count; i++) {
            const struct instruction *instruction = &g->items[now->items[i]];
            if (in_class(instruction->class, c))
                add_state(g, then, instruction->next, g->stack, &here);
        }
        struct states swap = *now;
        *now = *then;
        *then = swap;
    }
}

static struct program *build(struct vm *vm, struct value pattern, const char **reason)
{
    struct program *g = vm_alloc(vm, sizeof *g);
    struct regex_tree *tree = g ? regex_parse(vm, pattern.bytes, pattern.len, reason) : NULL;

    if (!tree)
        return NULL;
    g->vm = vm;
    g->pattern = pattern;
    bool good = compile(g, tree, 0) && emit(g, (struct instruction){.op = DONE}) &&
                states_init(vm, &g->now, g->count) && states_init(vm, &g->then, g->count) &&
                (g->stack = vm_alloc(vm, (g->count * 2 + 2) * sizeof *g->stack));
    *reason = g->reason;
    return good ? g : NULL;
}

/* A pattern that is put together anew each time would make the list long. */
#define MAX_KEPT 100

bool regex_match(struct vm *vm, struct value pattern, struct value text, place at, bool *found,
                 const char **reason)
{
    struct program *g = vm->programs;
    size_t kept = 0;

    for (; g && value_compare(g->pattern, pattern) != 0; g = g->next)
        kept++;
    if (!g) {
        g = build(vm, pattern, reason);
        if (!g)
            return false;
        if (kept < MAX_KEPT) {
            g->next = vm->programs;
            vm->programs = g;
        }
    }
    g->round += 2;
    *found = false;
    return simulate(g, text, at, found);
}
