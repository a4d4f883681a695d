/* Push parser for Terraform states. A small JSON machine checks every byte; containers whose
 * content nobody wants are "quiet" and cost nothing but that check. What is wanted is recorded as
 * raw text, which is contiguous once its token ends, and is decoded only then: so no escape, number
 * or surrogate ever needs a state of its own across pieces. */
#include "terraform/state_scan.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 512

/* What is larger is counted and marked, never kept (see the header). */
#define MAX_JSON (1024 * 1024)
#define MAX_TEXT (64 * 1024)
#define MAX_INSTANCES 200000

/* All that is kept together: a worker has 64 MiB for everything. */
#define MAX_KEPT (24 * 1024 * 1024)

#define REPLACEMENT 0xfffd

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

/* The containers that are looked into. */
enum where { TOP, OUTPUTS, OUTPUT, RESOURCES, RESOURCE, INSTANCES, INSTANCE };

/* How deep INSTANCE lies: top, resources, resource, instances, instance. */
#define KNOWN_DEPTH 5

enum kind { KIND_INTEGER, KIND_BOOLEAN, KIND_TEXT, KIND_JSON, KIND_INDEX, KIND_ENTER };

/* What a member means: where its value goes, or which container it opens. */
struct field {
    enum where in;
    const char *key;
    enum kind kind;
    size_t offset;
    enum where enter;
};

struct instance {
    const char *index_key;
    const char *deposed;
};

#define MODULE offsetof(struct state_resource, module)

static const struct field fields[] = {
    {TOP, "version", KIND_INTEGER, offsetof(struct state_summary, version), 0},
    {TOP, "serial", KIND_INTEGER, offsetof(struct state_summary, serial), 0},
    {TOP, "lineage", KIND_TEXT, offsetof(struct state_summary, lineage), 0},
    {TOP, "terraform_version", KIND_TEXT, offsetof(struct state_summary, terraform_version), 0},
    {TOP, "outputs", KIND_ENTER, 0, OUTPUTS},
    {TOP, "resources", KIND_ENTER, 0, RESOURCES},
    {OUTPUT, "value", KIND_JSON, offsetof(struct state_output, value), 0},
    {OUTPUT, "type", KIND_JSON, offsetof(struct state_output, type), 0},
    {OUTPUT, "sensitive", KIND_BOOLEAN, offsetof(struct state_output, sensitive), 0},
    {RESOURCE, "module", KIND_TEXT, MODULE, 0},
    {RESOURCE, "mode", KIND_TEXT, offsetof(struct state_resource, mode), 0},
    {RESOURCE, "type", KIND_TEXT, offsetof(struct state_resource, type), 0},
    {RESOURCE, "name", KIND_TEXT, offsetof(struct state_resource, name), 0},
    {RESOURCE, "provider", KIND_TEXT, offsetof(struct state_resource, provider), 0},
    {RESOURCE, "instances", KIND_ENTER, 0, INSTANCES},
    {INSTANCE, "index_key", KIND_INDEX, offsetof(struct instance, index_key), 0},
    {INSTANCE, "deposed", KIND_TEXT, offsetof(struct instance, deposed), 0},
};

/* Values that have no key, or any. */
static const struct field top_field = {TOP, NULL, KIND_ENTER, 0, TOP};
static const struct field output_field = {OUTPUTS, NULL, KIND_ENTER, 0, OUTPUT};
static const struct field resource_field = {RESOURCES, NULL, KIND_ENTER, 0, RESOURCE};
static const struct field instance_field = {INSTANCES, NULL, KIND_ENTER, 0, INSTANCE};

struct state_scan {
    struct arena *arena;

    enum lex lex;
    enum expect expect;
    enum number number;
    bool key;         /* the string being read is a key */
    int escape;       /* 0 outside, 5 after a backslash, 1 to 4 hex digits still to come */
    const char *word; /* what is still to come of true, false, null */
    int depth;
    uint64_t objects[MAX_DEPTH / 64]; /* one bit a level: object or array */
    const char *reason;

    enum where where[KNOWN_DEPTH + 1];
    int quiet;                 /* depth of the container that is not looked into; 0 = none */
    const struct field *field; /* meaning of the value that comes next; NULL = none */
    bool recording;
    bool over; /* what is recorded became too large */
    size_t limit;
    struct buf text;
    struct buf decoded;

    struct state_summary summary;
    struct state_output output;
    struct state_resource resource;
    struct instance instance;
    struct state_output *outputs;
    struct state_resource *resources;
    const char **index_keys; /* of the current resource */
    size_t output_cap, resource_cap, index_key_cap;
    size_t instances_kept;
    size_t kept;
};

struct state_scan *state_scan_new(struct arena *arena)
{
    struct state_scan *scan = arena_alloc(arena, sizeof(*scan));
    scan->arena = arena;
    scan->field = &top_field;
    buf_init(&scan->text, arena);
    buf_init(&scan->decoded, arena);
    return scan;
}

/* --- Recording and keeping --- */

static void record_begin(struct state_scan *scan, size_t limit)
{
    scan->recording = true;
    scan->over = false;
    scan->limit = limit;
    buf_clear(&scan->text);
}

static void record(struct state_scan *scan, const unsigned char *from, const unsigned char *to)
{
    size_t len = (size_t)(to - from);
    if (scan->over)
        return;
    if (scan->text.len + len > scan->limit)
        scan->over = true;
    else
        buf_add(&scan->text, from, len);
}

static bool may_keep(struct state_scan *scan, size_t bytes)
{
    if (scan->kept + bytes <= MAX_KEPT) {
        scan->kept += bytes;
        return true;
    }
    scan->summary.truncated = true;
    return false;
}

/* Makes room for one more item; items is NULL at first. */
static void *grown(struct state_scan *scan, void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    size_t wider = *cap == 0 ? 16 : *cap * 2;
    items = arena_resize(scan->arena, items, *cap * size, wider * size);
    *cap = wider;
    return items;
}

static unsigned long hex4(const char *text)
{
    unsigned long value = 0;
    for (int i = 0; i < 4; i++) {
        char c = text[i];
        value = value * 16 + (unsigned long)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

/* The character of an escape, which is known to be well-formed; half a surrogate pair is none. */
static unsigned long escaped(const char **at, const char *end)
{
    static const char letters[] = "bfnrt";
    static const char meanings[] = "\b\f\n\r\t";
    char c = (*at)[1];
    *at += 2;
    if (c != 'u') {
        const char *letter = strchr(letters, c);
        return letter != NULL ? (unsigned long)meanings[letter - letters] : (unsigned char)c;
    }
    unsigned long unit = hex4(*at);
    *at += 4;
    if (unit < 0xd800 || unit > 0xdfff)
        return unit;
    if (unit > 0xdbff || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
        return REPLACEMENT;
    unsigned long second = hex4(*at + 2);
    if (second < 0xdc00 || second > 0xdfff)
        return REPLACEMENT;
    *at += 6;
    return 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
}

/* Puts the recorded text into scan->decoded: as it is, or, for a string in its quotes, decoded.
 * What is no UTF-8 is replaced, as Terraform does when it reads. */
static void clean(struct state_scan *scan, bool string)
{
    const char *at = scan->text.data + string;
    const char *end = scan->text.data + scan->text.len - string;
    char utf8[4];
    buf_clear(&scan->decoded);
    while (at < end) {
        if (string && *at == '\\') {
            unsigned long c = escaped(&at, end);
            buf_add(&scan->decoded, utf8, utf8_put(utf8, c == 0 ? REPLACEMENT : c));
            continue;
        }
        size_t size = utf8_char(at, (size_t)(end - at));
        if (size == 0)
            buf_add(&scan->decoded, utf8, utf8_put(utf8, REPLACEMENT));
        else
            buf_add(&scan->decoded, at, size);
        at += size == 0 ? 1 : size;
    }
}

static const char *keep_decoded(struct state_scan *scan)
{
    /* The arena rounds up, and adds a NUL. */
    if (!may_keep(scan, scan->decoded.len + 16))
        return NULL;
    return arena_strndup(scan->arena, buf_str(&scan->decoded), scan->decoded.len);
}

static const char *keep_json(struct state_scan *scan)
{
    clean(scan, false);
    return keep_decoded(scan);
}

/* known is a text that it may well be; NULL if there is none. */
static const char *keep_string(struct state_scan *scan, const char *known)
{
    clean(scan, true);
    if (known != NULL && strcmp(known, buf_str(&scan->decoded)) == 0)
        return known;
    return keep_decoded(scan);
}

static int64_t recorded_integer(struct state_scan *scan)
{
    char *end;
    errno = 0;
    long long value = strtoll(scan->text.data, &end, 10);
    return errno == 0 && *end == '\0' ? value : 0;
}

/* --- What containers and members mean --- */

static void begin_container(struct state_scan *scan, enum where where)
{
    switch (where) {
    case OUTPUT:
        /* The name is set already, by its key. */
        scan->output.value = "null";
        break;
    case RESOURCES:
        scan->summary.resource_count = 0;
        break;
    case RESOURCE:
        scan->resource =
            (struct state_resource){.mode = "", .type = "", .name = "", .provider = ""};
        break;
    case INSTANCES:
        scan->resource.instance_count = 0;
        scan->resource.index_key_count = 0;
        break;
    case INSTANCE:
        scan->instance = (struct instance){NULL, NULL};
        break;
    case TOP:
    case OUTPUTS:
        break;
    }
}

static void end_output(struct state_scan *scan)
{
    if (!may_keep(scan, sizeof(scan->output)))
        return;
    scan->outputs = grown(scan, scan->outputs, scan->summary.output_count, &scan->output_cap,
                          sizeof(scan->output));
    scan->outputs[scan->summary.output_count++] = scan->output;
}

static void end_instance(struct state_scan *scan)
{
    if (scan->instance.deposed != NULL && scan->instance.deposed[0] != '\0')
        return;
    scan->resource.instance_count++;
    if (scan->instances_kept == MAX_INSTANCES) {
        scan->summary.truncated = true;
        return;
    }
    if (!may_keep(scan, sizeof(*scan->index_keys)))
        return;
    scan->instances_kept++;
    scan->index_keys = grown(scan, scan->index_keys, scan->resource.index_key_count,
                             &scan->index_key_cap, sizeof(*scan->index_keys));
    scan->index_keys[scan->resource.index_key_count++] = scan->instance.index_key;
}

static void end_resource(struct state_scan *scan)
{
    struct state_resource *resource = &scan->resource;
    if (!may_keep(scan, sizeof(*resource)))
        return;
    if (resource->index_key_count > 0) {
        size_t size = resource->index_key_count * sizeof(*scan->index_keys);
        resource->index_keys = arena_alloc(scan->arena, size);
        memcpy(resource->index_keys, scan->index_keys, size);
    }
    scan->resources = grown(scan, scan->resources, scan->summary.resource_count,
                            &scan->resource_cap, sizeof(*resource));
    scan->resources[scan->summary.resource_count++] = *resource;
}

static void end_container(struct state_scan *scan, enum where where)
{
    if (where == OUTPUT)
        end_output(scan);
    else if (where == INSTANCE)
        end_instance(scan);
    else if (where == RESOURCE)
        end_resource(scan);
}

static void *struct_of(struct state_scan *scan, enum where where)
{
    switch (where) {
    case OUTPUT:
        return &scan->output;
    case RESOURCE:
        return &scan->resource;
    case INSTANCE:
        return &scan->instance;
    default:
        return &scan->summary;
    }
}

static const struct field *element_field(enum where where)
{
    return where == RESOURCES ? &resource_field : where == INSTANCES ? &instance_field : NULL;
}

/* A key was recorded: what does its value mean? */
static void end_key(struct state_scan *scan)
{
    enum where in = scan->where[scan->depth];
    scan->recording = false;
    scan->field = NULL;
    if (in == OUTPUTS) {
        scan->output = (struct state_output){0};
        if (!scan->over)
            scan->output.name = keep_string(scan, NULL);
        if (scan->output.name != NULL)
            scan->field = &output_field;
        else
            scan->summary.truncated = true;
        return;
    }
    for (size_t i = 0; !scan->over && i < sizeof(fields) / sizeof(fields[0]); i++) {
        size_t len = strlen(fields[i].key);
        if (fields[i].in == in && len + 2 == scan->text.len &&
            memcmp(fields[i].key, scan->text.data + 1, len) == 0)
            scan->field = &fields[i];
    }
}

/* Neighbours mostly have the same module, mode, type and provider: they share the text. */
static const char *known_text(const struct state_scan *scan, const struct field *field)
{
    if (field->in != RESOURCE || scan->summary.resource_count == 0)
        return NULL;
    const struct state_resource *last = &scan->resources[scan->summary.resource_count - 1];
    return *(const char *const *)((const char *)last + field->offset);
}

/* A value was recorded whole. */
static void store(struct state_scan *scan)
{
    const struct field *field = scan->field;
    void *target = (char *)struct_of(scan, field->in) + field->offset;
    const char *kept = NULL;
    char first = scan->over ? '\0' : scan->text.data[0];
    scan->recording = false;
    scan->summary.truncated |= scan->over;
    switch (field->kind) {
    case KIND_INTEGER:
        *(int64_t *)target = scan->over ? 0 : recorded_integer(scan);
        return;
    case KIND_BOOLEAN:
        *(bool *)target = first == 't';
        return;
    case KIND_TEXT:
        if (first == '"')
            kept = keep_string(scan, known_text(scan, field));
        /* "" and not NULL is what stands for an absent text in a resource. */
        if (kept == NULL && field->in == RESOURCE && field->offset != MODULE)
            kept = "";
        break;
    case KIND_INDEX:
        if (first == '"' || first == '-' || (first >= '0' && first <= '9'))
            kept = keep_json(scan);
        break;
    case KIND_JSON:
        if (first != '\0')
            kept = keep_json(scan);
        break;
    case KIND_ENTER:
        return;
    }
    *(const char **)target = kept;
}

/* --- The JSON machine --- */

static const unsigned char *fail(struct state_scan *scan, const char *reason)
{
    scan->lex = LEX_BAD;
    scan->reason = reason;
    return NULL;
}

static bool in_object(const struct state_scan *scan)
{
    return (scan->objects[(scan->depth - 1) / 64] >> ((scan->depth - 1) % 64)) & 1;
}

/* After a value, whatever it was. */
static void value_done(struct state_scan *scan)
{
    if (scan->recording && scan->quiet == 0)
        store(scan);
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
    if (scan->quiet != 0)
        return true;
    if (scan->field != NULL && scan->field->kind == KIND_ENTER &&
        object == (scan->field->enter != RESOURCES && scan->field->enter != INSTANCES)) {
        scan->where[scan->depth] = scan->field->enter;
        begin_container(scan, scan->field->enter);
        scan->field = element_field(scan->where[scan->depth]);
    } else {
        scan->quiet = scan->depth;
    }
    return true;
}

static void close_container(struct state_scan *scan)
{
    if (scan->quiet == 0)
        end_container(scan, scan->where[scan->depth]);
    else if (scan->quiet == scan->depth)
        scan->quiet = 0;
    scan->depth--;
    value_done(scan);
}

/* Only a KIND_JSON may be a container. */
static void record_if_wanted(struct state_scan *scan, unsigned char first)
{
    if (scan->quiet != 0 || scan->field == NULL || scan->field->kind == KIND_ENTER)
        return;
    bool json = scan->field->kind == KIND_JSON;
    if (json || (first != '{' && first != '['))
        record_begin(scan, json ? MAX_JSON : MAX_TEXT);
}

static const unsigned char *begin_value(struct state_scan *scan, const unsigned char *p)
{
    unsigned char c = *p;
    if (scan->depth == 0 && c != '{')
        return fail(scan, "the state is not a JSON object");
    record_if_wanted(scan, c);
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
    if (scan->recording)
        record(scan, p, p + 1);
    return p + 1;
}

static const unsigned char *begin_key(struct state_scan *scan, const unsigned char *p)
{
    if (*p != '"')
        return fail(scan, "the state is not valid JSON");
    if (scan->quiet == 0)
        record_begin(scan, MAX_TEXT);
    if (scan->recording)
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
            scan->field = element_field(scan->where[scan->depth]);
    } else if (scan->expect != EXPECT_NOTHING && scan->expect != EXPECT_COLON &&
               c == (in_object(scan) ? '}' : ']')) {
        /* Before the container ends what is recorded. */
        if (scan->recording)
            record(scan, p, p + 1);
        close_container(scan);
        return p + 1;
    } else {
        return fail(scan, "the state is not valid JSON");
    }
    if (scan->recording)
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

/* The first byte that is a quote, a backslash or a control character. Eight bytes at once: the
 * usual tricks find a byte below n, or equal to n, in each byte of a word; the lowest mark is
 * always a true one. */
static const unsigned char *plain_end(const unsigned char *p, const unsigned char *end)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    while (end - p >= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        uint64_t quote = word ^ ones * '"';
        uint64_t backslash = word ^ ones * '\\';
        uint64_t marks = (((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
                          ((word - ones * ' ') & ~word)) &
                         tops;
        if (marks != 0)
            return p + __builtin_ctzll(marks) / 8;
        p += 8;
    }
#endif
    while (p < end && *p != '"' && *p != '\\' && *p >= ' ')
        p++;
    return p;
}

static bool is_hex(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static const unsigned char *escape(struct state_scan *scan, const unsigned char *p)
{
    unsigned char c = *p;
    if (scan->escape == 5) {
        if (c == '\0' || strchr("\"\\/bfnrtu", c) == NULL)
            return fail(scan, "the state is not valid JSON");
        scan->escape = c == 'u' ? 4 : 0;
    } else {
        if (!is_hex(c))
            return fail(scan, "the state is not valid JSON");
        scan->escape--;
    }
    if (scan->recording)
        record(scan, p, p + 1);
    return p + 1;
}

static const unsigned char *string(struct state_scan *scan, const unsigned char *p,
                                   const unsigned char *end)
{
    if (scan->escape > 0)
        return escape(scan, p);
    const unsigned char *stop = plain_end(p, end);
    if (stop < end && *stop < ' ')
        return fail(scan, "the state is not valid JSON");
    const unsigned char *next = stop < end ? stop + 1 : stop;
    if (scan->recording)
        record(scan, p, next);
    if (stop == end)
        return end;
    if (*stop == '\\') {
        scan->escape = 5;
    } else if (scan->key) {
        scan->lex = LEX_STRUCTURE;
        scan->expect = EXPECT_COLON;
        if (scan->quiet == 0)
            end_key(scan);
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
    if (scan->recording)
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
    if (scan->recording)
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

/* --- The end --- */

static int by_name_then_place(const void *a, const void *b)
{
    const struct state_output *left = *(const struct state_output *const *)a;
    const struct state_output *right = *(const struct state_output *const *)b;
    int order = strcmp(left->name, right->name);
    return order != 0 ? order : left < right ? -1 : 1;
}

/* Of outputs with one name the last counts, as for Terraform; the order stays. */
static void drop_doubles(struct state_scan *scan)
{
    size_t count = scan->summary.output_count;
    if (count < 2)
        return;
    struct state_output **sorted = arena_alloc(scan->arena, count * sizeof(*sorted));
    for (size_t i = 0; i < count; i++)
        sorted[i] = &scan->outputs[i];
    qsort(sorted, count, sizeof(*sorted), by_name_then_place);
    for (size_t i = 0; i + 1 < count; i++)
        if (strcmp(sorted[i]->name, sorted[i + 1]->name) == 0)
            sorted[i]->name = NULL;
    size_t left = 0;
    for (size_t i = 0; i < count; i++)
        if (scan->outputs[i].name != NULL)
            scan->outputs[left++] = scan->outputs[i];
    scan->summary.output_count = left;
}

const struct state_summary *state_scan_end(struct state_scan *scan, const char **reason)
{
    *reason = scan->reason;
    if (scan->lex != LEX_BAD && scan->expect != EXPECT_NOTHING)
        *reason = "the state ends too early";
    if (*reason != NULL)
        return NULL;
    drop_doubles(scan);
    scan->summary.outputs = scan->outputs;
    scan->summary.resources = scan->resources;
    return &scan->summary;
}
