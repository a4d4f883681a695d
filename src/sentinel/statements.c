/* Statements, and the way of a whole file: imports, parameters, functions, the rest. */
#include "sentinel/evaluate.h"

#include <string.h>

#include "base/arena.h"
#include "sentinel/sentinel.h"

static bool run(struct vm *vm, const struct node *node, struct scope *scope, enum flow *flow,
                struct value *result);

bool statements_run(struct vm *vm, const struct node *block, struct scope *scope, enum flow *flow,
                    struct value *result)
{
    for (size_t i = 0; i < block->count && *flow == FLOW_ON; i++)
        if (!run(vm, block->items[i], scope, flow, result))
            return false;
    return true;
}

/* --- Assignment --- */

static bool is_import(const struct vm *vm, unsigned file, const struct symbol *name)
{
    const struct vm_file *source = &vm->files[file];
    for (size_t i = 0; i < source->import_count; i++)
        if (source->imports[i].name == name)
            return true;
    return false;
}

/* `+=` on a list appends in place, whoever else holds the list. */
static bool compound(struct vm *vm, enum operation op, struct value old, struct value value,
                     place at, struct value *out)
{
    if (op == OP_ADD && old.kind == VALUE_LIST && value.kind == VALUE_LIST) {
        size_t count = value.list->count;
        for (size_t i = 0; i < count; i++)
            if (!value_list_add(vm, old, value.list->items[i]))
                return false;
        *out = old;
        return vm_step(vm, at, count / 4);
    }
    return operators_binary(vm, op, old, value, at, out);
}

static bool set_element(struct vm *vm, const struct node *node, struct scope *scope,
                        struct value value)
{
    const struct node *target = node->a;
    struct value whole, index, old;
    place at = target->at;

    if (!evaluate(vm, target->a, scope, &whole) || !evaluate(vm, target->b, scope, &index))
        return false;
    if (whole.kind != VALUE_LIST && whole.kind != VALUE_MAP)
        return vm_fail(vm, at, "an element of %s cannot be assigned to",
                       value_kind_name(whole.kind));
    if (node->op) {
        if (!operators_index(vm, whole, index, at, &old) ||
            !compound(vm, node->op, old, value, node->at, &value))
            return false;
    }
    if (whole.kind == VALUE_MAP)
        return value_map_set(vm, whole, index, value, at);
    int64_t i = index.kind == VALUE_INT ? index.integer : -1;
    if (i < 0 && index.kind == VALUE_INT)
        i += (int64_t)whole.list->count;
    if (i < 0 || i >= (int64_t)whole.list->count)
        return vm_fail(vm, at, "the list has no such element");
    whole.list->items[i] = value;
    return true;
}

static bool make_rule(struct vm *vm, const struct node *node, struct scope *scope,
                      struct value *out)
{
    struct rule *rule = vm_alloc(vm, sizeof *rule);

    if (!rule)
        return false;
    evaluate_capture(scope);
    *rule = (struct rule){.node = node->b, .scope = scope, .name = node->a->name, .at = node->at};
    ((struct node *)node->b)->description = node->description;
    *out = (struct value){.kind = VALUE_RULE, .rule = rule};
    return true;
}

static bool assign(struct vm *vm, const struct node *node, struct scope *scope)
{
    const struct symbol *name = node->a->name;
    struct value value;

    if (node->b->kind == NODE_RULE ? !make_rule(vm, node, scope, &value)
                                   : !evaluate(vm, node->b, scope, &value))
        return false;
    if (node->a->kind == NODE_INDEX)
        return set_element(vm, node, scope, value);
    struct variable *variable = evaluate_find(scope, name);
    if (!variable && is_import(vm, scope->file, name))
        return vm_fail(vm, node->at, "%s is an import and cannot be assigned to", name->text);
    if (variable && variable->value.kind == VALUE_FUNCTION && variable->value.function->node &&
        variable->value.function->node->is_statement)
        return vm_fail(vm, node->at, "%s is a function and cannot be assigned to", name->text);
    if (node->op) {
        struct value old = value_undefined(node->at);
        if (variable && !evaluate_read(vm, variable->value, node->at, &old))
            return false;
        if (!compound(vm, node->op, old, value, node->at, &value))
            return false;
        variable = evaluate_find(scope, name);
    }
    if (!variable)
        return evaluate_define(vm, scope, name, value);
    variable->value = value;
    return true;
}

/* --- Control --- */

static bool run_if(struct vm *vm, const struct node *node, struct scope *scope, enum flow *flow,
                   struct value *result)
{
    struct value condition;

    if (!evaluate(vm, node->a, scope, &condition))
        return false;
    if (condition.kind != VALUE_BOOL && condition.kind != VALUE_UNDEFINED)
        return vm_fail(vm, node->a->at, "the condition of an if must be a bool, not %s",
                       value_kind_name(condition.kind));
    if (condition.kind == VALUE_BOOL && condition.boolean)
        return run(vm, node->b, scope, flow, result);
    return !node->c || run(vm, node->c, scope, flow, result);
}

static bool run_case(struct vm *vm, const struct node *node, struct scope *scope, enum flow *flow,
                     struct value *result)
{
    struct value subject = value_bool(true), value, found;

    if (node->a && !evaluate(vm, node->a, scope, &subject))
        return false;
    for (size_t i = 0; i < node->count; i++) {
        const struct node *clause = node->items[i];
        for (size_t j = 0; j < clause->count; j++) {
            if (!evaluate(vm, clause->items[j], scope, &value) ||
                !operators_binary(vm, OP_IS, subject, value, clause->items[j]->at, &found))
                return false;
            if (found.kind == VALUE_BOOL && found.boolean)
                return run(vm, clause->a, scope, flow, result);
        }
    }
    return !node->c || run(vm, node->c, scope, flow, result);
}

static bool loop(struct vm *vm, const struct node *node, struct value collection,
                 struct scope **scope, enum flow *flow, struct value *result)
{
    struct value first, second;

    for (size_t i = 0; evaluate_element(collection, i, node->name_count, &first, &second); i++) {
        *scope = evaluate_scope_again(vm, *scope);
        if (!*scope || !vm_step(vm, node->at, 1) ||
            !evaluate_define(vm, *scope, node->names[0], first) ||
            (node->name_count > 1 && !evaluate_define(vm, *scope, node->names[1], second)) ||
            !statements_run(vm, node->b, *scope, flow, result))
            return false;
        if (*flow == FLOW_RETURN)
            return true;
        bool ends = *flow == FLOW_BREAK;
        *flow = FLOW_ON;
        if (ends)
            return true;
    }
    return true;
}

/* A loop over something undefined is an error: to skip it would let a policy pass that has looked
 * at nothing. */
static bool run_for(struct vm *vm, const struct node *node, struct scope *outer, enum flow *flow,
                    struct value *result)
{
    struct value collection;

    if (!evaluate(vm, node->a, outer, &collection))
        return false;
    if (collection.kind != VALUE_LIST && collection.kind != VALUE_MAP)
        return vm_fail(vm, node->a->at, "%s is no list or map", value_kind_name(collection.kind));
    struct scope *scope = evaluate_scope_open(vm, outer);
    if (!scope)
        return false;
    bool good = loop(vm, node, collection, &scope, flow, result);
    if (scope)
        evaluate_scope_close(vm, scope);
    return good;
}

static bool run_node(struct vm *vm, const struct node *node, struct scope *scope, enum flow *flow,
                     struct value *result)
{
    struct value ignored;

    switch (node->kind) {
    case NODE_BLOCK:
        return statements_run(vm, node, scope, flow, result);
    case NODE_ASSIGN:
        return assign(vm, node, scope);
    case NODE_IF:
        return run_if(vm, node, scope, flow, result);
    case NODE_CASE:
        return run_case(vm, node, scope, flow, result);
    case NODE_FOR:
        return run_for(vm, node, scope, flow, result);
    case NODE_BREAK:
        *flow = FLOW_BREAK;
        return true;
    case NODE_CONTINUE:
        *flow = FLOW_CONTINUE;
        return true;
    case NODE_RETURN:
        *flow = FLOW_RETURN;
        *result = value_undefined(node->at);
        return !node->a || evaluate(vm, node->a, scope, result);
    case NODE_EXPRESSION:
        return evaluate(vm, node->a, scope, &ignored);
    default: /* heads and named functions have been seen to */
        return true;
    }
}

static bool run(struct vm *vm, const struct node *node, struct scope *scope, enum flow *flow,
                struct value *result)
{
    if (!vm_step(vm, node->at, 1) || !vm_enter(vm, node->at))
        return false;
    bool good = run_node(vm, node, scope, flow, result);
    vm_leave(vm);
    return good;
}

/* --- Files --- */

static bool open_import(struct vm *vm, unsigned file, const struct node *node)
{
    struct vm_file *source = &vm->files[file];
    struct value value;

    if (source->import_count == VM_MAX_IMPORTS)
        return vm_fail(vm, node->at, "there are too many imports");
    if (is_import(vm, file, node->name))
        return vm_fail(vm, node->at, "there are two imports %s", node->name->text);
    if (!imports_open(vm, node->value.bytes, node->value.len, node->at, &value))
        return false;
    source->imports[source->import_count++] = (struct vm_import){node->name, value};
    return true;
}

static bool set_param(struct vm *vm, unsigned file, const struct node *node)
{
    const struct sentinel_input *input = vm->input;
    struct scope *scope = vm->files[file].scope;
    struct value value;
    const char *reason;

    if (file != 0)
        return vm_fail(vm, node->at, "a module cannot have parameters");
    for (size_t i = 0; i < input->param_count; i++) {
        const struct sentinel_data *param = &input->params[i];
        if (strcmp(param->name, node->name->text) != 0)
            continue;
        if (!value_from_json(vm, param->json, param->len, &value, &reason))
            return vm_fail(vm, node->at, "the parameter %s is no JSON: %s", param->name,
                           reason ? reason : "");
        return evaluate_define(vm, scope, node->name, value);
    }
    if (!node->a)
        return vm_fail(vm, node->at, "the parameter %s has no value", node->name->text);
    return evaluate(vm, node->a, scope, &value) && evaluate_define(vm, scope, node->name, value);
}

/* Functions may be called by what stands above them. */
static bool declare(struct vm *vm, const struct node *node, struct scope *scope)
{
    struct value function;

    if (evaluate_find(scope, node->name))
        return vm_fail(vm, node->at, "the name %s is taken already", node->name->text);
    node->a->is_statement = true;
    return evaluate(vm, node->a, scope, &function) &&
           evaluate_define(vm, scope, node->name, function);
}

bool evaluate_file(struct vm *vm, unsigned file)
{
    struct vm_file *source = &vm->files[file];
    const struct node *program = source->program;
    enum flow flow = FLOW_ON;
    struct value ignored;

    source->running = true;
    source->scope = evaluate_scope_open(vm, NULL);
    if (!source->scope)
        return false;
    source->scope->file = file;
    source->scope->captured = true;
    for (size_t i = 0; i < program->count; i++) {
        const struct node *node = program->items[i];
        if ((node->kind == NODE_IMPORT && !open_import(vm, file, node)) ||
            (node->kind == NODE_PARAM && !set_param(vm, file, node)) ||
            (node->kind == NODE_DECLARE && !declare(vm, node, source->scope)))
            return false;
    }
    if (!statements_run(vm, program, source->scope, &flow, &ignored))
        return false;
    source->running = false;
    return true;
}

bool evaluate_variable(struct vm *vm, unsigned file, const struct symbol *name, place at,
                       struct value *out)
{
    const struct variable *variable = evaluate_find(vm->files[file].scope, name);

    if (!variable) {
        *out = value_undefined(at);
        return true;
    }
    return evaluate_read(vm, variable->value, at, out);
}
