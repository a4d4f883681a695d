/* See parser.h. Recursive descent; the table of precedences is in `levels`. What the language
 * refuses before it runs anything is refused here: order of heads, breaks outside of loops,
 * functions that may end without a return. */
#include "sentinel/parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "sentinel/ast.h"
#include "sentinel/lexer.h"

/* Brackets, and operators and selectors in a row: a tree leans as deep as a chain is long. */
#define MAX_DEPTH 600

struct parser {
    struct vm *vm;
    unsigned file;
    struct lexer lexer;
    struct token token; /* that comes next */
    int depth;
    int loops;     /* around this place, in the same function */
    int functions; /* around this place */
    bool no_map;   /* a brace begins the body of what is being read */
};

/* A list of nodes that grows. */
struct nodes {
    struct node **items;
    size_t count, cap;
};

static struct node *expression(struct parser *p);
static struct node *block(struct parser *p);
static struct node *statement(struct parser *p);

/* --- Tokens --- */

static void advance(struct parser *p)
{
    p->token = lexer_next(&p->lexer);
}

static bool is_text(const struct token *token, const char *text)
{
    return token->len == strlen(text) && memcmp(token->text, text, token->len) == 0;
}

static bool at_word(const struct parser *p, const char *word)
{
    return p->token.kind == TOKEN_NAME && is_text(&p->token, word);
}

static bool at_sign(const struct parser *p, const char *sign)
{
    return p->token.kind == TOKEN_OPERATOR && is_text(&p->token, sign);
}

static bool take_word(struct parser *p, const char *word)
{
    if (!at_word(p, word))
        return false;
    advance(p);
    return true;
}

static bool take_sign(struct parser *p, const char *sign)
{
    if (!at_sign(p, sign))
        return false;
    advance(p);
    return true;
}

static void *fail(struct parser *p, const char *what)
{
    int len = p->token.len > 40 ? 40 : (int)p->token.len;
    if (p->token.kind == TOKEN_BAD)
        return NULL;
    vm_fail(p->vm, p->token.at, "%s, not \"%.*s\"", what, len, p->token.text ? p->token.text : "");
    return NULL;
}

static bool expect(struct parser *p, const char *sign)
{
    char what[64];
    if (take_sign(p, sign))
        return true;
    snprintf(what, sizeof what, "\"%s\" is expected", sign);
    return fail(p, what);
}

/* A line's end before a closing bracket means nothing. */
static void skip_line_end(struct parser *p)
{
    while (p->token.kind == TOKEN_SEMICOLON && p->token.from_line_end)
        advance(p);
}

static bool is_reserved(const struct token *token)
{
    static const char *const words[] = {
        "all",   "any",      "as",   "break", "case",    "continue", "default",
        "else",  "filter",   "for",  "func",  "if",      "import",   "map",
        "param", "return",   "rule", "when",  "and",     "or",       "xor",
        "not",   "contains", "in",   "is",    "matches", "empty",    "defined"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (is_text(token, words[i]))
            return true;
    return false;
}

/* --- Nodes --- */

static struct node *make(struct parser *p, enum node_kind kind, place at)
{
    struct node *node = arena_alloc(p->vm->arena, sizeof *node);
    node->kind = kind;
    node->at = at;
    return node;
}

static void add(struct parser *p, struct nodes *nodes, struct node *node)
{
    if (nodes->count == nodes->cap) {
        size_t cap = nodes->cap ? nodes->cap * 2 : 8;
        nodes->items = arena_resize(p->vm->arena, nodes->items, nodes->cap * sizeof *nodes->items,
                                    cap * sizeof *nodes->items);
        nodes->cap = cap;
    }
    nodes->items[nodes->count++] = node;
}

static struct node *with_items(struct node *node, const struct nodes *nodes)
{
    node->items = nodes->items;
    node->count = nodes->count;
    return node;
}

static bool enter(struct parser *p)
{
    if (++p->depth > MAX_DEPTH)
        return vm_fail(p->vm, p->token.at, "this is nested too deep");
    return true;
}

/* An identifier that may be bound to something. */
static const struct symbol *binding(struct parser *p)
{
    if (p->token.kind != TOKEN_NAME || is_reserved(&p->token))
        return fail(p, "a name is expected");
    const struct symbol *name = vm_symbol(p->vm, p->token.text, p->token.len);
    if (builtins_reserved(name))
        return fail(p, "a name that is not predeclared is expected");
    ((struct symbol *)name)->assigned |= UINT64_C(1) << p->file;
    advance(p);
    return name;
}

static bool add_binding(struct parser *p, struct node *node)
{
    const struct symbol *name = binding(p);
    if (!name)
        return false;
    for (size_t i = 0; i < node->name_count; i++)
        if (node->names[i] == name)
            return vm_fail(p->vm, node->at, "the name %s is there twice", name->text);
    size_t size = node->name_count * sizeof *node->names;
    node->names = arena_resize(p->vm->arena, (void *)node->names, size, size + sizeof *node->names);
    node->names[node->name_count++] = name;
    return true;
}

/* --- Primary expressions --- */

/* Expressions up to the closing sign, which is taken; a comma may stand at the end. */
static bool list_of(struct parser *p, const char *close, struct nodes *out)
{
    bool no_map = p->no_map;

    p->no_map = false;
    skip_line_end(p);
    while (!at_sign(p, close)) {
        struct node *item = expression(p);
        if (!item)
            return false;
        add(p, out, item);
        skip_line_end(p);
        if (!take_sign(p, ",")) {
            if (!at_sign(p, close))
                return fail(p, "a comma or the end of the list is expected");
            break;
        }
        skip_line_end(p);
    }
    p->no_map = no_map;
    return expect(p, close);
}

static struct node *list_literal(struct parser *p)
{
    struct node *node = make(p, NODE_LIST, p->token.at);
    struct nodes items = {NULL, 0, 0};

    advance(p);
    return list_of(p, "]", &items) ? with_items(node, &items) : NULL;
}

static struct node *map_literal(struct parser *p)
{
    struct node *node = make(p, NODE_MAP, p->token.at);
    struct nodes items = {NULL, 0, 0};
    bool no_map = p->no_map;

    advance(p);
    p->no_map = false;
    skip_line_end(p);
    while (!at_sign(p, "}")) {
        struct node *key = expression(p);
        if (!key || !expect(p, ":"))
            return NULL;
        struct node *value = expression(p);
        if (!value)
            return NULL;
        add(p, &items, key);
        add(p, &items, value);
        skip_line_end(p);
        if (!take_sign(p, ",")) {
            if (!at_sign(p, "}"))
                return fail(p, "a comma or the end of the map is expected");
            break;
        }
        skip_line_end(p);
    }
    p->no_map = no_map;
    return expect(p, "}") ? with_items(node, &items) : NULL;
}

static bool always_returns(const struct node *node);

static bool block_returns(const struct node *node)
{
    return node->count > 0 && always_returns(node->items[node->count - 1]);
}

static bool always_returns(const struct node *node)
{
    const struct node *call = node->a;

    switch (node->kind) {
    case NODE_RETURN:
        return true;
    case NODE_BLOCK:
        return block_returns(node);
    case NODE_IF:
        return node->c && always_returns(node->b) && always_returns(node->c);
    case NODE_CASE:
        for (size_t i = 0; i < node->count; i++)
            if (!block_returns(node->items[i]->a))
                return false;
        return node->c && block_returns(node->c);
    case NODE_EXPRESSION: /* error() never comes back */
        return call->kind == NODE_CALL && call->a->kind == NODE_NAME &&
               strcmp(call->a->name->text, "error") == 0;
    default:
        return false;
    }
}

/* Parameters and body; the word `func` (and a name) have been taken. */
static struct node *function_rest(struct parser *p, place at)
{
    struct node *node = make(p, NODE_FUNCTION, at);
    int loops = p->loops;
    bool no_map = p->no_map;

    if (!expect(p, "("))
        return NULL;
    skip_line_end(p);
    while (!at_sign(p, ")")) {
        if (!add_binding(p, node))
            return NULL;
        skip_line_end(p);
        if (!take_sign(p, ","))
            break;
        skip_line_end(p);
    }
    if (!expect(p, ")"))
        return NULL;
    p->loops = 0;
    p->functions++;
    p->no_map = false;
    node->a = block(p);
    p->no_map = no_map;
    p->functions--;
    p->loops = loops;
    if (node->a && !block_returns(node->a)) {
        vm_fail(p->vm, at, "a function must end with a return on every way through it");
        return NULL;
    }
    return node->a ? node : NULL;
}

/* One expression in braces. */
static struct node *braced(struct parser *p)
{
    bool no_map = p->no_map;

    if (!expect(p, "{"))
        return NULL;
    p->no_map = false;
    skip_line_end(p);
    struct node *body = expression(p);
    p->no_map = no_map;
    if (!body)
        return NULL;
    if (p->token.kind == TOKEN_SEMICOLON)
        advance(p);
    skip_line_end(p);
    return expect(p, "}") ? body : NULL;
}

static struct node *rule(struct parser *p)
{
    struct node *node = make(p, NODE_RULE, p->token.at);

    advance(p);
    if (take_word(p, "when")) {
        bool no_map = p->no_map;
        p->no_map = true;
        node->a = expression(p);
        p->no_map = no_map;
        if (!node->a)
            return NULL;
    }
    node->b = braced(p);
    return node->b ? node : NULL;
}

/* `as k, v` */
static bool names_as(struct parser *p, struct node *node)
{
    if (!take_word(p, "as"))
        return fail(p, "\"as\" is expected");
    return add_binding(p, node) && (!take_sign(p, ",") || add_binding(p, node));
}

static struct node *quantifier(struct parser *p, enum operation op)
{
    struct node *node = make(p, NODE_QUANTIFIER, p->token.at);
    bool no_map = p->no_map;

    advance(p);
    node->op = op;
    p->no_map = false; /* `as` comes before the body */
    node->a = expression(p);
    p->no_map = no_map;
    if (!node->a || !names_as(p, node))
        return NULL;
    node->b = braced(p);
    return node->b ? node : NULL;
}

static struct node *parenthesis(struct parser *p)
{
    bool no_map = p->no_map;

    advance(p);
    p->no_map = false;
    skip_line_end(p);
    struct node *node = expression(p);
    p->no_map = no_map;
    if (!node)
        return NULL;
    skip_line_end(p);
    return expect(p, ")") ? node : NULL;
}

static struct node *word(struct parser *p)
{
    static const struct {
        const char *word;
        enum operation op;
    } quantifiers[] = {{"all", OP_ALL}, {"any", OP_ANY}, {"filter", OP_FILTER}, {"map", OP_MAP}};
    place at = p->token.at;

    for (size_t i = 0; i < sizeof quantifiers / sizeof quantifiers[0]; i++)
        if (at_word(p, quantifiers[i].word))
            return quantifier(p, quantifiers[i].op);
    if (at_word(p, "rule"))
        return fail(p, "an expression is expected (a rule can only be assigned to a variable)");
    if (take_word(p, "func"))
        return function_rest(p, at);
    if (is_reserved(&p->token))
        return fail(p, "an expression is expected");
    struct node *node = make(p, NODE_NAME, at);
    node->name = vm_symbol(p->vm, p->token.text, p->token.len);
    advance(p);
    return node;
}

static struct node *primary(struct parser *p)
{
    if (p->token.kind == TOKEN_NUMBER || p->token.kind == TOKEN_STRING) {
        struct node *node = make(p, NODE_LITERAL, p->token.at);
        node->value = p->token.value;
        advance(p);
        return node;
    }
    if (p->token.kind == TOKEN_NAME)
        return word(p);
    if (at_sign(p, "("))
        return parenthesis(p);
    if (at_sign(p, "["))
        return list_literal(p);
    if (at_sign(p, "{") && !p->no_map)
        return map_literal(p);
    return fail(p, "an expression is expected");
}

/* --- Postfix --- */

static struct node *selector(struct parser *p, struct node *left)
{
    struct node *node = make(p, NODE_SELECTOR, p->token.at);

    if (p->token.kind != TOKEN_NAME)
        return fail(p, "a name is expected");
    node->a = left;
    node->value = value_string(p->token.text, p->token.len);
    advance(p);
    return node;
}

static struct node *index_or_slice(struct parser *p, struct node *left, place at)
{
    struct node *node = make(p, NODE_INDEX, at);
    bool no_map = p->no_map;

    p->no_map = false;
    node->a = left;
    skip_line_end(p);
    if (!at_sign(p, ":") && !(node->b = expression(p)))
        return NULL;
    skip_line_end(p);
    if (take_sign(p, ":")) {
        node->kind = NODE_SLICE;
        skip_line_end(p);
        if (!at_sign(p, "]") && !(node->c = expression(p)))
            return NULL;
        skip_line_end(p);
    }
    p->no_map = no_map;
    return expect(p, "]") ? node : NULL;
}

static struct node *call(struct parser *p, struct node *left, place at)
{
    struct node *node = make(p, NODE_CALL, at);
    struct nodes items = {NULL, 0, 0};

    node->a = left;
    return list_of(p, ")", &items) ? with_items(node, &items) : NULL;
}

static struct node *postfix(struct parser *p)
{
    struct node *node = primary(p);
    int depth = p->depth;

    /* A chain of a thousand selectors is as deep a tree as a thousand brackets. */
    while (node && enter(p)) {
        place at = p->token.at;
        if (take_sign(p, "."))
            node = selector(p, node);
        else if (take_sign(p, "["))
            node = index_or_slice(p, node, at);
        else if (take_sign(p, "("))
            node = call(p, node, node->at);
        else
            break;
    }
    p->depth = depth;
    return p->vm->error ? NULL : node;
}

/* --- Operators --- */

static struct node *unary(struct parser *p)
{
    static const struct {
        const char *text;
        enum operation op;
    } signs[] = {{"+", OP_PLUS}, {"-", OP_MINUS}, {"!", OP_NOT}};
    enum operation op = at_word(p, "not") ? OP_NOT : OP_NONE;
    struct node *node;

    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (at_sign(p, signs[i].text))
            op = signs[i].op;
    if (!op)
        return postfix(p);
    if (!enter(p))
        return NULL;
    node = make(p, NODE_UNARY, p->token.at);
    node->op = op;
    advance(p);
    node->a = unary(p);
    p->depth--;
    return node->a ? node : NULL;
}

/* The operator of this level that comes next, taken; OP_NONE: another token comes. */
static enum operation take_operator(struct parser *p, int level);

static enum operation one_of(struct parser *p, const char *const *texts, const enum operation *ops,
                             size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (take_sign(p, texts[i]) || take_word(p, texts[i]))
            return ops[i];
    return OP_NONE;
}

static enum operation take_comparison(struct parser *p)
{
    static const char *const texts[] = {
        "==", "!=", "<=", "<", ">=", ">", "matches", "contains", "in"};
    static const enum operation ops[] = {OP_IS,      OP_IS_NOT,        OP_LESS_EQUAL,
                                         OP_LESS,    OP_GREATER_EQUAL, OP_GREATER,
                                         OP_MATCHES, OP_CONTAINS,      OP_IN};
    enum operation op = one_of(p, texts, ops, sizeof ops / sizeof ops[0]);
    if (op)
        return op;
    if (take_word(p, "is")) {
        bool negated = take_word(p, "not");
        if (at_word(p, "empty") || at_word(p, "defined")) {
            op = at_word(p, "empty") ? OP_EMPTY : OP_DEFINED;
            advance(p);
            /* The caller wants to know both. */
            return negated ? (enum operation)(-(int)op) : op;
        }
        return negated ? OP_IS_NOT : OP_IS;
    }
    if (take_word(p, "not")) {
        if (take_word(p, "matches"))
            return OP_NOT_MATCHES;
        if (take_word(p, "contains"))
            return OP_NOT_CONTAINS;
        if (take_word(p, "in"))
            return OP_NOT_IN;
        fail(p, "\"in\", \"contains\" or \"matches\" is expected");
    }
    return OP_NONE;
}

enum level {
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_COMPARE,
    LEVEL_ELSE,
    LEVEL_SUM,
    LEVEL_PRODUCT,
    LEVEL_UNARY
};

static enum operation take_operator(struct parser *p, int level)
{
    static const char *const or_texts[] = {"or", "xor"};
    static const enum operation or_ops[] = {OP_OR, OP_XOR};
    static const char *const sum_texts[] = {"+", "-"};
    static const enum operation sum_ops[] = {OP_ADD, OP_SUBTRACT};
    static const char *const product_texts[] = {"*", "/", "%"};
    static const enum operation product_ops[] = {OP_MULTIPLY, OP_DIVIDE, OP_REMAINDER};

    switch (level) {
    case LEVEL_OR:
        return one_of(p, or_texts, or_ops, 2);
    case LEVEL_AND:
        return take_word(p, "and") ? OP_AND : OP_NONE;
    case LEVEL_COMPARE:
        return take_comparison(p);
    case LEVEL_ELSE:
        return take_word(p, "else") ? OP_ELSE : OP_NONE;
    case LEVEL_SUM:
        return one_of(p, sum_texts, sum_ops, 2);
    default:
        return one_of(p, product_texts, product_ops, 3);
    }
}

static struct node *binary(struct parser *p, int level)
{
    if (level == LEVEL_UNARY)
        return unary(p);
    struct node *left = binary(p, level + 1);
    int depth = p->depth;
    while (left && !p->vm->error) {
        place at = p->token.at;
        enum operation op = take_operator(p, level);
        if (!op)
            break;
        if (!enter(p)) /* a long chain leans to the left as deep as it is long */
            return NULL;
        bool test = op == OP_EMPTY || op == OP_DEFINED || (int)op < 0;
        struct node *node = make(p, test ? NODE_TEST : NODE_BINARY, at);
        node->negated = (int)op < 0;
        node->op = (int)op < 0 ? (enum operation)(-(int)op) : op;
        node->a = left;
        if (!test && !(node->b = binary(p, level + 1)))
            return NULL;
        left = node;
    }
    p->depth = depth;
    return p->vm->error ? NULL : left;
}

static struct node *expression(struct parser *p)
{
    if (!enter(p))
        return NULL;
    struct node *node = binary(p, LEVEL_OR);
    p->depth--;
    return node;
}

/* --- Statements --- */

static struct node *header_expression(struct parser *p)
{
    bool no_map = p->no_map;
    p->no_map = true;
    struct node *node = expression(p);
    p->no_map = no_map;
    return node;
}

static struct node *if_statement(struct parser *p)
{
    struct node *node = make(p, NODE_IF, p->token.at);

    advance(p);
    if (!(node->a = header_expression(p)) || !(node->b = block(p)))
        return NULL;
    if (!take_word(p, "else"))
        return node;
    if (!enter(p))
        return NULL;
    node->c = at_word(p, "if") ? if_statement(p) : block(p);
    p->depth--;
    return node->c ? node : NULL;
}

/* Statements up to the next `when`, `else` or the end of the case. */
static struct node *case_body(struct parser *p)
{
    struct node *node = make(p, NODE_BLOCK, p->token.at);
    struct nodes items = {NULL, 0, 0};

    if (!expect(p, ":"))
        return NULL;
    for (;;) {
        while (p->token.kind == TOKEN_SEMICOLON)
            advance(p);
        if (at_word(p, "when") || at_word(p, "else") || at_sign(p, "}"))
            return with_items(node, &items);
        struct node *item = statement(p);
        if (!item)
            return NULL;
        add(p, &items, item);
        if (p->token.kind != TOKEN_SEMICOLON && !at_sign(p, "}"))
            return fail(p, "the end of the statement is expected");
    }
}

static struct node *when_clause(struct parser *p)
{
    struct node *node = make(p, NODE_WHEN, p->token.at);
    struct nodes items = {NULL, 0, 0};

    do {
        advance(p);
        skip_line_end(p);
        struct node *value = expression(p);
        if (!value)
            return NULL;
        add(p, &items, value);
    } while (at_sign(p, ","));
    node->a = case_body(p);
    return node->a ? with_items(node, &items) : NULL;
}

static struct node *case_statement(struct parser *p)
{
    struct node *node = make(p, NODE_CASE, p->token.at);
    struct nodes items = {NULL, 0, 0};

    advance(p);
    if (!at_sign(p, "{") && !(node->a = header_expression(p)))
        return NULL;
    if (!expect(p, "{"))
        return NULL;
    skip_line_end(p);
    while (at_word(p, "when")) {
        struct node *clause = when_clause(p);
        if (!clause)
            return NULL;
        add(p, &items, clause);
    }
    if (take_word(p, "else") && !(node->c = case_body(p)))
        return NULL;
    return expect(p, "}") ? with_items(node, &items) : NULL;
}

static struct node *for_statement(struct parser *p)
{
    struct node *node = make(p, NODE_FOR, p->token.at);

    advance(p);
    if (!(node->a = expression(p)) || !names_as(p, node))
        return NULL;
    p->loops++;
    node->b = block(p);
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

    *plain = take_sign(p, "=");
    return *plain ? OP_NONE : one_of(p, texts, ops, sizeof ops / sizeof ops[0]);
}

/* The target of an assignment has been read as an expression. */
static struct node *assignment(struct parser *p, struct node *target, enum operation op,
                               const char *description)
{
    struct node *node = make(p, NODE_ASSIGN, target->at);
    const struct node *root = target;

    if (!is_assignable(target)) {
        vm_fail(p->vm, target->at, "only variables and their elements can be assigned to");
        return NULL;
    }
    while (root->kind == NODE_INDEX)
        root = root->a;
    if (builtins_reserved(root->name)) {
        vm_fail(p->vm, root->at, "%s is predeclared and cannot be assigned to", root->name->text);
        return NULL;
    }
    ((struct symbol *)root->name)->assigned |= UINT64_C(1) << p->file;
    node->op = op;
    node->a = target;
    node->description = description;
    node->b = at_word(p, "rule") && target->kind == NODE_NAME && !op ? rule(p) : expression(p);
    return node->b ? node : NULL;
}

static struct node *expression_statement(struct parser *p)
{
    struct comment comment = p->token.comment;
    struct node *left = expression(p);
    bool plain;

    if (!left)
        return NULL;
    enum operation op = assignment_operator(p, &plain);
    if (plain || op) {
        const char *description = at_word(p, "rule") ? lexer_comment(p->vm, comment) : NULL;
        return assignment(p, left, op, description);
    }
    struct node *node = make(p, NODE_EXPRESSION, left->at);
    node->a = left;
    left->is_statement = left->kind == NODE_CALL;
    return node;
}

static struct node *loop_word(struct parser *p, enum node_kind kind)
{
    struct node *node = make(p, kind, p->token.at);

    if (p->loops == 0) {
        vm_fail(p->vm, p->token.at, "%.*s stands outside of a loop", (int)p->token.len,
                p->token.text);
        return NULL;
    }
    advance(p);
    return node;
}

static struct node *return_statement(struct parser *p)
{
    struct node *node = make(p, NODE_RETURN, p->token.at);

    if (p->functions == 0) {
        vm_fail(p->vm, p->token.at, "return stands outside of a function");
        return NULL;
    }
    advance(p);
    if (p->token.kind != TOKEN_SEMICOLON && !at_sign(p, "}") && !(node->a = expression(p)))
        return NULL;
    return node;
}

/* `func name(...) {...}`; a literal that is a statement of its own is of no use, but allowed. */
static struct node *function_statement(struct parser *p)
{
    place at = p->token.at;

    advance(p);
    if (p->token.kind != TOKEN_NAME) {
        struct node *node = make(p, NODE_EXPRESSION, at);
        node->a = function_rest(p, at);
        return node->a ? node : NULL;
    }
    struct node *node = make(p, NODE_DECLARE, at);
    if (p->functions > 0 || p->depth > 1) {
        vm_fail(p->vm, at, "a named function can only stand at the top level");
        return NULL;
    }
    node->name = binding(p);
    if (!node->name)
        return NULL;
    node->a = function_rest(p, at);
    return node->a ? node : NULL;
}

static struct node *statement_of(struct parser *p)
{
    if (at_word(p, "if"))
        return if_statement(p);
    if (at_word(p, "case"))
        return case_statement(p);
    if (at_word(p, "for"))
        return for_statement(p);
    if (at_word(p, "break"))
        return loop_word(p, NODE_BREAK);
    if (at_word(p, "continue"))
        return loop_word(p, NODE_CONTINUE);
    if (at_word(p, "return"))
        return return_statement(p);
    if (at_word(p, "func"))
        return function_statement(p);
    return expression_statement(p);
}

static struct node *statement(struct parser *p)
{
    if (!enter(p))
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
            advance(p);
        if (close ? at_sign(p, close) : p->token.kind == TOKEN_END)
            return true;
        struct node *node = statement(p);
        if (!node)
            return false;
        add(p, out, node);
        if (p->token.kind != TOKEN_SEMICOLON && p->token.kind != TOKEN_END &&
            !(close && at_sign(p, close)))
            return fail(p, "the end of the statement is expected");
    }
}

static struct node *block(struct parser *p)
{
    struct node *node = make(p, NODE_BLOCK, p->token.at);
    struct nodes items = {NULL, 0, 0};
    bool no_map = p->no_map;

    if (!expect(p, "{"))
        return NULL;
    p->no_map = false;
    if (!statements(p, "}", &items))
        return NULL;
    p->no_map = no_map;
    return expect(p, "}") ? with_items(node, &items) : NULL;
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
    struct node *node = make(p, NODE_IMPORT, p->token.at);

    advance(p);
    if (p->token.kind != TOKEN_STRING)
        return fail(p, "the name of an import in quotes is expected");
    node->value = p->token.value;
    advance(p);
    if (take_word(p, "as")) {
        node->name = binding(p);
        if (!node->name)
            return NULL;
    } else if (is_name(node->value)) {
        node->name = vm_symbol(p->vm, node->value.bytes, node->value.len);
    } else {
        vm_fail(p->vm, node->at, "an import whose path is no name needs an alias");
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
    struct node *node = make(p, NODE_PARAM, p->token.at);

    advance(p);
    node->name = binding(p);
    if (!node->name)
        return NULL;
    if (!take_word(p, "default"))
        return node;
    node->a = expression(p);
    if (node->a && !is_literal(node->a)) {
        vm_fail(p->vm, node->a->at, "the default of a parameter must be a literal");
        return NULL;
    }
    return node->a ? node : NULL;
}

static bool end_of_head(struct parser *p)
{
    if (p->token.kind != TOKEN_SEMICOLON && p->token.kind != TOKEN_END)
        return fail(p, "the end of the declaration is expected");
    while (p->token.kind == TOKEN_SEMICOLON)
        advance(p);
    return true;
}

static bool heads(struct parser *p, struct nodes *out)
{
    while (p->token.kind == TOKEN_SEMICOLON)
        advance(p);
    while (at_word(p, "import") || at_word(p, "param")) {
        bool import = at_word(p, "import");
        if (import && out->count > 0 && out->items[out->count - 1]->kind == NODE_PARAM)
            return vm_fail(p->vm, p->token.at, "imports must come before parameters");
        struct node *node = import ? import_declaration(p) : param_declaration(p);
        if (!node)
            return false;
        add(p, out, node);
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
    advance(&p);
    if (!heads(&p, &items) || !statements(&p, NULL, &items) || vm->error)
        return NULL;
    *header = lexer_comment(vm, p.lexer.header);
    return with_items(make(&p, NODE_PROGRAM, vm_place(file, 0)), &items);
}
