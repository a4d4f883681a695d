/* See lexer.h. Letters are ASCII, `_` and everything above ASCII that is UTF-8: which of those are
 * letters matters to nobody but who writes policies in symbols. */
#include "sentinel/lexer.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"

bool lexer_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

void lexer_init(struct lexer *lexer, struct vm *vm, unsigned file)
{
    const struct vm_file *source = &vm->files[file];

    *lexer = (struct lexer){.vm = vm,
                            .file = file,
                            .start = source->text,
                            .at = source->text,
                            .end = source->text + source->len};
    if (source->len >= 3 && memcmp(source->text, "\xEF\xBB\xBF", 3) == 0)
        lexer->at += 3;
}

static place here(const struct lexer *lexer)
{
    return vm_place(lexer->file, (size_t)(lexer->at - lexer->start));
}

static struct token bad(struct lexer *lexer, place at, const char *why)
{
    vm_failed(lexer->vm, at, "%s", why);
    return (struct token){.kind = TOKEN_BAD, .at = at};
}

static bool starts(const struct lexer *lexer, const char *text)
{
    size_t len = strlen(text);
    return (size_t)(lexer->end - lexer->at) >= len && memcmp(lexer->at, text, len) == 0;
}

/* --- White space and comments --- */

static void note_comment(struct lexer *lexer, const char *from)
{
    if (lexer->line_has_token) /* it is about what stands before it */
        return;
    if (!lexer->comment.at)
        lexer->comment.at = from;
    lexer->comment.len = (size_t)(lexer->at - lexer->comment.at);
    lexer->comment_is_fresh = true;
}

static void skip_line_comment(struct lexer *lexer)
{
    const char *from = lexer->at;
    while (lexer->at < lexer->end && *lexer->at != '\n')
        lexer->at++;
    note_comment(lexer, from);
}

/* Whether it holds a line end; *ended tells whether it ends at all. */
static bool skip_block_comment(struct lexer *lexer, bool *ended)
{
    const char *from = lexer->at;
    bool lines = false;

    *ended = false;
    for (lexer->at += 2; lexer->at < lexer->end; lexer->at++) {
        lines |= *lexer->at == '\n';
        if (starts(lexer, "*/")) {
            lexer->at += 2;
            *ended = true;
            break;
        }
    }
    note_comment(lexer, from);
    return lines;
}

#define COMMENT_MAX 4096

const char *lexer_comment(struct vm *vm, struct comment comment)
{
    const char *at = comment.at;
    struct buf out;

    if (!at)
        return NULL;
    const char *end = at + comment.len;
    buf_init(&out, vm->arena);
    while (at < end && out.len < COMMENT_MAX) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        const char *next = line_end ? line_end + 1 : end;
        const char *last = line_end ? line_end : end;
        while (at < last && strchr("#/* \t", *at))
            at++;
        while (last > at && strchr("*/ \t\r", last[-1]))
            last--;
        if (out.len > 0)
            buf_addc(&out, '\n');
        buf_add(&out, at, (size_t)(last - at) < COMMENT_MAX ? (size_t)(last - at) : COMMENT_MAX);
        at = next;
    }
    return buf_str(&out);
}

/* A blank line parts a comment from what follows it. */
static void end_line(struct lexer *lexer)
{
    lexer->line_has_token = false;
    if (lexer->comment.at && !lexer->comment_is_fresh) {
        if (!lexer->seen_token && !lexer->header.at)
            lexer->header = lexer->comment;
        lexer->comment.at = NULL;
    }
    lexer->comment_is_fresh = false;
}

/* --- Numbers --- */

static bool read_integer(const char *text, size_t len, bool negative, struct value *out)
{
    uint64_t value = 0, limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    unsigned base = 10;
    size_t i = 0;

    if (len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        i = 2;
    } else if (len > 1 && text[0] == '0') {
        base = 8;
        i = 1;
    }
    for (; i < len; i++) {
        char c = text[i];
        unsigned digit = lexer_is_digit(c) ? (unsigned)(c - '0')
                         : (c | 0x20) >= 'a' && (c | 0x20) <= 'f'
                             ? (unsigned)((c | 0x20) - 'a') + 10
                             : 99;
        if (digit >= base || value > (limit - digit) / base)
            return false;
        value = value * base + digit;
    }
    *out = value_int(negative ? (int64_t)(0 - value) : (int64_t)value);
    return true;
}

static bool read_float(const char *text, size_t len, struct value *out)
{
    char copy[128];
    char *end;

    if (len == 0 || len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    double number = strtod(copy, &end);
    if (*end || !isfinite(number))
        return false;
    *out = value_float(number);
    return true;
}

/* How many bytes from here belong to a number; *is_float tells which kind. */
static size_t number_len(const char *at, const char *end, bool *is_float)
{
    const char *from = at;

    *is_float = false;
    if (end - at > 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) {
        for (at += 2;
             at < end && (lexer_is_digit(*at) || ((*at | 0x20) >= 'a' && (*at | 0x20) <= 'f'));)
            at++;
        return (size_t)(at - from);
    }
    while (at < end && lexer_is_digit(*at))
        at++;
    if (at < end && *at == '.') {
        *is_float = true;
        for (at++; at < end && lexer_is_digit(*at);)
            at++;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        const char *digits = at + 1;
        if (digits < end && (*digits == '+' || *digits == '-'))
            digits++;
        if (digits < end && lexer_is_digit(*digits)) {
            *is_float = true;
            while (digits < end && lexer_is_digit(*digits))
                digits++;
            at = digits;
        }
    }
    return (size_t)(at - from);
}

bool lexer_number(const char *text, size_t len, struct value *out)
{
    bool negative = len > 0 && *text == '-', is_float;

    if (len > 0 && (*text == '-' || *text == '+')) {
        text++;
        len--;
    }
    if (len == 0 || (!lexer_is_digit(*text) && !(*text == '.' && len > 1)))
        return false;
    if (number_len(text, text + len, &is_float) != len)
        return false;
    if (!is_float)
        return read_integer(text, len, negative, out);
    if (!read_float(text, len, out))
        return false;
    if (negative)
        out->number = -out->number;
    return true;
}

static struct token number(struct lexer *lexer)
{
    struct token token = {.kind = TOKEN_NUMBER, .at = here(lexer), .text = lexer->at};
    bool is_float;

    token.len = number_len(lexer->at, lexer->end, &is_float);
    lexer->at += token.len;
    if ((lexer->at < lexer->end && is_letter(*lexer->at)) ||
        !lexer_number(token.text, token.len, &token.value))
        return bad(lexer, token.at, "this is no number");
    return token;
}

/* --- Strings --- */

static int digit_value(char c)
{
    if (lexer_is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* count digits of this base. */
static bool code(struct lexer *lexer, int count, int base, unsigned long *out)
{
    *out = 0;
    for (int i = 0; i < count; i++, lexer->at++) {
        int digit = lexer->at < lexer->end ? digit_value(*lexer->at) : 99;
        if (digit >= base)
            return false;
        *out = *out * (unsigned long)base + (unsigned long)digit;
    }
    return true;
}

static bool escape(struct lexer *lexer, struct buf *out)
{
    static const char letters[] = "abfnrtv\\\"", bytes[] = "\a\b\f\n\r\t\v\\\"";
    unsigned long value;
    char utf8[4];

    lexer->at++;
    if (lexer->at == lexer->end)
        return false;
    char letter = *lexer->at;
    const char *known = letter ? strchr(letters, letter) : NULL;
    if (known) {
        lexer->at++;
        buf_addc(out, bytes[known - letters]);
        return true;
    }
    if (lexer_is_digit(letter)) {
        if (!code(lexer, 3, 8, &value) || value > 0xFF)
            return false;
        buf_addc(out, (char)value);
        return true;
    }
    lexer->at++;
    if (letter == 'x') {
        if (!code(lexer, 2, 16, &value))
            return false;
        buf_addc(out, (char)value);
        return true;
    }
    if ((letter != 'u' && letter != 'U') || !code(lexer, letter == 'u' ? 4 : 8, 16, &value) ||
        value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return false;
    buf_add(out, utf8, utf8_put(utf8, value));
    return true;
}

static struct token string(struct lexer *lexer)
{
    struct token token = {.kind = TOKEN_STRING, .at = here(lexer), .text = lexer->at};
    struct buf out;

    buf_init(&out, lexer->vm->arena);
    for (lexer->at++; lexer->at < lexer->end && *lexer->at != '\n';) {
        if (*lexer->at == '"') {
            lexer->at++;
            token.value = value_string(buf_str(&out), out.len);
            token.len = (size_t)(lexer->at - token.text);
            return token;
        }
        if (*lexer->at == '\\') {
            place at = here(lexer);
            if (!escape(lexer, &out))
                return bad(lexer, at, "this escape sequence is not known");
        } else {
            buf_addc(&out, *lexer->at++);
        }
    }
    return bad(lexer, token.at, "this string does not end");
}

static struct token raw_string(struct lexer *lexer)
{
    struct token token = {.kind = TOKEN_STRING, .at = here(lexer), .text = lexer->at};
    struct buf out;

    buf_init(&out, lexer->vm->arena);
    for (lexer->at++; lexer->at < lexer->end; lexer->at++) {
        if (*lexer->at == '`') {
            lexer->at++;
            token.value = value_string(buf_str(&out), out.len);
            token.len = (size_t)(lexer->at - token.text);
            return token;
        }
        if (*lexer->at != '\r')
            buf_addc(&out, *lexer->at);
    }
    return bad(lexer, token.at, "this string does not end");
}

/* --- The rest --- */

static struct token name(struct lexer *lexer)
{
    struct token token = {.kind = TOKEN_NAME, .at = here(lexer), .text = lexer->at};

    while (lexer->at < lexer->end) {
        size_t size = utf8_char(lexer->at, (size_t)(lexer->end - lexer->at));
        if (size == 0)
            return bad(lexer, here(lexer), "this is not UTF-8");
        if (!is_letter(*lexer->at) && !lexer_is_digit(*lexer->at))
            break;
        lexer->at += size;
    }
    token.len = (size_t)(lexer->at - token.text);
    return token;
}

static struct token operator_token(struct lexer *lexer)
{
    static const char *const two[] = {"+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">="};
    struct token token = {.kind = TOKEN_OPERATOR, .at = here(lexer), .text = lexer->at, .len = 1};

    for (size_t i = 0; i < sizeof two / sizeof two[0]; i++)
        if (starts(lexer, two[i]))
            token.len = 2;
    if (!*lexer->at || !strchr("+-*/%<>=!()[]{},.:;", *lexer->at))
        return bad(lexer, token.at, "this character does not belong here");
    lexer->at += token.len;
    if (*token.text == ';')
        token.kind = TOKEN_SEMICOLON;
    return token;
}

/* As in Go: after what can end a statement. */
static bool can_end(const struct token *token, bool after_dot)
{
    static const char *const words[] = {"all",    "any",  "as",       "case", "default", "else",
                                        "filter", "for",  "func",     "if",   "import",  "map",
                                        "param",  "rule", "when",     "and",  "or",      "xor",
                                        "not",    "in",   "contains", "is",   "matches"};

    switch (token->kind) {
    case TOKEN_NUMBER:
    case TOKEN_STRING:
        return true;
    case TOKEN_OPERATOR:
        return token->len == 1 && strchr(")]}", *token->text);
    case TOKEN_NAME:
        for (size_t i = 0; !after_dot && i < sizeof words / sizeof words[0]; i++)
            if (strlen(words[i]) == token->len && memcmp(words[i], token->text, token->len) == 0)
                return false;
        return true;
    default:
        return false;
    }
}

static struct token line_end(struct lexer *lexer)
{
    lexer->ends_statement = false;
    return (struct token){.kind = TOKEN_SEMICOLON,
                          .at = here(lexer),
                          .text = "end of line",
                          .len = 11,
                          .from_line_end = true};
}

/* White space and comments; true: a line end that is a semicolon was passed. */
static bool skip_blank(struct lexer *lexer, bool *good)
{
    bool ended;

    *good = true;
    while (lexer->at < lexer->end) {
        char c = *lexer->at;
        if (c == '\n') {
            if (lexer->ends_statement)
                return true;
            end_line(lexer);
            lexer->at++;
        } else if (c == ' ' || c == '\t' || c == '\r') {
            lexer->at++;
        } else if (c == '#' || starts(lexer, "//")) {
            skip_line_comment(lexer);
        } else if (starts(lexer, "/*")) {
            place at = here(lexer);
            bool lines = skip_block_comment(lexer, &ended);
            if (!ended) {
                *good = vm_fail(lexer->vm, at, "this comment does not end");
                return false;
            }
            if (lines && lexer->ends_statement)
                return true;
        } else {
            return false;
        }
    }
    return lexer->ends_statement;
}

struct token lexer_next(struct lexer *lexer)
{
    struct token token;
    bool good;

    if (skip_blank(lexer, &good))
        return line_end(lexer);
    if (!good)
        return (struct token){.kind = TOKEN_BAD, .at = lexer->vm->error_at};
    if (lexer->at == lexer->end)
        return (struct token){
            .kind = TOKEN_END, .at = here(lexer), .text = "end of file", .len = 11};
    struct comment comment = lexer->comment;
    lexer->comment.at = NULL;
    char c = *lexer->at;
    if (lexer_is_digit(c) || (c == '.' && !lexer->after_dot && lexer->end - lexer->at > 1 &&
                              lexer_is_digit(lexer->at[1]) && !lexer->ends_statement))
        token = number(lexer);
    else if (c == '"')
        token = string(lexer);
    else if (c == '`')
        token = raw_string(lexer);
    else if (is_letter(c))
        token = name(lexer);
    else
        token = operator_token(lexer);
    token.comment = comment;
    lexer->seen_token = true;
    lexer->line_has_token = true;
    lexer->ends_statement = can_end(&token, lexer->after_dot);
    lexer->after_dot = token.kind == TOKEN_OPERATOR && token.len == 1 && *token.text == '.';
    return token;
}
