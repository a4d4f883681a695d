/* A pattern as a tree: characters as ranges, repetitions and alternatives as they are written. */
#include "sentinel/regex_parse.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"

#define MAX_DEPTH 100
#define MAX_REPEAT 1000
#define MAX_RUNE 0x10FFFF

enum flag { FOLD = 1, DOT_ALL = 2, MULTI_LINE = 4 };

struct parser {
    struct vm *vm;
    const char *at, *end;
    int flags;
    int depth;
    const char *reason;
};

static void *refuse(struct parser *p, const char *reason)
{
    if (!p->reason)
        p->reason = reason;
    return NULL;
}

static struct regex_tree *make(struct parser *p, enum regex_kind kind)
{
    struct regex_tree *tree = vm_alloc(p->vm, sizeof *tree);
    if (!tree)
        return refuse(p, "too much memory");
    tree->kind = kind;
    return tree;
}

static struct regex_tree *pair(struct parser *p, enum regex_kind kind, struct regex_tree *a,
                               struct regex_tree *b)
{
    struct regex_tree *tree = make(p, kind);
    if (tree) {
        tree->a = a;
        tree->b = b;
    }
    return tree;
}

static bool at_text(const struct parser *p, const char *text)
{
    size_t len = strlen(text);
    return (size_t)(p->end - p->at) >= len && memcmp(p->at, text, len) == 0;
}

static bool take(struct parser *p, const char *text)
{
    if (!at_text(p, text))
        return false;
    p->at += strlen(text);
    return true;
}

rune regex_next_rune(const char **at, const char *end)
{
    static const unsigned char lead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    size_t size = utf8_char(*at, (size_t)(end - *at));
    if (size == 0) {
        (*at)++;
        return 0xFFFD;
    }
    rune value = (unsigned char)**at & lead[size];
    for (size_t i = 1; i < size; i++)
        value = value << 6 | ((unsigned char)(*at)[i] & 0x3F);
    *at += size;
    return value;
}

/* --- Classes --- */

static bool add_range(struct parser *p, struct regex_ranges *r, rune low, rune high)
{
    if (r->count == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 4;
        struct regex_range *more = vm_alloc(p->vm, cap * sizeof *more);
        if (!more)
            return refuse(p, "too much memory");
        if (r->count)
            memcpy(more, r->items, r->count * sizeof *more);
        r->items = more;
        r->cap = cap;
    }
    r->items[r->count++] = (struct regex_range){low, high};
    return true;
}

bool regex_is_cased(rune c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* With (?i): both cases of the ASCII letters in it. What lies beyond ASCII has cases that this does
 * not know. */
static bool add_folded(struct parser *p, struct regex_ranges *r, rune low, rune high)
{
    if (!add_range(p, r, low, high))
        return false;
    if (!(p->flags & FOLD))
        return true;
    if (high > 0x7F && (low > 0x7F || high != MAX_RUNE))
        return refuse(p, "(?i) with letters beyond ASCII is not supported");
    for (rune c = low; c <= high && c <= 0x7F; c++)
        if (regex_is_cased(c) && !add_range(p, r, c ^ 0x20, c ^ 0x20))
            return false;
    return true;
}

/* Sorts them, and turns them around. */
static bool negate(struct parser *p, struct regex_ranges *r)
{
    struct regex_ranges out = {NULL, 0, 0};
    rune from = 0;

    for (size_t i = 1; i < r->count; i++)
        for (size_t j = i; j > 0 && r->items[j].low < r->items[j - 1].low; j--) {
            struct regex_range swap = r->items[j];
            r->items[j] = r->items[j - 1];
            r->items[j - 1] = swap;
        }
    for (size_t i = 0; i < r->count; i++) {
        if (r->items[i].low > from && !add_range(p, &out, from, r->items[i].low - 1))
            return false;
        if (r->items[i].high + 1 > from)
            from = r->items[i].high + 1;
    }
    if (from <= MAX_RUNE && !add_range(p, &out, from, MAX_RUNE))
        return false;
    *r = out;
    return true;
}

static const struct named {
    const char *name;
    const char *ranges; /* pairs of characters */
} posix[] = {
    {"alnum", "09AZaz"},
    {"alpha", "AZaz"},
    {"ascii", "\x01\x7F"},
    {"blank", "\t\t  "},
    {"cntrl", "\x01\x1F\x7F\x7F"},
    {"digit", "09"},
    {"graph", "!~"},
    {"lower", "az"},
    {"print", " ~"},
    {"punct", "!/:@[`{~"},
    {"space", "\t\r  "},
    {"upper", "AZ"},
    {"word", "09AZaz__"},
    {"xdigit", "09AFaf"},
};

static bool add_pairs(struct parser *p, struct regex_ranges *r, const char *pairs, bool negated)
{
    struct regex_ranges set = {NULL, 0, 0};

    for (; *pairs; pairs += 2)
        if (!add_range(p, &set, (unsigned char)pairs[0], (unsigned char)pairs[1]))
            return false;
    if (negated && !negate(p, &set))
        return false;
    for (size_t i = 0; i < set.count; i++)
        if (!add_range(p, r, set.items[i].low, set.items[i].high))
            return false;
    return true;
}

/* \d and the like; false: another letter. */
static bool perl_class(char letter, const char **pairs, bool *negated)
{
    *negated = letter == 'D' || letter == 'S' || letter == 'W';
    switch (letter | 0x20) {
    case 'd':
        *pairs = "09";
        return letter == 'd' || letter == 'D';
    case 's':
        *pairs = "\t\n\f\r  ";
        return letter == 's' || letter == 'S';
    case 'w':
        *pairs = "09AZaz__";
        return letter == 'w' || letter == 'W';
    default:
        return false;
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex_escape(struct parser *p, rune *out)
{
    bool braces = take(p, "{");
    int digits = 0;

    *out = 0;
    for (; p->at < p->end && hex_digit(*p->at) >= 0 && (braces || digits < 2); p->at++) {
        *out = *out * 16 + (rune)hex_digit(*p->at);
        if (++digits > 8 || *out > MAX_RUNE)
            return refuse(p, "an escape sequence is broken");
    }
    if (digits == 0 || (!braces && digits != 2) || (braces && !take(p, "}")))
        return refuse(p, "an escape sequence is broken");
    return true;
}

/* The character that an escape stands for; the backslash has been taken. */
static bool escaped_rune(struct parser *p, rune *out)
{
    static const char letters[] = "afnrtv", bytes[] = "\a\f\n\r\t\v";

    if (p->at == p->end)
        return refuse(p, "a backslash stands at its end");
    char letter = *p->at;
    const char *known = letter ? strchr(letters, letter) : NULL;
    if (known) {
        p->at++;
        *out = (unsigned char)bytes[known - letters];
        return true;
    }
    if (letter == 'x') {
        p->at++;
        return hex_escape(p, out);
    }
    if (letter == '0') { /* octal */
        *out = 0;
        for (int i = 0; i < 3 && p->at < p->end && *p->at >= '0' && *p->at <= '7'; i++)
            *out = *out * 8 + (rune)(*p->at++ - '0');
        return true;
    }
    if ((letter >= '1' && letter <= '9') || regex_is_cased((unsigned char)letter))
        return refuse(p, "an escape sequence is not known or not supported");
    *out = regex_next_rune(&p->at, p->end);
    return true;
}

static bool posix_class(struct parser *p, struct regex_ranges *r)
{
    p->at += 2;
    bool negated = take(p, "^");
    for (size_t i = 0; i < sizeof posix / sizeof posix[0]; i++) {
        size_t len = strlen(posix[i].name);
        if (at_text(p, posix[i].name) && p->end - p->at >= (ptrdiff_t)len + 2 &&
            memcmp(p->at + len, ":]", 2) == 0) {
            p->at += len + 2;
            return add_pairs(p, r, posix[i].ranges, negated);
        }
    }
    return refuse(p, "a class of characters is not known");
}

/* One end of a range in brackets. */
static bool class_rune(struct parser *p, rune *out)
{
    if (take(p, "\\"))
        return escaped_rune(p, out);
    *out = regex_next_rune(&p->at, p->end);
    return true;
}

static bool class_item(struct parser *p, struct regex_ranges *r)
{
    const char *pairs;
    bool negated;
    rune low, high;

    if (at_text(p, "[:"))
        return posix_class(p, r);
    if (*p->at == '\\' && p->end - p->at > 1 && perl_class(p->at[1], &pairs, &negated)) {
        p->at += 2;
        return add_pairs(p, r, pairs, negated);
    }
    if (!class_rune(p, &low))
        return false;
    high = low;
    if (p->end - p->at > 1 && *p->at == '-' && p->at[1] != ']') {
        p->at++;
        if (!class_rune(p, &high))
            return false;
        if (high < low)
            return refuse(p, "a range of characters is the wrong way round");
    }
    return add_folded(p, r, low, high);
}

static struct regex_tree *class(struct parser *p)
{
    struct regex_tree *tree = make(p, REGEX_CLASS);
    bool negated = take(p, "^");
    bool first = true;

    while (tree && (first || !at_text(p, "]"))) {
        if (p->at == p->end)
            return refuse(p, "a bracket is not closed");
        first = false;
        if (!class_item(p, &tree->class))
            return NULL;
    }
    if (tree && negated && !negate(p, &tree->class))
        return NULL;
    if (tree && !take(p, "]"))
        return refuse(p, "a bracket is not closed");
    return tree;
}

static struct regex_tree *one_rune(struct parser *p, rune c)
{
    struct regex_tree *tree = make(p, REGEX_CLASS);
    return tree && add_folded(p, &tree->class, c, c) ? tree : NULL;
}

/* --- Structure --- */

static struct regex_tree *alternatives(struct parser *p);

/* The letters of (?ims-U); false: something else. */
static bool read_flags(struct parser *p, int *flags)
{
    bool off = false;

    for (; p->at < p->end && *p->at != ')' && *p->at != ':'; p->at++) {
        int bit = *p->at == 'i' ? FOLD : *p->at == 's' ? DOT_ALL : *p->at == 'm' ? MULTI_LINE : 0;
        if (*p->at == '-' && !off)
            off = true;
        else if (bit && off)
            *flags &= ~bit;
        else if (bit)
            *flags |= bit;
        else if (*p->at != 'U') /* which match is found first does not matter here */
            return false;
    }
    return p->at < p->end;
}

/* Behind `(?`; *only_flags when the group is nothing but flags. */
static bool group_head(struct parser *p, bool *only_flags)
{
    int flags = p->flags;

    *only_flags = false;
    if (take(p, ":"))
        return true;
    if (take(p, "P<") ||
        (at_text(p, "<") && !at_text(p, "<=") && !at_text(p, "<!") && take(p, "<"))) {
        const char *close = memchr(p->at, '>', (size_t)(p->end - p->at));
        if (!close || close == p->at)
            return refuse(p, "the name of a group is broken");
        p->at = close + 1;
        return true;
    }
    if (!read_flags(p, &flags))
        return refuse(p, "this kind of group is not supported");
    p->flags = flags;
    *only_flags = *p->at == ')';
    p->at++;
    return true;
}

static struct regex_tree *group(struct parser *p)
{
    int flags = p->flags;
    bool only_flags = false;

    if (++p->depth > MAX_DEPTH)
        return refuse(p, "it is nested too deep");
    if (take(p, "?") && !group_head(p, &only_flags))
        return NULL;
    if (only_flags) { /* they hold to the end of the group around */
        p->depth--;
        return make(p, REGEX_EMPTY);
    }
    struct regex_tree *tree = alternatives(p);
    p->depth--;
    p->flags = flags;
    if (tree && !take(p, ")"))
        return refuse(p, "a parenthesis is not closed");
    return tree;
}

static struct regex_tree *any_rune(struct parser *p)
{
    struct regex_tree *tree = make(p, REGEX_CLASS);
    bool good = tree && (p->flags & DOT_ALL ? add_range(p, &tree->class, 0, MAX_RUNE)
                                            : add_range(p, &tree->class, 0, '\n' - 1) &&
                                                  add_range(p, &tree->class, '\n' + 1, MAX_RUNE));
    return good ? tree : NULL;
}

/* Items in a row: a chain that leans to the right, of which *tail is the end. */
static bool append(struct parser *p, struct regex_tree ***tail, struct regex_tree *item)
{
    if (!item)
        return false;
    **tail = pair(p, REGEX_CONCAT, item, NULL);
    if (!**tail)
        return false;
    *tail = &(**tail)->b;
    return true;
}

static struct regex_tree *finish(struct parser *p, struct regex_tree *first,
                                 struct regex_tree **tail)
{
    *tail = make(p, REGEX_EMPTY);
    return !*tail ? NULL : first ? first : *tail;
}

/* \Q...\E */
static struct regex_tree *quoted(struct parser *p)
{
    struct regex_tree *first = NULL, **tail = &first;

    while (p->at < p->end && !take(p, "\\E"))
        if (!append(p, &tail, one_rune(p, regex_next_rune(&p->at, p->end))))
            return NULL;
    return finish(p, first, tail);
}

static struct regex_tree *escape(struct parser *p)
{
    static const struct {
        char letter;
        enum regex_kind kind;
    } borders[] = {{'A', REGEX_TEXT_START},
                   {'z', REGEX_TEXT_END},
                   {'b', REGEX_WORD_BORDER},
                   {'B', REGEX_NO_WORD_BORDER}};
    const char *pairs;
    bool negated;
    rune c;

    if (take(p, "Q"))
        return quoted(p);
    for (size_t i = 0; i < sizeof borders / sizeof borders[0]; i++)
        if (p->at < p->end && *p->at == borders[i].letter) {
            p->at++;
            return make(p, borders[i].kind);
        }
    if (p->at < p->end && perl_class(*p->at, &pairs, &negated)) {
        struct regex_tree *tree = make(p, REGEX_CLASS);
        p->at++;
        return tree && add_pairs(p, &tree->class, pairs, negated) ? tree : NULL;
    }
    return escaped_rune(p, &c) ? one_rune(p, c) : NULL;
}

static struct regex_tree *atom(struct parser *p)
{
    if (take(p, "("))
        return group(p);
    if (take(p, "["))
        return class(p);
    if (take(p, "."))
        return any_rune(p);
    if (take(p, "^"))
        return make(p, p->flags & MULTI_LINE ? REGEX_LINE_START : REGEX_TEXT_START);
    if (take(p, "$"))
        return make(p, p->flags & MULTI_LINE ? REGEX_LINE_END : REGEX_TEXT_END);
    if (take(p, "\\"))
        return escape(p);
    if (at_text(p, "*") || at_text(p, "+") || at_text(p, "?"))
        return refuse(p, "there is nothing to repeat");
    return one_rune(p, regex_next_rune(&p->at, p->end));
}

static bool read_count(struct parser *p, int *out)
{
    const char *from = p->at;

    for (*out = 0; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++)
        *out = *out > MAX_REPEAT ? *out : *out * 10 + (*p->at - '0');
    return p->at > from;
}

/* {n}, {n,} or {n,m}; anything else is a brace. */
static bool braces(struct parser *p, int *min, int *max)
{
    const char *from = p->at;

    if (take(p, "{") && read_count(p, min)) {
        *max = *min;
        bool comma = take(p, ",");
        if (comma && !read_count(p, max))
            *max = -1;
        if (take(p, "}"))
            return true;
    }
    p->at = from;
    return false;
}

static bool repetition(struct parser *p, int *min, int *max)
{
    *min = 0;
    *max = -1;
    if (take(p, "*"))
        return true;
    if (take(p, "+")) {
        *min = 1;
        return true;
    }
    if (take(p, "?")) {
        *max = 1;
        return true;
    }
    return braces(p, min, max);
}

static struct regex_tree *repeated(struct parser *p)
{
    struct regex_tree *tree = atom(p);
    int min, max;

    if (!tree || !repetition(p, &min, &max))
        return tree;
    take(p, "?"); /* lazy or not: only whether it matches counts */
    if (min > MAX_REPEAT || max > MAX_REPEAT || (max >= 0 && max < min))
        return refuse(p, "the count of a repetition is wrong");
    struct regex_tree *outer = pair(p, REGEX_REPEAT, tree, NULL);
    if (outer) {
        outer->min = min;
        outer->max = max;
    }
    if (at_text(p, "*") || at_text(p, "+") || at_text(p, "?"))
        return refuse(p, "a repetition is repeated");
    return outer;
}

static struct regex_tree *sequence(struct parser *p)
{
    struct regex_tree *first = NULL, **tail = &first;

    while (p->at < p->end && *p->at != '|' && *p->at != ')')
        if (!append(p, &tail, repeated(p)))
            return NULL;
    return finish(p, first, tail);
}

static struct regex_tree *alternatives(struct parser *p)
{
    struct regex_tree *tree = sequence(p);

    while (tree && take(p, "|")) {
        struct regex_tree *item = sequence(p);
        tree = item ? pair(p, REGEX_ALTERNATE, tree, item) : NULL;
    }
    return tree;
}

struct regex_tree *regex_parse(struct vm *vm, const char *text, size_t len, const char **reason)
{
    struct parser p = {.vm = vm, .at = text, .end = text + len};
    struct regex_tree *tree = alternatives(&p);

    if (tree && p.at < p.end)
        tree = refuse(&p, "a parenthesis is closed that was not opened");
    *reason = p.reason;
    return tree;
}
