/* See hcl.h. The rules that matter: a line's end ends an expression unless something is open; `${`
 * and `%{` in a string hold expressions with strings of their own. */
#include "terraform/hcl.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"

/* Nesting of strings in templates in strings, and of values in values. */
#define MAX_DEPTH 32

static bool starts(const struct hcl *c, const char *text)
{
    size_t len = strlen(text);
    return (size_t)(c->end - c->at) >= len && memcmp(c->at, text, len) == 0;
}

static bool is_start(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           (unsigned char)byte >= 0x80;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static void skip_line(struct hcl *c)
{
    while (c->at < c->end && *c->at != '\n')
        c->at++;
}

/* True when there was one. A comment without an end ends the file. */
static bool skip_comment(struct hcl *c)
{
    if (starts(c, "#") || starts(c, "//")) {
        skip_line(c);
        return true;
    }
    if (!starts(c, "/*"))
        return false;
    for (c->at += 2; c->at < c->end; c->at++)
        if (starts(c, "*/")) {
            c->at += 2;
            return true;
        }
    return true;
}

void hcl_skip_space(struct hcl *c, bool lines)
{
    while (c->at < c->end)
        if (*c->at == ' ' || *c->at == '\t' || *c->at == '\r' || (lines && *c->at == '\n'))
            c->at++;
        else if (!skip_comment(c))
            return;
}

bool hcl_take(struct hcl *c, char byte)
{
    if (c->at == c->end || *c->at != byte)
        return false;
    c->at++;
    return true;
}

bool hcl_identifier(struct hcl *c, struct hcl_text *out)
{
    const char *from = c->at;

    if (c->at == c->end || !is_start(*c->at))
        return false;
    while (c->at < c->end && (is_start(*c->at) || is_digit(*c->at) || *c->at == '-'))
        c->at++;
    *out = (struct hcl_text){from, (size_t)(c->at - from)};
    return true;
}

/* --- Skipping --- */

static bool skip_string(struct hcl *c, int depth);

/* Behind the brace that closes `${`. */
static bool skip_template(struct hcl *c, int depth)
{
    for (int open = 1; c->at < c->end;) {
        if (*c->at == '"') {
            if (!skip_string(c, depth + 1))
                return false;
            continue;
        }
        open += (*c->at == '{') - (*c->at == '}');
        c->at++;
        if (open == 0)
            return true;
    }
    return false;
}

static bool skip_string(struct hcl *c, int depth)
{
    if (depth > MAX_DEPTH)
        return false;
    c->at++;
    while (c->at < c->end && *c->at != '\n') {
        if (hcl_take(c, '"'))
            return true;
        if (starts(c, "$${") || starts(c, "%%{")) {
            c->at += 3;
        } else if (starts(c, "${") || starts(c, "%{")) {
            c->at += 2;
            if (!skip_template(c, depth))
                return false;
        } else {
            c->at += *c->at == '\\' && c->at + 1 < c->end ? 2 : 1;
        }
    }
    return false;
}

/* `<<NAME` or `<<-NAME` to the end of the line before NAME stands alone, which becomes body. */
static bool skip_heredoc(struct hcl *c, struct hcl_text *body)
{
    struct hcl_text name, last;

    c->at += 2;
    hcl_take(c, '-');
    if (!hcl_identifier(c, &name))
        return false;
    skip_line(c);
    if (!hcl_take(c, '\n'))
        return false;
    body->at = c->at;
    while (c->at < c->end) {
        body->len = (size_t)(c->at - body->at);
        hcl_take(c, '\r');
        while (hcl_take(c, ' ') || hcl_take(c, '\t'))
            continue;
        if (hcl_identifier(c, &last) && last.len == name.len &&
            memcmp(last.at, name.at, name.len) == 0 &&
            (c->at == c->end || *c->at == '\n' || *c->at == '\r'))
            return true;
        skip_line(c);
        hcl_take(c, '\n');
    }
    return false;
}

/* One step of an expression or a block: a string, a heredoc, a comment or a byte. */
static bool step(struct hcl *c)
{
    struct hcl_text body;

    if (*c->at == '"')
        return skip_string(c, 0);
    if (starts(c, "<<") && c->at + 2 < c->end && (c->at[2] == '-' || is_start(c->at[2])))
        return skip_heredoc(c, &body);
    if (!skip_comment(c))
        c->at++;
    return true;
}

bool hcl_expression(struct hcl *c, struct hcl_text *out)
{
    int open = 0;

    hcl_skip_space(c, false);
    *out = (struct hcl_text){c->at, 0};
    while (c->at < c->end) {
        char byte = *c->at;
        bool closes = byte == '}' || byte == ']' || byte == ')';
        if (open == 0 && (byte == '\n' || byte == ',' || closes))
            break;
        open += (byte == '{' || byte == '[' || byte == '(') - closes;
        const char *from = c->at;
        if (!step(c))
            return false;
        /* A comment behind the value does not belong to it. */
        bool comment = byte == '#' || (byte == '/' && c->at > from + 1);
        if (byte != ' ' && byte != '\t' && byte != '\r' && !(comment && open == 0))
            out->len = (size_t)(c->at - out->at);
    }
    return open == 0 && out->len > 0;
}

bool hcl_skip_block(struct hcl *c)
{
    for (int open = 1; c->at < c->end;) {
        open += (*c->at == '{') - (*c->at == '}');
        if (!step(c))
            return false;
        if (open == 0)
            return true;
    }
    return false;
}

bool hcl_label(struct hcl *c, struct hcl_text *out)
{
    const char *from = c->at;

    if (c->at == c->end || *c->at != '"')
        return hcl_identifier(c, out);
    if (!skip_string(c, 0))
        return false;
    *out = (struct hcl_text){from + 1, (size_t)(c->at - from) - 2};
    return true;
}

/* --- Values --- */

static int hex_value(char byte)
{
    if (is_digit(byte))
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* \uXXXX or \UXXXXXXXX behind the letter. What is no character becomes U+FFFD. */
static bool add_code_point(struct buf *out, struct hcl *c, int count)
{
    char bytes[4];
    unsigned long code = 0;

    for (int i = 0; i < count; i++, c->at++) {
        int value = c->at < c->end ? hex_value(*c->at) : -1;
        if (value < 0)
            return false;
        code = code << 4 | (unsigned long)value;
    }
    if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        code = 0xFFFD;
    buf_add(out, bytes, utf8_put(bytes, code));
    return true;
}

static bool add_escape(struct buf *out, struct hcl *c)
{
    static const char letters[] = "nrt\"\\", bytes[] = "\n\r\t\"\\";
    char letter = *c->at++;
    const char *known = strchr(letters, letter);

    if (letter == 'u' || letter == 'U')
        return add_code_point(out, c, letter == 'u' ? 4 : 8);
    if (!known)
        return false;
    buf_addc(out, bytes[known - letters]);
    return true;
}

/* What stands between the quotes, or (raw) in a heredoc. False: it holds a template, or is wrong.
 */
static bool add_plain(struct buf *out, struct hcl_text text, bool raw)
{
    struct hcl c = {text.at, text.at + text.len};

    while (c.at < c.end) {
        if (starts(&c, "$${") || starts(&c, "%%{")) {
            buf_add(out, c.at + 1, 2);
            c.at += 3;
        } else if (starts(&c, "${") || starts(&c, "%{")) {
            return false;
        } else if (!raw && *c.at == '\\') {
            c.at++;
            if (c.at == c.end || !add_escape(out, &c))
                return false;
        } else {
            buf_addc(out, *c.at++);
        }
    }
    return true;
}

static size_t indent_of(const char *at, const char *end)
{
    size_t len = 0;
    while (at + len < end && (at[len] == ' ' || at[len] == '\t'))
        len++;
    return len;
}

/* `<<-`: as many blanks go from each line as the least indented one has. */
static bool add_heredoc(struct buf *out, struct hcl_text body, bool indented)
{
    const char *end = body.at + body.len;
    size_t least = SIZE_MAX;

    if (!indented)
        return add_plain(out, body, true);
    for (const char *at = body.at; at < end;) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        size_t indent = indent_of(at, end);
        if (at + indent < end && at[indent] != '\n' && indent < least)
            least = indent;
        at = line_end ? line_end + 1 : end;
    }
    for (const char *at = body.at; at < end;) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        const char *next = line_end ? line_end + 1 : end;
        size_t indent = indent_of(at, end);
        at += indent < least ? indent : least;
        if (!add_plain(out, (struct hcl_text){at, (size_t)(next - at)}, true))
            return false;
        at = next;
    }
    return true;
}

/* A string or heredoc at the cursor, decoded. */
static bool take_string(struct hcl *c, struct buf *out)
{
    struct hcl_text text = {NULL, 0};

    if (c->at < c->end && *c->at == '"')
        return hcl_label(c, &text) && add_plain(out, text, false);
    if (!starts(c, "<<"))
        return false;
    bool indented = c->at + 2 < c->end && c->at[2] == '-';
    return skip_heredoc(c, &text) && add_heredoc(out, text, indented);
}

const char *hcl_string(struct arena *arena, struct hcl_text expression)
{
    struct hcl c = {expression.at, expression.at + expression.len};
    struct buf out;

    buf_init(&out, arena);
    return take_string(&c, &out) && c.at == c.end ? buf_str(&out) : NULL;
}

/* --- Values as JSON --- */

struct json {
    struct buf *out;
    struct buf scratch; /* one for all strings: an expression may hold very many */
};

static void add_json_string(struct buf *out, const char *text, size_t len)
{
    buf_addc(out, '"');
    for (size_t i = 0; i < len; i++)
        if (text[i] == '"' || text[i] == '\\')
            buf_printf(out, "\\%c", text[i]);
        else if ((unsigned char)text[i] < 0x20)
            buf_printf(out, "\\u%04x", (unsigned)text[i]);
        else
            buf_addc(out, text[i]);
    buf_addc(out, '"');
}

static bool json_number(struct json *j, struct hcl *c)
{
    const char *from = c->at;

    hcl_take(c, '-');
    const char *whole = c->at;
    while (c->at < c->end && is_digit(*c->at))
        c->at++;
    if (c->at == whole || (*whole == '0' && c->at > whole + 1))
        return false;
    if (hcl_take(c, '.')) {
        const char *part = c->at;
        while (c->at < c->end && is_digit(*c->at))
            c->at++;
        if (c->at == part)
            return false;
    }
    buf_add(j->out, from, (size_t)(c->at - from));
    return true;
}

static bool json_text(struct json *j, struct hcl *c)
{
    buf_clear(&j->scratch);
    if (!take_string(c, &j->scratch))
        return false;
    add_json_string(j->out, buf_str(&j->scratch), j->scratch.len);
    return true;
}

static bool json_value(struct json *j, struct hcl *c, int depth);

/* Between members: commas, and in an object line ends. */
static bool separated(struct hcl *c, bool lines, char close)
{
    hcl_skip_space(c, !lines);
    bool found = hcl_take(c, ',') || (lines && c->at < c->end && *c->at == '\n');
    hcl_skip_space(c, true);
    return found || (c->at < c->end && *c->at == close);
}

static bool json_list(struct json *j, struct hcl *c, int depth)
{
    const char *comma = "";

    buf_addc(j->out, '[');
    c->at++;
    hcl_skip_space(c, true);
    while (!hcl_take(c, ']')) {
        buf_adds(j->out, comma);
        comma = ",";
        if (!json_value(j, c, depth) || !separated(c, false, ']'))
            return false;
    }
    buf_addc(j->out, ']');
    return true;
}

static bool json_key(struct json *j, struct hcl *c)
{
    struct hcl_text name;

    if (c->at < c->end && *c->at == '"')
        return json_text(j, c);
    if (!hcl_identifier(c, &name))
        return false;
    add_json_string(j->out, name.at, name.len);
    return true;
}

static bool json_object(struct json *j, struct hcl *c, int depth)
{
    const char *comma = "";

    buf_addc(j->out, '{');
    c->at++;
    hcl_skip_space(c, true);
    while (!hcl_take(c, '}')) {
        buf_adds(j->out, comma);
        comma = ",";
        if (!json_key(j, c))
            return false;
        hcl_skip_space(c, false);
        if (!hcl_take(c, '=') && !hcl_take(c, ':'))
            return false;
        buf_addc(j->out, ':');
        hcl_skip_space(c, false);
        if (!json_value(j, c, depth) || !separated(c, true, '}'))
            return false;
    }
    buf_addc(j->out, '}');
    return true;
}

static bool json_value(struct json *j, struct hcl *c, int depth)
{
    static const char *const words[] = {"true", "false", "null"};
    struct hcl_text name;

    if (c->at == c->end || depth > MAX_DEPTH)
        return false;
    if (*c->at == '[')
        return json_list(j, c, depth + 1);
    if (*c->at == '{')
        return json_object(j, c, depth + 1);
    if (*c->at == '"' || *c->at == '<')
        return json_text(j, c);
    if (!hcl_identifier(c, &name))
        return json_number(j, c);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (name.len == strlen(words[i]) && memcmp(name.at, words[i], name.len) == 0) {
            buf_adds(j->out, words[i]);
            return true;
        }
    return false;
}

bool hcl_json(struct hcl_text expression, struct buf *out)
{
    struct hcl c = {expression.at, expression.at + expression.len};
    struct json j = {.out = out};

    buf_init(&j.scratch, out->arena);
    return json_value(&j, &c, 0) && c.at == c.end;
}
