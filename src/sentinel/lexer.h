/* Sentinel source as tokens, with the semicolons that line ends stand for. */
#ifndef TERRACE_SENTINEL_LEXER_H
#define TERRACE_SENTINEL_LEXER_H

#include "sentinel/vm.h"

/* The largest source that a place can point into, with room to spare. */
#define LEXER_MAX_SOURCE ((size_t)4 * 1024 * 1024)

enum token_kind {
    TOKEN_END,
    TOKEN_BAD, /* vm->error says what is wrong */
    TOKEN_SEMICOLON,
    TOKEN_NAME, /* identifiers and words alike: compare the text */
    TOKEN_NUMBER,
    TOKEN_STRING,
    TOKEN_OPERATOR, /* compare the text */
};

/* Source from the first comment sign to the end of the last comment; at NULL: none. */
struct comment {
    const char *at;
    size_t len;
};

struct token {
    enum token_kind kind;
    place at;
    const char *text; /* as it stands in the source */
    size_t len;
    struct value value;     /* of a number or string */
    bool from_line_end;     /* a semicolon that is not written */
    struct comment comment; /* on the lines right above */
};

struct lexer {
    struct vm *vm;
    unsigned file;
    const char *start, *at, *end;
    bool ends_statement; /* a line end here is a semicolon */
    bool after_dot;
    struct comment comment; /* so far */
    struct comment header;  /* of the file: the comment at its top that a blank line follows */
    bool comment_is_fresh;  /* nothing but the comment's own line end since */
    bool seen_token, line_has_token;
};

void lexer_init(struct lexer *lexer, struct vm *vm, unsigned file);
struct token lexer_next(struct lexer *lexer);

/* A comment's text without its signs, at most a few lines of it; NULL: none. */
const char *lexer_comment(struct vm *vm, struct comment comment);

bool lexer_is_digit(char c);
/* A number in the syntax of a literal, all of text; a sign may stand in front. */
bool lexer_number(const char *text, size_t len, struct value *out);

#endif
