/* Between the files that walk the tree: expressions, operators, statements. */
#ifndef TERRACE_SENTINEL_EVALUATE_H
#define TERRACE_SENTINEL_EVALUATE_H

#include "sentinel/ast.h"
#include "sentinel/vm.h"

/* evaluate.c */
bool evaluate(struct vm *vm, const struct node *node, struct scope *scope, struct value *out);
/* What an undefined operand makes of an expression: undefined, where the operand was. */
struct value evaluate_undefined(struct value operand, place at);
struct scope *evaluate_scope_open(struct vm *vm, struct scope *parent);
/* For another round with fresh variables, unless somebody holds the old ones. */
struct scope *evaluate_scope_again(struct vm *vm, struct scope *scope);
void evaluate_scope_close(struct vm *vm, struct scope *scope);
struct variable *evaluate_find(struct scope *scope, const struct symbol *name);
bool evaluate_define(struct vm *vm, struct scope *scope, const struct symbol *name,
                     struct value value);
void evaluate_capture(struct scope *scope);
/* The element of a list or map that a loop is at; false at its end. One name is the element of a
 * list, but the key of a map. */
bool evaluate_element(struct value collection, size_t index, size_t names, struct value *first,
                      struct value *second);

/* operators.c: of operands that have been evaluated; neither `and`, `or` nor `else`. */
bool operators_binary(struct vm *vm, enum operation op, struct value a, struct value b, place at,
                      struct value *out);
bool operators_unary(struct vm *vm, enum operation op, struct value a, place at, struct value *out);
bool operators_index(struct vm *vm, struct value a, struct value index, place at,
                     struct value *out);
bool operators_slice(struct vm *vm, struct value a, const struct value *from,
                     const struct value *to, place at, struct value *out);
bool operators_empty(struct vm *vm, struct value a, bool negated, place at, struct value *out);

/* statements.c */
enum flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE, FLOW_RETURN };
bool statements_run(struct vm *vm, const struct node *block, struct scope *scope, enum flow *flow,
                    struct value *result);

#endif
