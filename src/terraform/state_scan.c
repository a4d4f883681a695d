/* Push parser for Terraform states: a small JSON machine that checks every byte. Containers whose
 * content nobody wants are "quiet" and cost nothing but that check; for the others state_collect.c
 * is asked what to record. */
#include "terraform/state_scan.h"

#include "base/arena.h"
#include "base/scan.h"
#include "terraform/state_collect.h"

#include <string.h>

#define MAX_DEPTH 512

enum lex { LEX_STRUCTURE, LEX_STRING, LEX_NUMBER, LEX_WORD, LEX_BAD };

/* What may come next where a token begins. */
enum expect {
    EXPECT_VALUE,
    EXPECT_VALUE_OR_END,
    EXPECT_KEY,
    EXPECT_KEY_OR_END,
    EXPECT_COLON,
    EXPECT_COMMA_OR_END,
    EXPECT_NOTHING,
};

enum number {
    NUMBER_STOP, /* the next byte belongs to what follows */
    NUMBER_MINUS,
    NUMBER_ZERO,
    NUMBER_WHOLE,
    NUMBER_POINT,
    NUMBER_FRACTION,
    NUMBER_E,
    NUMBER_E_SIGN,
    NUMBER_EXPONENT,
};

struct state_scan {
    enum lex lex;
    enum expect expect;
    enum number number;
    bool key;         /* the string being read is a key */
    int escape;       /* 0 outside, 5 after a backslash, 1 to 4 hex digits still to come */
    const char *word; /* what is still to come of true, false, null */
    int depth;
    int quiet;                        /* depth of the container not looked into; 0 = none */
    uint64_t objects[MAX_DEPTH / 64]; /* one bit a level: object or array */
    const char *reason;
    struct state_collect collect;
};

struct state_scan *state_scan_new(struct arena *arena)
{
    struct state_scan *scan = arena_alloc(arena, sizeof(*scan));
    state_collect_init(&scan->collect, arena);
    return scan;
}

static const unsigned char *fail(struct state_scan *scan, const char *reason)
{
    scan->lex = LEX_BAD;
    scan->reason = reason;
    return NULL;
}

static void record(struct state_scan *scan, const unsigned char *from, const unsigned char *to)
{
    if (scan->collect.recording)
        state_collect_record(&scan->collect, from, to);
}

static bool in_object(const struct state_scan *scan)
{
    return (scan->objects[(scan->depth - 1) / 64] >> ((scan->depth - 1) % 64)) & 1;
}

/* After a value, whatever it was. */
static void value_done(struct state_scan *scan)
{
    if (scan->collect.recording && scan->quiet == 0)
        state_collect_end_value(&scan->collect);
    scan->lex = LEX_STRUCTURE;
    scan->expect = scan->depth == 0 ? EXPECT_NOTHING : EXPECT_COMMA_OR_END;
}

static bool open_container(struct state_scan *scan, bool object)
{
    if (scan->depth == MAX_DEPTH) {
        fail(scan, "the state is nested too deeply");
        return false;
    }
    uint64_t bit = (uint64_t)1 << (scan->depth % 64);
    uint64_t *word = &scan->objects[scan->depth / 64];
    *word = object ? *word | bit : *word & ~bit;
    scan->depth++;
    scan->expect = object ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
    if (scan->quiet == 0 && !state_collect_open(&scan->collect, scan->depth, object))
        scan->quiet = scan->depth;
    return true;
}

static void close_container(struct state_scan *scan)
{
    if (scan->quiet == 0)
        state_collect_close(&scan->collect, scan->depth);
    else if (scan->quiet == scan->depth)
        scan->quiet = 0;
    scan->depth--;
    value_done(scan);
}

static const unsigned char *begin_value(struct state_scan *scan, const unsigned char *p)
{
    unsigned char c = *p;
    if (scan->depth == 0 && c != '{')
        return fail(scan, "the state is not a JSON object");
    if (scan->quiet == 0)
        state_collect_begin_value(&scan->collect, c);
    switch (c) {
    case '{':
    case '[':
        if (!open_container(scan, c == '{'))
            return NULL;
        break;
    case '"':
        scan->lex = LEX_STRING;
        scan->key = false;
        break;
    case 't':
        scan->lex = LEX_WORD;
        scan->word = "rue";
        break;
    case 'f':
        scan->lex = LEX_WORD;
        scan->word = "alse";
        break;
    case 'n':
        scan->lex = LEX_WORD;
        scan->word = "ull";
        break;
    default:
        if (c != '-' && (c < '0' || c > '9'))
            return fail(scan, "the state is not valid JSON");
        scan->lex = LEX_NUMBER;
        scan->number = c == '-' ? NUMBER_MINUS : c == '0' ? NUMBER_ZERO : NUMBER_WHOLE;
    }
    record(scan, p, p + 1);
    return p + 1;
}

static const unsigned char *begin_key(struct state_scan *scan, const unsigned char *p)
{
    if (*p != '"')
        return fail(scan, "the state is not valid JSON");
    if (scan->quiet == 0)
        state_collect_begin_key(&scan->collect);
    record(scan, p, p + 1);
    scan->lex = LEX_STRING;
    scan->key = true;
    return p + 1;
}

static const unsigned char *skip_space(const unsigned char *p, const unsigned char *end)
{
    static const char spaces[8] = "        ";
    /* Terraform indents: after a line break come many. */
    while (end - p >= 8 && memcmp(p, spaces, 8) == 0)
        p += 8;
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

static const unsigned char *punctuation(struct state_scan *scan, const unsigned char *p)
{
    unsigned char c = *p;
    if (scan->expect == EXPECT_COLON && c == ':')
        scan->expect = EXPECT_VALUE;
    else if (scan->expect == EXPECT_COMMA_OR_END && c == ',') {
        scan->expect = in_object(scan) ? EXPECT_KEY : EXPECT_VALUE;
        if (scan->quiet == 0)
            state_collect_next(&scan->collect, scan->depth);
    } else if (scan->expect != EXPECT_NOTHING && scan->expect != EXPECT_COLON &&
               c == (in_object(scan) ? '}' : ']')) {
        /* First of all, since the container may end what is recorded. */
        record(scan, p, p + 1);
        close_container(scan);
        return p + 1;
    } else {
        return fail(scan, "the state is not valid JSON");
    }
    record(scan, p, p + 1);
    return p + 1;
}

/* Goes on until a string, number or word begins. */
static const unsigned char *structure(struct state_scan *scan, const unsigned char *p,
                                      const unsigned char *end)
{
    while (p != NULL && scan->lex == LEX_STRUCTURE && (p = skip_space(p, end)) < end) {
        switch (scan->expect) {
        case EXPECT_VALUE_OR_END:
            p = *p == ']' ? punctuation(scan, p) : begin_value(scan, p);
            break;
        case EXPECT_VALUE:
            p = begin_value(scan, p);
            break;
        case EXPECT_KEY_OR_END:
            p = *p == '}' ? punctuation(scan, p) : begin_key(scan, p);
            break;
        case EXPECT_KEY:
            p = begin_key(scan, p);
            break;
        case EXPECT_COLON:
        case EXPECT_COMMA_OR_END:
        case EXPECT_NOTHING:
            p = punctuation(scan, p);
            break;
        }
    }
    return p;
}

static bool is_hex(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* May stand behind a backslash. */
static bool is_escape(unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
    case 'u':
        return true;
    default:
        return false;
    }
}

static const unsigned char *escape(struct state_scan *scan, const unsigned char *p)
{
    unsigned char c = *p;
    if (scan->escape == 5) {
        if (!is_escape(c))
            return fail(scan, "the state is not valid JSON");
        scan->escape = c == 'u' ? 4 : 0;
    } else {
        if (!is_hex(c))
            return fail(scan, "the state is not valid JSON");
        scan->escape--;
    }
    record(scan, p, p + 1);
    return p + 1;
}

static const unsigned char *string(struct state_scan *scan, const unsigned char *p,
                                   const unsigned char *end)
{
    if (scan->escape > 0)
        return escape(scan, p);
    const unsigned char *stop = scan_plain(p, end);
    if (stop < end && *stop < ' ')
        return fail(scan, "the state is not valid JSON");
    const unsigned char *next = stop < end ? stop + 1 : stop;
    record(scan, p, next);
    if (stop == end)
        return end;
    if (*stop == '\\') {
        scan->escape = 5;
    } else if (scan->key) {
        scan->lex = LEX_STRUCTURE;
        scan->expect = EXPECT_COLON;
        if (scan->quiet == 0)
            state_collect_end_key(&scan->collect, scan->depth);
    } else {
        value_done(scan);
    }
    return next;
}

static enum number number_next(enum number state, unsigned char c)
{
    bool digit = c >= '0' && c <= '9';
    switch (state) {
    case NUMBER_MINUS:
        return c == '0' ? NUMBER_ZERO : digit ? NUMBER_WHOLE : NUMBER_STOP;
    case NUMBER_WHOLE:
        if (digit)
            return NUMBER_WHOLE;
        /* fall through */
    case NUMBER_ZERO:
        return c == '.' ? NUMBER_POINT : (c | 0x20) == 'e' ? NUMBER_E : NUMBER_STOP;
    case NUMBER_POINT:
        return digit ? NUMBER_FRACTION : NUMBER_STOP;
    case NUMBER_FRACTION:
        return digit ? NUMBER_FRACTION : (c | 0x20) == 'e' ? NUMBER_E : NUMBER_STOP;
    case NUMBER_E:
        if (c == '+' || c == '-')
            return NUMBER_E_SIGN;
        /* fall through */
    case NUMBER_E_SIGN:
    case NUMBER_EXPONENT:
        return digit ? NUMBER_EXPONENT : NUMBER_STOP;
    case NUMBER_STOP:
        break;
    }
    return NUMBER_STOP;
}

static const unsigned char *number(struct state_scan *scan, const unsigned char *p,
                                   const unsigned char *end)
{
    const unsigned char *start = p;
    enum number state = scan->number, next = NUMBER_STOP;
    while (p < end && (next = number_next(state, *p)) != NUMBER_STOP) {
        state = next;
        p++;
    }
    scan->number = state;
    record(scan, start, p);
    if (p == end)
        return p;
    if (state != NUMBER_ZERO && state != NUMBER_WHOLE && state != NUMBER_FRACTION &&
        state != NUMBER_EXPONENT)
        return fail(scan, "the state is not valid JSON");
    value_done(scan);
    return p;
}

static const unsigned char *word(struct state_scan *scan, const unsigned char *p,
                                 const unsigned char *end)
{
    const unsigned char *start = p;
    while (p < end && *scan->word != '\0') {
        if (*p++ != (unsigned char)*scan->word++)
            return fail(scan, "the state is not valid JSON");
    }
    record(scan, start, p);
    if (*scan->word == '\0')
        value_done(scan);
    return p;
}

bool state_scan_feed(struct state_scan *scan, const char *bytes, size_t len)
{
    const unsigned char *p = (const unsigned char *)bytes;
    const unsigned char *end = len > 0 ? p + len : p;
    while (scan->lex != LEX_BAD && p < end) {
        switch (scan->lex) {
        case LEX_STRUCTURE:
            p = structure(scan, p, end);
            break;
        case LEX_STRING:
            p = string(scan, p, end);
            break;
        case LEX_NUMBER:
            p = number(scan, p, end);
            break;
        case LEX_WORD:
            p = word(scan, p, end);
            break;
        case LEX_BAD:
            break;
        }
    }
    return scan->lex != LEX_BAD;
}

const struct state_summary *state_scan_end(struct state_scan *scan, const char **reason)
{
    *reason = scan->reason;
    if (scan->lex != LEX_BAD && scan->expect != EXPECT_NOTHING)
        *reason = "the state ends too early";
    return *reason == NULL ? state_collect_end(&scan->collect) : NULL;
}
