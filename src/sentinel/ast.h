/* The tree of a Sentinel file. One kind of node for everything: what its members mean depends on
 * the kind, as said beside it. */
#ifndef TERRACE_SENTINEL_AST_H
#define TERRACE_SENTINEL_AST_H

#include "sentinel/value.h"

struct symbol;

enum node_kind {
    /* Expressions */
    NODE_LITERAL,    /* value */
    NODE_NAME,       /* name */
    NODE_LIST,       /* items */
    NODE_MAP,        /* items: key, value, key, value */
    NODE_FUNCTION,   /* names: parameters, a: block */
    NODE_RULE,       /* a: when or NULL, b: expression */
    NODE_QUANTIFIER, /* op, a: collection, names: one or two, b: body */
    NODE_UNARY,      /* op, a */
    NODE_BINARY,     /* op, a, b */
    NODE_TEST,       /* op: empty or defined, negated, a */
    NODE_SELECTOR,   /* a, value: the name as a string */
    NODE_INDEX,      /* a, b */
    NODE_SLICE,      /* a, b: from or NULL, c: to or NULL */
    NODE_CALL,       /* a: callee, items: arguments */
    /* Statements */
    NODE_BLOCK,   /* items */
    NODE_ASSIGN,  /* op, a: NODE_NAME or NODE_INDEX of one, b: value */
    NODE_DECLARE, /* name, a: NODE_FUNCTION */
    NODE_IF,      /* a: condition, b: block, c: NODE_IF, NODE_BLOCK or NULL */
    NODE_CASE,    /* a: subject or NULL, items: NODE_WHEN, c: else block or NULL */
    NODE_WHEN,    /* items: values, a: block */
    NODE_FOR,     /* a: collection, names, b: block */
    NODE_BREAK,
    NODE_CONTINUE,
    NODE_RETURN,     /* a or NULL */
    NODE_EXPRESSION, /* a */
    /* Heads */
    NODE_IMPORT,  /* value: path, name: what it is called here, or NULL */
    NODE_PARAM,   /* name, a: default or NULL */
    NODE_PROGRAM, /* items: everything in order */
};

enum operation {
    OP_NONE,
    OP_OR,
    OP_XOR,
    OP_AND,
    OP_IS,
    OP_IS_NOT,
    OP_LESS,
    OP_LESS_EQUAL,
    OP_GREATER,
    OP_GREATER_EQUAL,
    OP_MATCHES,
    OP_NOT_MATCHES,
    OP_CONTAINS,
    OP_NOT_CONTAINS,
    OP_IN,
    OP_NOT_IN,
    OP_ELSE,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_REMAINDER,
    OP_NOT,
    OP_PLUS,
    OP_MINUS,
    OP_EMPTY,
    OP_DEFINED,
    OP_ALL,
    OP_ANY,
    OP_FILTER,
    OP_MAP,
};

struct node {
    enum node_kind kind;
    enum operation op;
    place at;
    bool negated;
    bool is_statement; /* a call whose result nobody uses */
    const struct symbol *name;
    struct value value;
    struct node *a, *b, *c;
    struct node **items;
    size_t count;
    const struct symbol **names;
    size_t name_count;
    const char *description; /* the comment right above */
};

#endif
