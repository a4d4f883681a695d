/* The parser's hands: the token that comes next, and nodes to hang on the tree. */
#include "sentinel/parser_parts.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"

/* Brackets, and operators and selectors in a row: a tree leans as deep as a chain is long. */
#define MAX_DEPTH 600

/* --- Tokens --- */

void parser_advance(struct parser *p)
{
    p->token = lexer_next(&p->lexer);
}

static bool is_text(const struct token *token, const char *text)
{
    return token->len == strlen(text) && memcmp(token->text, text, token->len) == 0;
}

bool parser_at_word(const struct parser *p, const char *word)
{
    return p->token.kind == TOKEN_NAME && is_text(&p->token, word);
}

bool parser_at_sign(const struct parser *p, const char *sign)
{
    return p->token.kind == TOKEN_OPERATOR && is_text(&p->token, sign);
}

bool parser_take_word(struct parser *p, const char *word)
{
    if (!parser_at_word(p, word))
        return false;
    parser_advance(p);
    return true;
}

bool parser_take_sign(struct parser *p, const char *sign)
{
    if (!parser_at_sign(p, sign))
        return false;
    parser_advance(p);
    return true;
}

void *parser_fail(struct parser *p, const char *what)
{
    int len = p->token.len > 40 ? 40 : (int)p->token.len;
    if (p->token.kind == TOKEN_BAD)
        return NULL;
    vm_failed(p->vm, p->token.at, "%s, not \"%.*s\"", what, len,
              p->token.text ? p->token.text : "");
    return NULL;
}

bool parser_expect(struct parser *p, const char *sign)
{
    char what[64];
    if (parser_take_sign(p, sign))
        return true;
    snprintf(what, sizeof what, "\"%s\" is expected", sign);
    return parser_fail(p, what);
}

/* A line's end before a closing bracket means nothing. */
void parser_skip_line_end(struct parser *p)
{
    while (p->token.kind == TOKEN_SEMICOLON && p->token.from_line_end)
        parser_advance(p);
}

bool parser_is_reserved(const struct token *token)
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

struct node *parser_make(struct parser *p, enum node_kind kind, place at)
{
    struct node *node = arena_alloc(p->vm->arena, sizeof *node);
    node->kind = kind;
    node->at = at;
    return node;
}

void parser_add(struct parser *p, struct nodes *nodes, struct node *node)
{
    if (nodes->count == nodes->cap) {
        size_t cap = nodes->cap ? nodes->cap * 2 : 8;
        nodes->items = arena_resize(p->vm->arena, nodes->items, nodes->cap * sizeof *nodes->items,
                                    cap * sizeof *nodes->items);
        nodes->cap = cap;
    }
    nodes->items[nodes->count++] = node;
}

struct node *parser_with_items(struct node *node, const struct nodes *nodes)
{
    node->items = nodes->items;
    node->count = nodes->count;
    return node;
}

bool parser_enter(struct parser *p)
{
    if (++p->depth > MAX_DEPTH)
        return vm_fail(p->vm, p->token.at, "this is nested too deep");
    return true;
}

/* An identifier that may be bound to something. */
const struct symbol *parser_binding(struct parser *p)
{
    if (p->token.kind != TOKEN_NAME || parser_is_reserved(&p->token))
        return parser_fail(p, "a name is expected");
    const struct symbol *name = vm_symbol(p->vm, p->token.text, p->token.len);
    if (builtins_reserved(name))
        return parser_fail(p, "a name that is not predeclared is expected");
    ((struct symbol *)name)->assigned |= UINT64_C(1) << p->file;
    parser_advance(p);
    return name;
}

bool parser_add_binding(struct parser *p, struct node *node)
{
    const struct symbol *name = parser_binding(p);
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
