/* See parser.h. Recursive descent; expressions are in a file of their own. What the language
 * refuses before it runs anything is refused here: order of heads, breaks outside of loops,
 * functions that may end without a return. */
#include "sentinel/parser_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

static struct node *statement(struct parser *p);

/* --- Statements --- */

static struct node *header_expression(struct parser *p)
{
    bool no_map = p->no_map;
    p->no_map = true;
    struct node *node = parser_expression(p);
    p->no_map = no_map;
    return node;
}

static struct node *if_statement(struct parser *p)
{
    struct node *node = parser_make(p, NODE_IF, p->token.at);

    parser_advance(p);
    if (!(node->a = header_expression(p)) || !(node->b = parser_block(p)))
        return NULL;
    if (!parser_take_word(p, "else"))
        return node;
    if (!parser_enter(p))
        return NULL;
    node->c = parser_at_word(p, "if") ? if_statement(p) : parser_block(p);
    p->depth--;
    return node->c ? node : NULL;
}

/* Statements up to the next `when`, `else` or the end of the case. */
static struct node *case_body(struct parser *p)
{
    struct node *node = parser_make(p, NODE_BLOCK, p->token.at);
    struct nodes items = {NULL, 0, 0};

    if (!parser_expect(p, ":"))
        return NULL;
    for (;;) {
        while (p->token.kind == TOKEN_SEMICOLON)
            parser_advance(p);
        if (parser_at_word(p, "when") || parser_at_word(p, "else") || parser_at_sign(p, "}"))
            return parser_with_items(node, &items);
        struct node *item = statement(p);
        if (!item)
            return NULL;
        parser_add(p, &items, item);
        if (p->token.kind != TOKEN_SEMICOLON && !parser_at_sign(p, "}"))
            return parser_fail(p, "the end of the statement is expected");
    }
}

static struct node *when_clause(struct parser *p)
{
    struct node *node = parser_make(p, NODE_WHEN, p->token.at);
    struct nodes items = {NULL, 0, 0};

    do {
        parser_advance(p);
        parser_skip_line_end(p);
        struct node *value = parser_expression(p);
        if (!value)
            return NULL;
        parser_add(p, &items, value);
    } while (parser_at_sign(p, ","));
    node->a = case_body(p);
    return node->a ? parser_with_items(node, &items) : NULL;
}

static struct node *case_statement(struct parser *p)
{
    struct node *node = parser_make(p, NODE_CASE, p->token.at);
    struct nodes items = {NULL, 0, 0};

    parser_advance(p);
    if (!parser_at_sign(p, "{") && !(node->a = header_expression(p)))
        return NULL;
    if (!parser_expect(p, "{"))
        return NULL;
    parser_skip_line_end(p);
    while (parser_at_word(p, "when")) {
        struct node *clause = when_clause(p);
        if (!clause)
            return NULL;
        parser_add(p, &items, clause);
    }
    if (parser_take_word(p, "else") && !(node->c = case_body(p)))
        return NULL;
    return parser_expect(p, "}") ? parser_with_items(node, &items) : NULL;
}

static struct node *for_statement(struct parser *p)
{
    struct node *node = parser_make(p, NODE_FOR, p->token.at);

    parser_advance(p);
    if (!(node->a = parser_expression(p)) || !parser_names_as(p, node))
        return NULL;
    p->loops++;
    node->b = parser_block(p);
    p->loops--;
    return node->b ? node : NULL;
}

static bool is_assignable(const struct node *node)
{
    while (node->kind == NODE_INDEX)
        node = node->a;
    return node->kind == NODE_NAME;
}

static enum operation assignment_operator(struct parser *p, bool *plain)
{
    static const char *const texts[] = {"+=", "-=", "*=", "/=", "%="};
    static const enum operation ops[] = {OP_ADD, OP_SUBTRACT, OP_MULTIPLY, OP_DIVIDE, OP_REMAINDER};

    *plain = parser_take_sign(p, "=");
    return *plain ? OP_NONE : parser_one_of(p, texts, ops, sizeof ops / sizeof ops[0]);
}

/* The target of an assignment has been read as an expression. */
static struct node *assignment(struct parser *p, struct node *target, enum operation op,
                               const char *description)
{
    struct node *node = parser_make(p, NODE_ASSIGN, target->at);
    const struct node *root = target;

    if (!is_assignable(target)) {
        vm_failed(p->vm, target->at, "only variables and their elements can be assigned to");
        return NULL;
    }
    while (root->kind == NODE_INDEX)
        root = root->a;
    if (builtins_reserved(root->name)) {
        vm_failed(p->vm, root->at, "%s is predeclared and cannot be assigned to", root->name->text);
        return NULL;
    }
    ((struct symbol *)root->name)->assigned |= UINT64_C(1) << p->file;
    node->op = op;
    node->a = target;
    node->description = description;
    node->b = parser_at_word(p, "rule") && target->kind == NODE_NAME && !op ? parser_rule(p)
                                                                            : parser_expression(p);
    return node->b ? node : NULL;
}

static struct node *expression_statement(struct parser *p)
{
    struct comment comment = p->token.comment;
    struct node *left = parser_expression(p);
    bool plain;

    if (!left)
        return NULL;
    enum operation op = assignment_operator(p, &plain);
    if (plain || op) {
        const char *description = parser_at_word(p, "rule") ? lexer_comment(p->vm, comment) : NULL;
        return assignment(p, left, op, description);
    }
    struct node *node = parser_make(p, NODE_EXPRESSION, left->at);
    node->a = left;
    left->is_statement = left->kind == NODE_CALL;
    return node;
}

static struct node *loop_word(struct parser *p, enum node_kind kind)
{
    struct node *node = parser_make(p, kind, p->token.at);

    if (p->loops == 0) {
        vm_failed(p->vm, p->token.at, "%.*s stands outside of a loop", (int)p->token.len,
                  p->token.text);
        return NULL;
    }
    parser_advance(p);
    return node;
}

static struct node *return_statement(struct parser *p)
{
    struct node *node = parser_make(p, NODE_RETURN, p->token.at);

    if (p->functions == 0) {
        vm_failed(p->vm, p->token.at, "return stands outside of a function");
        return NULL;
    }
    parser_advance(p);
    if (p->token.kind != TOKEN_SEMICOLON && !parser_at_sign(p, "}") &&
        !(node->a = parser_expression(p)))
        return NULL;
    return node;
}

/* `func name(...) {...}`; a literal that is a statement of its own is of no use, but allowed. */
static struct node *function_statement(struct parser *p)
{
    place at = p->token.at;

    parser_advance(p);
    if (p->token.kind != TOKEN_NAME) {
        struct node *node = parser_make(p, NODE_EXPRESSION, at);
        node->a = parser_function_rest(p, at);
        return node->a ? node : NULL;
    }
    struct node *node = parser_make(p, NODE_DECLARE, at);
    if (p->functions > 0 || p->depth > 1) {
        vm_failed(p->vm, at, "a named function can only stand at the top level");
        return NULL;
    }
    node->name = parser_binding(p);
    if (!node->name)
        return NULL;
    node->a = parser_function_rest(p, at);
    return node->a ? node : NULL;
}

static struct node *statement_of(struct parser *p)
{
    if (parser_at_word(p, "if"))
        return if_statement(p);
    if (parser_at_word(p, "case"))
        return case_statement(p);
    if (parser_at_word(p, "for"))
        return for_statement(p);
    if (parser_at_word(p, "break"))
        return loop_word(p, NODE_BREAK);
    if (parser_at_word(p, "continue"))
        return loop_word(p, NODE_CONTINUE);
    if (parser_at_word(p, "return"))
        return return_statement(p);
    if (parser_at_word(p, "func"))
        return function_statement(p);
    return expression_statement(p);
}

static struct node *statement(struct parser *p)
{
    if (!parser_enter(p))
        return NULL;
    struct node *node = statement_of(p);
    p->depth--;
    return node;
}

/* Statements up to a closing sign; NULL: up to the end of the file. */
static bool statements(struct parser *p, const char *close, struct nodes *out)
{
    for (;;) {
        while (p->token.kind == TOKEN_SEMICOLON)
            parser_advance(p);
        if (close ? parser_at_sign(p, close) : p->token.kind == TOKEN_END)
            return true;
        struct node *node = statement(p);
        if (!node)
            return false;
        parser_add(p, out, node);
        if (p->token.kind != TOKEN_SEMICOLON && p->token.kind != TOKEN_END &&
            !(close && parser_at_sign(p, close)))
            return parser_fail(p, "the end of the statement is expected");
    }
}

struct node *parser_block(struct parser *p)
{
    struct node *node = parser_make(p, NODE_BLOCK, p->token.at);
    struct nodes items = {NULL, 0, 0};
    bool no_map = p->no_map;

    if (!parser_expect(p, "{"))
        return NULL;
    p->no_map = false;
    if (!statements(p, "}", &items))
        return NULL;
    p->no_map = no_map;
    return parser_expect(p, "}") ? parser_with_items(node, &items) : NULL;
}

/* --- Heads --- */

static bool is_name(struct value path)
{
    if (path.len == 0 || lexer_is_digit(*path.bytes))
        return false;
    for (size_t i = 0; i < path.len; i++)
        if (!strchr("_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
                    path.bytes[i]))
            return false;
    return true;
}

static struct node *import_declaration(struct parser *p)
{
    struct node *node = parser_make(p, NODE_IMPORT, p->token.at);

    parser_advance(p);
    if (p->token.kind != TOKEN_STRING)
        return parser_fail(p, "the name of an import in quotes is expected");
    node->value = p->token.value;
    parser_advance(p);
    if (parser_take_word(p, "as")) {
        node->name = parser_binding(p);
        if (!node->name)
            return NULL;
    } else if (is_name(node->value)) {
        node->name = vm_symbol(p->vm, node->value.bytes, node->value.len);
    } else {
        vm_failed(p->vm, node->at, "an import whose path is no name needs an alias");
        return NULL;
    }
    return node;
}

static bool is_literal(const struct node *node)
{
    static const char *const words[] = {"true", "false", "null", "undefined"};

    if (node->kind == NODE_LITERAL)
        return true;
    if (node->kind == NODE_UNARY)
        return node->op != OP_NOT && node->a->kind == NODE_LITERAL;
    if (node->kind == NODE_NAME) {
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            if (strcmp(node->name->text, words[i]) == 0)
                return true;
        return false;
    }
    if (node->kind != NODE_LIST && node->kind != NODE_MAP)
        return false;
    for (size_t i = 0; i < node->count; i++)
        if (!is_literal(node->items[i]))
            return false;
    return true;
}

static struct node *param_declaration(struct parser *p)
{
    struct node *node = parser_make(p, NODE_PARAM, p->token.at);

    parser_advance(p);
    node->name = parser_binding(p);
    if (!node->name)
        return NULL;
    if (!parser_take_word(p, "default"))
        return node;
    node->a = parser_expression(p);
    if (node->a && !is_literal(node->a)) {
        vm_failed(p->vm, node->a->at, "the default of a parameter must be a literal");
        return NULL;
    }
    return node->a ? node : NULL;
}

static bool end_of_head(struct parser *p)
{
    if (p->token.kind != TOKEN_SEMICOLON && p->token.kind != TOKEN_END)
        return parser_fail(p, "the end of the declaration is expected");
    while (p->token.kind == TOKEN_SEMICOLON)
        parser_advance(p);
    return true;
}

static bool heads(struct parser *p, struct nodes *out)
{
    while (p->token.kind == TOKEN_SEMICOLON)
        parser_advance(p);
    while (parser_at_word(p, "import") || parser_at_word(p, "param")) {
        bool import = parser_at_word(p, "import");
        if (import && out->count > 0 && out->items[out->count - 1]->kind == NODE_PARAM)
            return vm_fail(p->vm, p->token.at, "imports must come before parameters");
        struct node *node = import ? import_declaration(p) : param_declaration(p);
        if (!node)
            return false;
        parser_add(p, out, node);
        if (!end_of_head(p))
            return false;
    }
    return true;
}

struct node *parser_read(struct vm *vm, unsigned file, const char **header)
{
    struct parser p = {.vm = vm, .file = file};
    struct nodes items = {NULL, 0, 0};

    lexer_init(&p.lexer, vm, file);
    parser_advance(&p);
    if (!heads(&p, &items) || !statements(&p, NULL, &items) || vm->error)
        return NULL;
    *header = lexer_comment(vm, p.lexer.header);
    return parser_with_items(parser_make(&p, NODE_PROGRAM, vm_place(file, 0)), &items);
}
