/* What a state means: which members are wanted, and where their values go. A wanted token is
 * recorded as raw text, which is contiguous once the token ends, and is decoded only then: so no
 * escape, number or surrogate ever needs a state of its own across pieces. */
#include "terraform/state_collect.h"

#include "base/arena.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is larger is counted and marked, never kept (see state_scan.h). */
#define MAX_JSON (1024 * 1024)
#define MAX_TEXT (64 * 1024)
#define MAX_INSTANCES 200000

/* All that is kept together: a worker has 64 MiB for everything. */
#define MAX_KEPT (24 * 1024 * 1024)

#define REPLACEMENT 0xfffd

enum kind { KIND_INTEGER, KIND_BOOLEAN, KIND_TEXT, KIND_JSON, KIND_INDEX, KIND_ENTER };

/* What a member means: where its value goes, or which container it opens. */
struct state_field {
    enum state_where in;
    const char *key;
    enum kind kind;
    size_t offset;
    enum state_where enter;
};

#define MODULE offsetof(struct state_resource, module)

static const struct state_field fields[] = {
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
    {INSTANCE, "index_key", KIND_INDEX, offsetof(struct state_instance, index_key), 0},
    {INSTANCE, "deposed", KIND_TEXT, offsetof(struct state_instance, deposed), 0},
};

/* Values that have no key, or any. */
static const struct state_field top_field = {TOP, NULL, KIND_ENTER, 0, TOP};
static const struct state_field output_field = {OUTPUTS, NULL, KIND_ENTER, 0, OUTPUT};
static const struct state_field resource_field = {RESOURCES, NULL, KIND_ENTER, 0, RESOURCE};
static const struct state_field instance_field = {INSTANCES, NULL, KIND_ENTER, 0, INSTANCE};

void state_collect_init(struct state_collect *collect, struct arena *arena)
{
    collect->arena = arena;
    collect->field = &top_field;
    buf_init(&collect->text, arena);
    buf_init(&collect->decoded, arena);
}

static void record_begin(struct state_collect *collect, size_t limit)
{
    collect->recording = true;
    collect->over = false;
    collect->limit = limit;
    buf_clear(&collect->text);
}

void state_collect_record(struct state_collect *collect, const unsigned char *from,
                          const unsigned char *to)
{
    size_t len = (size_t)(to - from);
    if (collect->over)
        return;
    if (collect->text.len + len > collect->limit)
        collect->over = true;
    else
        buf_add(&collect->text, from, len);
}

static bool may_keep(struct state_collect *collect, size_t bytes)
{
    if (collect->kept + bytes <= MAX_KEPT) {
        collect->kept += bytes;
        return true;
    }
    collect->summary.truncated = true;
    return false;
}

/* Makes room for one more item; items is NULL at first. */
static void *grown(struct state_collect *collect, void *items, size_t count, size_t *cap,
                   size_t size)
{
    if (count < *cap)
        return items;
    size_t wider = *cap == 0 ? 16 : *cap * 2;
    items = arena_resize(collect->arena, items, *cap * size, wider * size);
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

/* Puts the recorded text into collect->decoded: as it is, or, for a string in its quotes, decoded.
 * What is no UTF-8 is replaced, as Terraform does when it reads. */
static void clean(struct state_collect *collect, bool string)
{
    const char *at = collect->text.data + string;
    const char *end = collect->text.data + collect->text.len - string;
    char utf8[4];
    buf_clear(&collect->decoded);
    while (at < end) {
        if (string && *at == '\\') {
            unsigned long c = escaped(&at, end);
            buf_add(&collect->decoded, utf8, utf8_put(utf8, c == 0 ? REPLACEMENT : c));
            continue;
        }
        size_t size = utf8_char(at, (size_t)(end - at));
        if (size == 0)
            buf_add(&collect->decoded, utf8, utf8_put(utf8, REPLACEMENT));
        else
            buf_add(&collect->decoded, at, size);
        at += size == 0 ? 1 : size;
    }
}

static const char *keep_decoded(struct state_collect *collect)
{
    /* The arena rounds up, and adds a NUL. */
    if (!may_keep(collect, collect->decoded.len + 16))
        return NULL;
    return arena_strndup(collect->arena, buf_str(&collect->decoded), collect->decoded.len);
}

static const char *keep_json(struct state_collect *collect)
{
    clean(collect, false);
    return keep_decoded(collect);
}

/* known is a text that it may well be; NULL if there is none. */
static const char *keep_string(struct state_collect *collect, const char *known)
{
    clean(collect, true);
    if (known != NULL && strcmp(known, buf_str(&collect->decoded)) == 0)
        return known;
    return keep_decoded(collect);
}

static int64_t recorded_integer(struct state_collect *collect)
{
    char *end;
    errno = 0;
    long long value = strtoll(collect->text.data, &end, 10);
    return errno == 0 && *end == '\0' ? value : 0;
}

static void begin_container(struct state_collect *collect, enum state_where where)
{
    switch (where) {
    case OUTPUT:
        /* The name is set already, by its key. */
        collect->output.value = "null";
        break;
    case RESOURCES:
        collect->summary.resource_count = 0;
        break;
    case RESOURCE:
        collect->resource =
            (struct state_resource){.mode = "", .type = "", .name = "", .provider = ""};
        break;
    case INSTANCES:
        collect->resource.instance_count = 0;
        collect->resource.index_key_count = 0;
        break;
    case INSTANCE:
        collect->instance = (struct state_instance){NULL, NULL};
        break;
    case TOP:
    case OUTPUTS:
        break;
    }
}

static void end_output(struct state_collect *collect)
{
    if (!may_keep(collect, sizeof(collect->output)))
        return;
    collect->outputs = grown(collect, collect->outputs, collect->summary.output_count,
                             &collect->output_cap, sizeof(collect->output));
    collect->outputs[collect->summary.output_count++] = collect->output;
}

static void end_instance(struct state_collect *collect)
{
    if (collect->instance.deposed != NULL && collect->instance.deposed[0] != '\0')
        return;
    collect->resource.instance_count++;
    if (collect->instances_kept == MAX_INSTANCES) {
        collect->summary.truncated = true;
        return;
    }
    if (!may_keep(collect, sizeof(*collect->index_keys)))
        return;
    collect->instances_kept++;
    collect->index_keys = grown(collect, collect->index_keys, collect->resource.index_key_count,
                                &collect->index_key_cap, sizeof(*collect->index_keys));
    collect->index_keys[collect->resource.index_key_count++] = collect->instance.index_key;
}

static void end_resource(struct state_collect *collect)
{
    struct state_resource *resource = &collect->resource;
    if (!may_keep(collect, sizeof(*resource)))
        return;
    if (resource->index_key_count > 0) {
        size_t size = resource->index_key_count * sizeof(*collect->index_keys);
        resource->index_keys = arena_alloc(collect->arena, size);
        memcpy(resource->index_keys, collect->index_keys, size);
    }
    collect->resources = grown(collect, collect->resources, collect->summary.resource_count,
                               &collect->resource_cap, sizeof(*resource));
    collect->resources[collect->summary.resource_count++] = *resource;
}

void state_collect_close(struct state_collect *collect, int depth)
{
    enum state_where where = collect->where[depth];
    if (where == OUTPUT)
        end_output(collect);
    else if (where == INSTANCE)
        end_instance(collect);
    else if (where == RESOURCE)
        end_resource(collect);
}

static void *struct_of(struct state_collect *collect, enum state_where where)
{
    switch (where) {
    case OUTPUT:
        return &collect->output;
    case RESOURCE:
        return &collect->resource;
    case INSTANCE:
        return &collect->instance;
    default:
        return &collect->summary;
    }
}

static const struct state_field *element_field(enum state_where where)
{
    return where == RESOURCES ? &resource_field : where == INSTANCES ? &instance_field : NULL;
}

bool state_collect_open(struct state_collect *collect, int depth, bool object)
{
    const struct state_field *field = collect->field;
    if (field == NULL || field->kind != KIND_ENTER ||
        object != (field->enter != RESOURCES && field->enter != INSTANCES))
        return false;
    collect->where[depth] = field->enter;
    begin_container(collect, field->enter);
    collect->field = element_field(field->enter);
    return true;
}

void state_collect_next(struct state_collect *collect, int depth)
{
    collect->field = element_field(collect->where[depth]);
}

void state_collect_begin_key(struct state_collect *collect)
{
    record_begin(collect, MAX_TEXT);
}

void state_collect_end_key(struct state_collect *collect, int depth)
{
    enum state_where in = collect->where[depth];
    collect->recording = false;
    collect->field = NULL;
    if (in == OUTPUTS) {
        collect->output = (struct state_output){0};
        if (!collect->over)
            collect->output.name = keep_string(collect, NULL);
        if (collect->output.name != NULL)
            collect->field = &output_field;
        else
            collect->summary.truncated = true;
        return;
    }
    for (size_t i = 0; !collect->over && i < sizeof(fields) / sizeof(fields[0]); i++) {
        size_t len = strlen(fields[i].key);
        if (fields[i].in == in && len + 2 == collect->text.len &&
            memcmp(fields[i].key, collect->text.data + 1, len) == 0)
            collect->field = &fields[i];
    }
}

/* Neighbours mostly have the same module, mode, type and provider: they share the text. */
static const char *known_text(const struct state_collect *collect, const struct state_field *field)
{
    if (field->in != RESOURCE || collect->summary.resource_count == 0)
        return NULL;
    const struct state_resource *last = &collect->resources[collect->summary.resource_count - 1];
    return *(const char *const *)((const char *)last + field->offset);
}

void state_collect_begin_value(struct state_collect *collect, unsigned char first)
{
    if (collect->field == NULL || collect->field->kind == KIND_ENTER)
        return;
    /* Only JSON may be a container. */
    bool json = collect->field->kind == KIND_JSON;
    if (json || (first != '{' && first != '['))
        record_begin(collect, json ? MAX_JSON : MAX_TEXT);
}

void state_collect_end_value(struct state_collect *collect)
{
    const struct state_field *field = collect->field;
    void *target = (char *)struct_of(collect, field->in) + field->offset;
    const char *kept = NULL;
    char first = collect->over ? '\0' : collect->text.data[0];
    collect->recording = false;
    collect->summary.truncated |= collect->over;
    switch (field->kind) {
    case KIND_INTEGER:
        *(int64_t *)target = collect->over ? 0 : recorded_integer(collect);
        return;
    case KIND_BOOLEAN:
        *(bool *)target = first == 't';
        return;
    case KIND_TEXT:
        if (first == '"')
            kept = keep_string(collect, known_text(collect, field));
        /* "" and not NULL is what stands for an absent text in a resource. */
        if (kept == NULL && field->in == RESOURCE && field->offset != MODULE)
            kept = "";
        break;
    case KIND_INDEX:
        if (first == '"' || first == '-' || (first >= '0' && first <= '9'))
            kept = keep_json(collect);
        break;
    case KIND_JSON:
        if (first != '\0')
            kept = keep_json(collect);
        break;
    case KIND_ENTER:
        return;
    }
    *(const char **)target = kept;
}

static int by_name_then_place(const void *a, const void *b)
{
    const struct state_output *left = *(const struct state_output *const *)a;
    const struct state_output *right = *(const struct state_output *const *)b;
    int order = strcmp(left->name, right->name);
    return order != 0 ? order : left < right ? -1 : 1;
}

/* Of outputs with one name the last counts, as for Terraform; the order stays. */
static void drop_doubles(struct state_collect *collect)
{
    size_t count = collect->summary.output_count;
    if (count < 2)
        return;
    struct state_output **sorted = arena_alloc(collect->arena, count * sizeof(*sorted));
    for (size_t i = 0; i < count; i++)
        sorted[i] = &collect->outputs[i];
    qsort(sorted, count, sizeof(*sorted), by_name_then_place);
    for (size_t i = 0; i + 1 < count; i++)
        if (strcmp(sorted[i]->name, sorted[i + 1]->name) == 0)
            sorted[i]->name = NULL;
    size_t left = 0;
    for (size_t i = 0; i < count; i++)
        if (collect->outputs[i].name != NULL)
            collect->outputs[left++] = collect->outputs[i];
    collect->summary.output_count = left;
}

const struct state_summary *state_collect_end(struct state_collect *collect)
{
    drop_doubles(collect);
    collect->summary.outputs = collect->outputs;
    collect->summary.resources = collect->resources;
    return &collect->summary;
}
