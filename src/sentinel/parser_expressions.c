/* Expressions, by recursive descent; the table of precedences is in `levels`. */
#include "sentinel/parser_parts.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"

/* --- Primary expressions --- */

/* Expressions up to the closing sign, which is taken; a comma may stand at the end. */
static bool list_of(struct parser *p, const char *close, struct nodes *out)
{
    bool no_map = p->no_map;

    p->no_map = false;
    parser_skip_line_end(p);
    while (!parser_at_sign(p, close)) {
        struct node *item = parser_expression(p);
        if (!item)
            return false;
        parser_add(p, out, item);
        parser_skip_line_end(p);
        if (!parser_take_sign(p, ",")) {
            if (!parser_at_sign(p, close))
                return parser_fail(p, "a comma or the end of the list is expected");
            break;
        }
        parser_skip_line_end(p);
    }
    p->no_map = no_map;
    return parser_expect(p, close);
}

static struct node *list_literal(struct parser *p)
{
    struct node *node = parser_make(p, NODE_LIST, p->token.at);
    struct nodes items = {NULL, 0, 0};

    parser_advance(p);
    return list_of(p, "]", &items) ? parser_with_items(node, &items) : NULL;
}

static struct node *map_literal(struct parser *p)
{
    struct node *node = parser_make(p, NODE_MAP, p->token.at);
    struct nodes items = {NULL, 0, 0};
    bool no_map = p->no_map;

    parser_advance(p);
    p->no_map = false;
    parser_skip_line_end(p);
    while (!parser_at_sign(p, "}")) {
        struct node *key = parser_expression(p);
        if (!key || !parser_expect(p, ":"))
            return NULL;
        struct node *value = parser_expression(p);
        if (!value)
            return NULL;
        parser_add(p, &items, key);
        parser_add(p, &items, value);
        parser_skip_line_end(p);
        if (!parser_take_sign(p, ",")) {
            if (!parser_at_sign(p, "}"))
                return parser_fail(p, "a comma or the end of the map is expected");
            break;
        }
        parser_skip_line_end(p);
    }
    p->no_map = no_map;
    return parser_expect(p, "}") ? parser_with_items(node, &items) : NULL;
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
struct node *parser_function_rest(struct parser *p, place at)
{
    struct node *node = parser_make(p, NODE_FUNCTION, at);
    int loops = p->loops;
    bool no_map = p->no_map;

    if (!parser_expect(p, "("))
        return NULL;
    parser_skip_line_end(p);
    while (!parser_at_sign(p, ")")) {
        if (!parser_add_binding(p, node))
            return NULL;
        parser_skip_line_end(p);
        if (!parser_take_sign(p, ","))
            break;
        parser_skip_line_end(p);
    }
    if (!parser_expect(p, ")"))
        return NULL;
    p->loops = 0;
    p->functions++;
    p->no_map = false;
    node->a = parser_block(p);
    p->no_map = no_map;
    p->functions--;
    p->loops = loops;
    if (node->a && !block_returns(node->a)) {
        vm_failed(p->vm, at, "a function must end with a return on every way through it");
        return NULL;
    }
    return node->a ? node : NULL;
}

/* One expression in braces. */
static struct node *braced(struct parser *p)
{
    bool no_map = p->no_map;

    if (!parser_expect(p, "{"))
        return NULL;
    p->no_map = false;
    parser_skip_line_end(p);
    struct node *body = parser_expression(p);
    p->no_map = no_map;
    if (!body)
        return NULL;
    if (p->token.kind == TOKEN_SEMICOLON)
        parser_advance(p);
    parser_skip_line_end(p);
    return parser_expect(p, "}") ? body : NULL;
}

struct node *parser_rule(struct parser *p)
{
    struct node *node = parser_make(p, NODE_RULE, p->token.at);

    parser_advance(p);
    if (parser_take_word(p, "when")) {
        bool no_map = p->no_map;
        p->no_map = true;
        node->a = parser_expression(p);
        p->no_map = no_map;
        if (!node->a)
            return NULL;
    }
    node->b = braced(p);
    return node->b ? node : NULL;
}

/* `as k, v` */
bool parser_names_as(struct parser *p, struct node *node)
{
    if (!parser_take_word(p, "as"))
        return parser_fail(p, "\"as\" is expected");
    return parser_add_binding(p, node) &&
           (!parser_take_sign(p, ",") || parser_add_binding(p, node));
}

static struct node *quantifier(struct parser *p, enum operation op)
{
    struct node *node = parser_make(p, NODE_QUANTIFIER, p->token.at);
    bool no_map = p->no_map;

    parser_advance(p);
    node->op = op;
    p->no_map = false; /* `as` comes before the body */
    node->a = parser_expression(p);
    p->no_map = no_map;
    if (!node->a || !parser_names_as(p, node))
        return NULL;
    node->b = braced(p);
    return node->b ? node : NULL;
}

static struct node *parenthesis(struct parser *p)
{
    bool no_map = p->no_map;

    parser_advance(p);
    p->no_map = false;
    parser_skip_line_end(p);
    struct node *node = parser_expression(p);
    p->no_map = no_map;
    if (!node)
        return NULL;
    parser_skip_line_end(p);
    return parser_expect(p, ")") ? node : NULL;
}

static struct node *word(struct parser *p)
{
    static const struct {
        const char *word;
        enum operation op;
    } quantifiers[] = {{"all", OP_ALL}, {"any", OP_ANY}, {"filter", OP_FILTER}, {"map", OP_MAP}};
    place at = p->token.at;

    for (size_t i = 0; i < sizeof quantifiers / sizeof quantifiers[0]; i++)
        if (parser_at_word(p, quantifiers[i].word))
            return quantifier(p, quantifiers[i].op);
    if (parser_at_word(p, "rule"))
        return parser_fail(p,
                           "an expression is expected (a rule can only be assigned to a variable)");
    if (parser_take_word(p, "func"))
        return parser_function_rest(p, at);
    if (parser_is_reserved(&p->token))
        return parser_fail(p, "an expression is expected");
    struct node *node = parser_make(p, NODE_NAME, at);
    node->name = vm_symbol(p->vm, p->token.text, p->token.len);
    parser_advance(p);
    return node;
}

static struct node *primary(struct parser *p)
{
    if (p->token.kind == TOKEN_NUMBER || p->token.kind == TOKEN_STRING) {
        struct node *node = parser_make(p, NODE_LITERAL, p->token.at);
        node->value = p->token.value;
        parser_advance(p);
        return node;
    }
    if (p->token.kind == TOKEN_NAME)
        return word(p);
    if (parser_at_sign(p, "("))
        return parenthesis(p);
    if (parser_at_sign(p, "["))
        return list_literal(p);
    if (parser_at_sign(p, "{") && !p->no_map)
        return map_literal(p);
    return parser_fail(p, "an expression is expected");
}

/* --- Postfix --- */

static struct node *selector(struct parser *p, struct node *left)
{
    struct node *node = parser_make(p, NODE_SELECTOR, p->token.at);

    if (p->token.kind != TOKEN_NAME)
        return parser_fail(p, "a name is expected");
    node->a = left;
    node->value = value_string(p->token.text, p->token.len);
    parser_advance(p);
    return node;
}

static struct node *index_or_slice(struct parser *p, struct node *left, place at)
{
    struct node *node = parser_make(p, NODE_INDEX, at);
    bool no_map = p->no_map;

    p->no_map = false;
    node->a = left;
    parser_skip_line_end(p);
    if (!parser_at_sign(p, ":") && !(node->b = parser_expression(p)))
        return NULL;
    parser_skip_line_end(p);
    if (parser_take_sign(p, ":")) {
        node->kind = NODE_SLICE;
        parser_skip_line_end(p);
        if (!parser_at_sign(p, "]") && !(node->c = parser_expression(p)))
            return NULL;
        parser_skip_line_end(p);
    }
    p->no_map = no_map;
    return parser_expect(p, "]") ? node : NULL;
}

static struct node *call(struct parser *p, struct node *left, place at)
{
    struct node *node = parser_make(p, NODE_CALL, at);
    struct nodes items = {NULL, 0, 0};

    node->a = left;
    return list_of(p, ")", &items) ? parser_with_items(node, &items) : NULL;
}

static struct node *postfix(struct parser *p)
{
    struct node *node = primary(p);
    int depth = p->depth;

    /* A chain of a thousand selectors is as deep a tree as a thousand brackets. */
    while (node && parser_enter(p)) {
        place at = p->token.at;
        if (parser_take_sign(p, "."))
            node = selector(p, node);
        else if (parser_take_sign(p, "["))
            node = index_or_slice(p, node, at);
        else if (parser_take_sign(p, "("))
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
    enum operation op = parser_at_word(p, "not") ? OP_NOT : OP_NONE;
    struct node *node;

    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (parser_at_sign(p, signs[i].text))
            op = signs[i].op;
    if (!op)
        return postfix(p);
    if (!parser_enter(p))
        return NULL;
    node = parser_make(p, NODE_UNARY, p->token.at);
    node->op = op;
    parser_advance(p);
    node->a = unary(p);
    p->depth--;
    return node->a ? node : NULL;
}

/* The operator of this level that comes next, taken; OP_NONE: another token comes. */
static enum operation take_operator(struct parser *p, int level);

enum operation parser_one_of(struct parser *p, const char *const *texts, const enum operation *ops,
                             size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (parser_take_sign(p, texts[i]) || parser_take_word(p, texts[i]))
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
    enum operation op = parser_one_of(p, texts, ops, sizeof ops / sizeof ops[0]);
    if (op)
        return op;
    if (parser_take_word(p, "is")) {
        bool negated = parser_take_word(p, "not");
        if (parser_at_word(p, "empty") || parser_at_word(p, "defined")) {
            op = parser_at_word(p, "empty") ? OP_EMPTY : OP_DEFINED;
            parser_advance(p);
            /* The caller wants to know both. */
            return negated ? (enum operation)(-(int)op) : op;
        }
        return negated ? OP_IS_NOT : OP_IS;
    }
    if (parser_take_word(p, "not")) {
        if (parser_take_word(p, "matches"))
            return OP_NOT_MATCHES;
        if (parser_take_word(p, "contains"))
            return OP_NOT_CONTAINS;
        if (parser_take_word(p, "in"))
            return OP_NOT_IN;
        parser_fail(p, "\"in\", \"contains\" or \"matches\" is expected");
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
        return parser_one_of(p, or_texts, or_ops, 2);
    case LEVEL_AND:
        return parser_take_word(p, "and") ? OP_AND : OP_NONE;
    case LEVEL_COMPARE:
        return take_comparison(p);
    case LEVEL_ELSE:
        return parser_take_word(p, "else") ? OP_ELSE : OP_NONE;
    case LEVEL_SUM:
        return parser_one_of(p, sum_texts, sum_ops, 2);
    default:
        return parser_one_of(p, product_texts, product_ops, 3);
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
        if (!parser_enter(p)) /* a long chain leans to the left as deep as it is long */
            return NULL;
        bool test = op == OP_EMPTY || op == OP_DEFINED || (int)op < 0;
        struct node *node = parser_make(p, test ? NODE_TEST : NODE_BINARY, at);
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

struct node *parser_expression(struct parser *p)
{
    if (!parser_enter(p))
        return NULL;
    struct node *node = binary(p, LEVEL_OR);
    p->depth--;
    return node;
}
