/* What the files of the parser share: where it is, and what each reads. A function that returns a
 * node gives NULL when the source is refused; vm->error says why. */
#ifndef TERRACE_SENTINEL_PARSER_PARTS_H
#define TERRACE_SENTINEL_PARSER_PARTS_H

#include "sentinel/ast.h"
#include "sentinel/lexer.h"
#include "sentinel/parser.h"

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

/* --- parser_tokens.c --- */
void parser_advance(struct parser *p);
bool parser_at_word(const struct parser *p, const char *word);
bool parser_at_sign(const struct parser *p, const char *sign);
bool parser_take_word(struct parser *p, const char *word);
bool parser_take_sign(struct parser *p, const char *sign);
/* Says what is wrong with the token that comes next; NULL, or false. */
void *parser_fail(struct parser *p, const char *what);
/* A word of the language, which names nothing. */
bool parser_is_reserved(const struct token *token);
bool parser_expect(struct parser *p, const char *sign);
/* A line's end before a closing bracket means nothing. */
void parser_skip_line_end(struct parser *p);
struct node *parser_make(struct parser *p, enum node_kind kind, place at);
void parser_add(struct parser *p, struct nodes *nodes, struct node *node);
struct node *parser_with_items(struct node *node, const struct nodes *nodes);
/* One level deeper; false when that is too deep. The caller leaves it again. */
bool parser_enter(struct parser *p);
/* An identifier that may be bound to something. */
const struct symbol *parser_binding(struct parser *p);
bool parser_add_binding(struct parser *p, struct node *node);

/* --- parser_expressions.c --- */
struct node *parser_expression(struct parser *p);
/* `x, y as`: the names of a quantifier or a `for`. */
bool parser_names_as(struct parser *p, struct node *node);
/* The operation of the sign that comes next and is taken, out of a list; 0 for another. */
enum operation parser_one_of(struct parser *p, const char *const *texts, const enum operation *ops,
                             size_t count);
/* After `rule`; after `func`, from the parameters on. */
struct node *parser_rule(struct parser *p);
struct node *parser_function_rest(struct parser *p, place at);

/* --- parser.c --- */
struct node *parser_block(struct parser *p);

#endif
