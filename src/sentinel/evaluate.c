/* Expressions, scopes, rules and calls. */
#include "sentinel/evaluate.h"

#include <string.h>

#include "base/arena.h"

struct value evaluate_undefined(struct value operand, place at)
{
    bool placed = operand.kind == VALUE_UNDEFINED && operand.place != 0;
    return value_undefined(placed ? operand.place : at);
}

/* --- Scopes --- */

struct scope *evaluate_scope_open(struct vm *vm, struct scope *parent)
{
    struct scope *scope = vm->spare;

    if (scope)
        vm->spare = scope->parent;
    else
        scope = vm_alloc(vm, sizeof *scope);
    if (!scope)
        return NULL;
    scope->parent = parent;
    scope->count = 0;
    scope->captured = false;
    scope->file = parent ? parent->file : 0;
    return scope;
}

void evaluate_scope_close(struct vm *vm, struct scope *scope)
{
    if (scope->captured)
        return;
    scope->parent = vm->spare;
    vm->spare = scope;
}

struct scope *evaluate_scope_again(struct vm *vm, struct scope *scope)
{
    if (scope->captured)
        return evaluate_scope_open(vm, scope->parent);
    scope->count = 0;
    return scope;
}

void evaluate_capture(struct scope *scope)
{
    for (; scope && !scope->captured; scope = scope->parent)
        scope->captured = true;
}

static struct variable *find_in(struct scope *scope, const struct symbol *name)
{
    for (size_t i = 0; i < scope->count; i++)
        if (scope->variables[i].name == name)
            return &scope->variables[i];
    return NULL;
}

struct variable *evaluate_find(struct scope *scope, const struct symbol *name)
{
    for (; scope; scope = scope->parent) {
        struct variable *found = find_in(scope, name);
        if (found)
            return found;
    }
    return NULL;
}

bool evaluate_define(struct vm *vm, struct scope *scope, const struct symbol *name,
                     struct value value)
{
    if (scope->count == scope->cap) {
        size_t cap = scope->cap ? scope->cap * 2 : 4;
        struct variable *more = vm_alloc(vm, cap * sizeof *more);
        if (!more)
            return false;
        if (scope->count > 0)
            memcpy(more, scope->variables, scope->count * sizeof *more);
        scope->variables = more;
        scope->cap = cap;
    }
    scope->variables[scope->count++] = (struct variable){name, value};
    return true;
}

/* --- Names --- */

static const struct value *find_import(const struct vm *vm, unsigned file,
                                       const struct symbol *name)
{
    const struct vm_file *source = &vm->files[file];
    for (size_t i = 0; i < source->import_count; i++)
        if (source->imports[i].name == name)
            return &source->imports[i].value;
    return NULL;
}

static bool constant(const struct symbol *name, place at, struct value *out)
{
    if (strcmp(name->text, "true") == 0)
        *out = value_bool(true);
    else if (strcmp(name->text, "false") == 0)
        *out = value_bool(false);
    else if (strcmp(name->text, "null") == 0)
        *out = value_null();
    else if (strcmp(name->text, "undefined") == 0)
        *out = value_undefined(at);
    else
        return false;
    return true;
}

/* What a name stands for; an import as well, which is no value by itself. */
static bool resolve(struct vm *vm, const struct node *node, struct scope *scope, struct value *out)
{
    const struct variable *variable = evaluate_find(scope, node->name);
    const struct value *import;
    const struct builtin *builtin;

    *out = value_undefined(node->at);
    if (variable) {
        if (!evaluate_read(vm, variable->value, node->at, out))
            return false;
        if (out->kind == VALUE_UNDEFINED)
            *out = evaluate_undefined(*out, node->at);
        return true;
    }
    if (constant(node->name, node->at, out))
        return true;
    if ((import = find_import(vm, scope->file, node->name))) {
        *out = *import;
        return true;
    }
    if ((builtin = builtins_find(node->name))) {
        *out = vm_builtin(vm, builtin, value_null());
        return true;
    }
    if (!(node->name->assigned & (UINT64_C(1) << scope->file)))
        return vm_fail(vm, node->at, "unknown name %s", node->name->text);
    *out = value_undefined(node->at);
    return true;
}

static bool read_name(struct vm *vm, const struct node *node, struct scope *scope,
                      struct value *out)
{
    if (!resolve(vm, node, scope, out))
        return false;
    if (out->kind == VALUE_OBJECT && out->object->type->is_namespace)
        return vm_fail(vm, node->at, "the import %s is no value; only its members are",
                       node->name->text);
    return true;
}

/* Left of a dot or a call, where an import may stand. */
static bool operand(struct vm *vm, const struct node *node, struct scope *scope, struct value *out)
{
    if (node->kind != NODE_NAME)
        return evaluate(vm, node, scope, out);
    return vm_step(vm, node->at, 1) && resolve(vm, node, scope, out);
}

/* --- Rules --- */

static bool run_rule(struct vm *vm, struct rule *rule)
{
    const struct node *node = rule->node;
    place condition = node->a ? node->a->at : node->at;
    struct value when = value_bool(true);

    if (node->a && !evaluate(vm, node->a, rule->scope, &when))
        return false;
    if (when.kind == VALUE_UNDEFINED) {
        rule->value = when;
    } else if (when.kind != VALUE_BOOL) {
        return vm_fail(vm, condition, "the condition of a rule must be a bool, not %s",
                       value_kind_name(when.kind));
    } else if (!when.boolean) {
        rule->value = value_bool(true);
    } else if (!evaluate(vm, node->b, rule->scope, &rule->value)) {
        return false;
    }
    if (rule->value.kind == VALUE_NULL || rule->value.kind == VALUE_FUNCTION ||
        rule->value.kind == VALUE_OBJECT)
        return vm_fail(vm, node->at, "the value of a rule cannot be %s",
                       value_kind_name(rule->value.kind));
    return true;
}

bool evaluate_read(struct vm *vm, struct value value, place at, struct value *out)
{
    struct rule *rule = value.rule;

    if (value.kind != VALUE_RULE) {
        *out = value;
        return true;
    }
    if (rule->state == RULE_RUNNING)
        return vm_fail(vm, at, "the rule %s depends on itself", rule->name->text);
    if (rule->state == RULE_NEW) {
        rule->state = RULE_RUNNING;
        *vm->last_rule = rule;
        vm->last_rule = &rule->next;
        if (!run_rule(vm, rule))
            return false;
        rule->state = RULE_DONE;
    }
    *out = rule->value;
    return true;
}

/* --- Calls --- */

static bool call_builtin(struct vm *vm, const struct function *function, const struct value *args,
                         size_t count, place at, struct value *out)
{
    const struct builtin *b = function->builtin;

    if (count < (size_t)b->min || (b->max >= 0 && count > (size_t)b->max))
        return vm_fail(vm, at, "%s takes %s%d argument%s, not %zu", b->name,
                       b->max < 0         ? "at least "
                       : b->max != b->min ? "from "
                                          : "",
                       b->min, b->min == 1 ? "" : "s", count);
    for (size_t i = 0; b->contagious && i < count; i++)
        if (args[i].kind == VALUE_UNDEFINED) {
            *out = evaluate_undefined(args[i], at);
            return true;
        }
    *out = value_undefined(at);
    return vm_step(vm, at, 1) && b->call(vm, function->self, args, count, at, out);
}

static bool call_function(struct vm *vm, const struct function *function, const struct value *args,
                          size_t count, place at, struct value *out)
{
    const struct node *node = function->node;
    enum flow flow = FLOW_ON;

    if (count != node->name_count)
        return vm_fail(vm, at, "the function takes %zu argument%s, not %zu", node->name_count,
                       node->name_count == 1 ? "" : "s", count);
    if (!vm_enter(vm, at))
        return false;
    struct scope *scope = evaluate_scope_open(vm, function->scope);
    bool good = scope != NULL;
    for (size_t i = 0; good && i < count; i++)
        good = evaluate_define(vm, scope, node->names[i], args[i]);
    *out = value_undefined(at);
    good = good && statements_run(vm, node->a, scope, &flow, out);
    if (good && out->kind == VALUE_UNDEFINED)
        *out = evaluate_undefined(*out, at);
    if (scope)
        evaluate_scope_close(vm, scope);
    vm_leave(vm);
    return good;
}

bool evaluate_call(struct vm *vm, struct value callee, const struct value *args, size_t count,
                   place at, struct value *out)
{
    if (callee.kind == VALUE_UNDEFINED) {
        *out = evaluate_undefined(callee, at);
        return true;
    }
    if (callee.kind != VALUE_FUNCTION)
        return vm_fail(vm, at, "%s cannot be called", value_kind_name(callee.kind));
    return callee.function->builtin ? call_builtin(vm, callee.function, args, count, at, out)
                                    : call_function(vm, callee.function, args, count, at, out);
}

#define FEW 4

static bool call(struct vm *vm, const struct node *node, struct scope *scope, struct value *out)
{
    struct value callee, few[FEW], *args = few;

    if (!operand(vm, node->a, scope, &callee))
        return false;
    if (callee.kind == VALUE_UNDEFINED) {
        *out = evaluate_undefined(callee, node->at);
        return true;
    }
    if (node->count > FEW && !(args = vm_alloc(vm, node->count * sizeof *args)))
        return false;
    for (size_t i = 0; i < node->count; i++)
        if (!evaluate(vm, node->items[i], scope, &args[i]))
            return false;
    if (callee.kind == VALUE_FUNCTION && callee.function->builtin &&
        callee.function->builtin->returns_nothing && !node->is_statement)
        return vm_fail(vm, node->at, "%s() has no value that could be used",
                       callee.function->builtin->name);
    return evaluate_call(vm, callee, args, node->count, node->at, out);
}

/* --- Quantifiers --- */

bool evaluate_element(struct value collection, size_t index, size_t names, struct value *first,
                      struct value *second)
{
    if (collection.kind == VALUE_LIST) {
        if (index >= collection.list->count)
            return false;
        *second = collection.list->items[index];
        *first = names == 1 ? *second : value_int((int64_t)index);
        return true;
    }
    if (index >= collection.map->count)
        return false;
    *first = collection.map->entries[index].key;
    *second = collection.map->entries[index].value;
    return true;
}

/* What one round adds; *done when no further round can change the result. */
static bool take_round(struct vm *vm, const struct node *node, struct value collection,
                       size_t index, struct value body, struct value *result, bool *done)
{
    bool is_true = body.kind == VALUE_BOOL && body.boolean;
    bool is_false = body.kind == VALUE_BOOL && !body.boolean;

    switch (node->op) {
    case OP_ANY:
        if (is_true)
            *result = body;
        else if (!is_false && result->kind != VALUE_UNDEFINED)
            *result = evaluate_undefined(body, node->b->at);
        *done = is_true;
        return true;
    case OP_ALL:
        if (!is_true)
            *result = is_false ? body : evaluate_undefined(body, node->b->at);
        *done = !is_true;
        return true;
    case OP_FILTER:
        if (!is_true && !is_false) {
            *result = evaluate_undefined(body, node->b->at);
            *done = true;
            return true;
        }
        if (is_false)
            return true;
        if (collection.kind == VALUE_LIST)
            return value_list_add(vm, *result, collection.list->items[index]);
        return value_map_set(vm, *result, collection.map->entries[index].key,
                             collection.map->entries[index].value, node->at);
    default:
        return value_list_add(vm, *result, body);
    }
}

static struct value first_result(struct vm *vm, const struct node *node, struct value collection)
{
    switch (node->op) {
    case OP_ANY:
        return value_bool(false);
    case OP_ALL:
        return value_bool(true);
    case OP_FILTER:
        return collection.kind == VALUE_LIST ? value_list_new(vm) : value_map_new(vm);
    default:
        return value_list_new(vm);
    }
}

static bool rounds(struct vm *vm, const struct node *node, struct value collection,
                   struct scope **scope, struct value *out)
{
    struct value first, second, body;
    bool done = false;

    for (size_t i = 0; !done && evaluate_element(collection, i, node->name_count, &first, &second);
         i++) {
        *scope = evaluate_scope_again(vm, *scope);
        if (!*scope || !evaluate_define(vm, *scope, node->names[0], first) ||
            (node->name_count > 1 && !evaluate_define(vm, *scope, node->names[1], second)) ||
            !evaluate(vm, node->b, *scope, &body))
            return false;
        /* The body may have shortened what is walked. */
        if (!evaluate_element(collection, i, node->name_count, &first, &second))
            break;
        if (!take_round(vm, node, collection, i, body, out, &done))
            return false;
    }
    return true;
}

static bool quantifier(struct vm *vm, const struct node *node, struct scope *outer,
                       struct value *out)
{
    struct value collection;

    if (!evaluate(vm, node->a, outer, &collection))
        return false;
    if (collection.kind == VALUE_UNDEFINED) {
        *out = evaluate_undefined(collection, node->at);
        return true;
    }
    if (collection.kind != VALUE_LIST && collection.kind != VALUE_MAP)
        return vm_fail(vm, node->a->at, "%s is no list or map", value_kind_name(collection.kind));
    struct scope *scope = evaluate_scope_open(vm, outer);
    if (!scope)
        return false;
    *out = first_result(vm, node, collection);
    bool good = rounds(vm, node, collection, &scope, out);
    if (scope)
        evaluate_scope_close(vm, scope);
    return good;
}

/* --- The rest --- */

static bool list(struct vm *vm, const struct node *node, struct scope *scope, struct value *out)
{
    *out = value_list_new(vm);
    for (size_t i = 0; i < node->count; i++) {
        struct value item;
        if (!evaluate(vm, node->items[i], scope, &item) || !value_list_add(vm, *out, item))
            return false;
    }
    return true;
}

static bool map(struct vm *vm, const struct node *node, struct scope *scope, struct value *out)
{
    *out = value_map_new(vm);
    for (size_t i = 0; i < node->count; i += 2) {
        struct value key, item;
        if (!evaluate(vm, node->items[i], scope, &key) ||
            !evaluate(vm, node->items[i + 1], scope, &item) ||
            !value_map_set(vm, *out, key, item, node->items[i]->at))
            return false;
    }
    return true;
}

/* Left to right, as the table of the three-valued logic has it: `undefined and false` is undefined,
 * `false and undefined` is false. */
static bool logic(struct vm *vm, const struct node *node, struct scope *scope, struct value *out)
{
    struct value a, b;

    if (!evaluate(vm, node->a, scope, &a))
        return false;
    if (a.kind != VALUE_BOOL)
        a = evaluate_undefined(a, node->a->at);
    *out = a;
    if (a.kind == VALUE_BOOL ? a.boolean == (node->op == OP_OR) && node->op != OP_XOR
                             : node->op == OP_AND)
        return true;
    if (!evaluate(vm, node->b, scope, &b))
        return false;
    if (b.kind != VALUE_BOOL)
        b = evaluate_undefined(b, node->b->at);
    if (node->op == OP_OR && b.kind == VALUE_BOOL && b.boolean)
        *out = b;
    else if (a.kind == VALUE_BOOL && b.kind != VALUE_BOOL)
        *out = b;
    else if (a.kind == VALUE_BOOL)
        *out = value_bool(node->op == OP_XOR ? a.boolean != b.boolean : b.boolean);
    return true;
}

static bool binary(struct vm *vm, const struct node *node, struct scope *scope, struct value *out)
{
    struct value a, b;

    if (node->op == OP_AND || node->op == OP_OR || node->op == OP_XOR)
        return logic(vm, node, scope, out);
    if (!evaluate(vm, node->a, scope, &a))
        return false;
    if (node->op == OP_ELSE) {
        *out = a;
        return a.kind != VALUE_UNDEFINED || evaluate(vm, node->b, scope, out);
    }
    return evaluate(vm, node->b, scope, &b) && operators_binary(vm, node->op, a, b, node->at, out);
}

static bool test(struct vm *vm, const struct node *node, struct scope *scope, struct value *out)
{
    struct value a;

    if (!evaluate(vm, node->a, scope, &a))
        return false;
    if (node->op == OP_EMPTY)
        return operators_empty(vm, a, node->negated, node->at, out);
    *out = value_bool((a.kind != VALUE_UNDEFINED) != node->negated);
    return true;
}

static bool selector(struct vm *vm, const struct node *node, struct scope *scope, struct value *out)
{
    struct value a;

    if (!operand(vm, node->a, scope, &a))
        return false;
    if (a.kind == VALUE_LIST || a.kind == VALUE_STRING)
        return vm_fail(vm, node->at, "%s has no member %.*s", value_kind_name(a.kind),
                       (int)node->value.len, node->value.bytes);
    return operators_index(vm, a, node->value, node->at, out);
}

static bool slice(struct vm *vm, const struct node *node, struct scope *scope, struct value *out)
{
    struct value a, from, to;

    return evaluate(vm, node->a, scope, &a) && (!node->b || evaluate(vm, node->b, scope, &from)) &&
           (!node->c || evaluate(vm, node->c, scope, &to)) &&
           operators_slice(vm, a, node->b ? &from : NULL, node->c ? &to : NULL, node->at, out);
}

static bool function_value(struct vm *vm, const struct node *node, struct scope *scope,
                           struct value *out)
{
    struct function *function = vm_alloc(vm, sizeof *function);

    if (!function)
        return false;
    evaluate_capture(scope);
    *function = (struct function){.node = node, .scope = scope};
    *out = (struct value){.kind = VALUE_FUNCTION, .function = function};
    return true;
}

static bool evaluate_node(struct vm *vm, const struct node *node, struct scope *scope,
                          struct value *out)
{
    struct value a, b;

    switch (node->kind) {
    case NODE_LITERAL:
        *out = node->value;
        return true;
    case NODE_NAME:
        return read_name(vm, node, scope, out);
    case NODE_LIST:
        return list(vm, node, scope, out);
    case NODE_MAP:
        return map(vm, node, scope, out);
    case NODE_FUNCTION:
        return function_value(vm, node, scope, out);
    case NODE_QUANTIFIER:
        return quantifier(vm, node, scope, out);
    case NODE_UNARY:
        return evaluate(vm, node->a, scope, &a) && operators_unary(vm, node->op, a, node->at, out);
    case NODE_BINARY:
        return binary(vm, node, scope, out);
    case NODE_TEST:
        return test(vm, node, scope, out);
    case NODE_SELECTOR:
        return selector(vm, node, scope, out);
    case NODE_INDEX:
        return evaluate(vm, node->a, scope, &a) && evaluate(vm, node->b, scope, &b) &&
               operators_index(vm, a, b, node->at, out);
    case NODE_SLICE:
        return slice(vm, node, scope, out);
    case NODE_CALL:
        return call(vm, node, scope, out);
    default:
        return vm_fail(vm, node->at, "this is no expression");
    }
}

bool evaluate(struct vm *vm, const struct node *node, struct scope *scope, struct value *out)
{
    if (!vm_step(vm, node->at, 1) || !vm_enter(vm, node->at))
        return false;
    bool good = evaluate_node(vm, node, scope, out);
    vm_leave(vm);
    return good;
}
