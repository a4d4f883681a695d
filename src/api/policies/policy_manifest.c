/* See policy_manifest.h. Both forms of the file become one list of blocks, type, labels and body,
 * which is all that the rules look at. */
#include "api/policies/policy_manifest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "terraform/hcl.h"

#define MAX_LABELS 2
#define MAX_BLOCKS 2000
#define MAX_DEPTH 64
/* Files that policies may be in; a set has a hundred of them, not this many. */
#define MAX_FILES 20000

struct block {
    const char *type;
    const char *labels[MAX_LABELS];
    size_t label_count;
    const struct json_value *body;
};

struct file {
    const char *path;
    int64_t size;
};

struct policy_manifest {
    struct arena *arena;
    bool opa;
    const char *base; /* "" or "folder/" */
    const char *hcl, *json;
    size_t hcl_len, json_len;
    bool too_large, too_many;
    struct file *files;
    size_t file_count, file_cap;
    struct block *blocks;
    size_t block_count;
    const char *reason;
};

static const char *file_name(const struct policy_manifest *m, bool json)
{
    if (m->opa)
        return json ? "policies.json" : "policies.hcl";
    return json ? "sentinel.json" : "sentinel.hcl";
}

static bool fail(struct policy_manifest *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool fail(struct policy_manifest *m, const char *format, ...)
{
    va_list args;
    char text[512];

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!m->reason)
        m->reason = arena_strdup(m->arena, text);
    return false;
}

struct policy_manifest *policy_manifest_new(struct arena *arena, bool opa, const char *base)
{
    struct policy_manifest *m = arena_alloc(arena, sizeof *m);

    m->arena = arena;
    m->opa = opa;
    m->base = "";
    if (base) {
        base += strspn(base, "./");
        size_t len = strlen(base);
        while (len > 0 && base[len - 1] == '/')
            len--;
        if (len > 0)
            m->base = arena_printf(arena, "%.*s/", (int)len, base);
    }
    return m;
}

/* --- While the archive streams by --- */

static const char *below(const struct policy_manifest *m, const char *path)
{
    size_t len = strlen(m->base);
    return strncmp(path, m->base, len) == 0 ? path + len : NULL;
}

static void note_file(struct policy_manifest *m, const char *path, int64_t size)
{
    if (m->file_count == MAX_FILES) {
        m->too_many = true;
        return;
    }
    if (m->file_count == m->file_cap) {
        size_t cap = m->file_cap ? m->file_cap * 2 : 64;
        m->files = arena_resize(m->arena, m->files, m->file_cap * sizeof *m->files,
                                cap * sizeof *m->files);
        m->file_cap = cap;
    }
    m->files[m->file_count++] = (struct file){arena_strdup(m->arena, path), size};
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static bool wants(void *object, const char *path, int64_t size)
{
    struct policy_manifest *m = object;
    const char *name = below(m, path);

    if (ends_with(path, m->opa ? ".rego" : ".sentinel") || (!m->opa && ends_with(path, ".json")))
        note_file(m, path, size);
    if (!name || (strcmp(name, file_name(m, false)) != 0 && strcmp(name, file_name(m, true)) != 0))
        return false;
    m->too_large |= size > SLUG_MAX_CONTENT;
    return true;
}

static void take(void *object, const char *path, const char *bytes, size_t len)
{
    struct policy_manifest *m = object;
    bool json = ends_with(path, ".json");

    *(json ? &m->json : &m->hcl) = arena_strndup(m->arena, bytes, len);
    *(json ? &m->json_len : &m->hcl_len) = len;
}

struct slug_reader policy_manifest_reader(struct policy_manifest *manifest)
{
    return (struct slug_reader){wants, take, manifest};
}

/* --- Blocks --- */

static struct block *add_block(struct policy_manifest *m, const char *type)
{
    if (m->block_count == MAX_BLOCKS) {
        fail(m, "%s has more than %d blocks", file_name(m, !m->hcl), MAX_BLOCKS);
        return NULL;
    }
    if (!m->blocks)
        m->blocks = arena_alloc(m->arena, MAX_BLOCKS * sizeof *m->blocks);
    struct block *block = &m->blocks[m->block_count++];
    *block = (struct block){.type = type};
    return block;
}

static int line_of(const struct policy_manifest *m, const char *at)
{
    int line = 1;
    for (const char *c = m->hcl; c < at; c++)
        line += *c == '\n';
    return line;
}

/* `name = value` lines to the closing brace, as a JSON object. Blocks in blocks are passed over. */
static bool hcl_body(struct policy_manifest *m, struct hcl *c, struct block *block)
{
    struct hcl_text name, expression;
    const char *reason;
    struct buf out;
    struct json_writer w;

    buf_init(&out, m->arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    for (hcl_skip_space(c, true); !hcl_take(c, '}'); hcl_skip_space(c, true)) {
        if (!hcl_label(c, &name))
            return fail(m, "%s, line %d: this is not understood", file_name(m, false),
                        line_of(m, c->at));
        hcl_skip_space(c, false);
        if (!hcl_take(c, '=')) {
            struct hcl_text label;
            while (hcl_label(c, &label))
                hcl_skip_space(c, false);
            if (!hcl_take(c, '{') || !hcl_skip_block(c))
                return fail(m, "%s, line %d: a value or a block is missing", file_name(m, false),
                            line_of(m, c->at));
            continue;
        }
        int line = line_of(m, c->at);
        struct buf value;
        buf_init(&value, m->arena);
        if (!hcl_expression(c, &expression) || !hcl_json(expression, &value))
            return fail(m, "%s, line %d: the value of %.*s is not a plain value",
                        file_name(m, false), line, (int)name.len, name.at);
        json_key(&w, arena_strndup(m->arena, name.at, name.len));
        json_raw(&w, buf_str(&value));
    }
    json_object_end(&w);
    block->body = json_read(m->arena, buf_str(&out), out.len, MAX_DEPTH, &reason);
    return block->body || fail(m, "%s cannot be read: %s", file_name(m, false), reason);
}

static bool read_hcl(struct policy_manifest *m)
{
    struct hcl c = {m->hcl, m->hcl + m->hcl_len};
    struct hcl_text text;

    for (hcl_skip_space(&c, true); c.at < c.end; hcl_skip_space(&c, true)) {
        int line = line_of(m, c.at);
        if (!hcl_identifier(&c, &text))
            return fail(m, "%s, line %d: a block is expected", file_name(m, false), line);
        struct block *block = add_block(m, arena_strndup(m->arena, text.at, text.len));
        if (!block)
            return false;
        hcl_skip_space(&c, false);
        while (block->label_count < MAX_LABELS && hcl_label(&c, &text)) {
            block->labels[block->label_count++] = arena_strndup(m->arena, text.at, text.len);
            hcl_skip_space(&c, false);
        }
        if (!hcl_take(&c, '{'))
            return fail(m, "%s, line %d: a block is expected", file_name(m, false), line);
        if (!hcl_body(m, &c, block))
            return false;
    }
    return true;
}

/* {"policy": {"name": {...}}}; `import` has a kind in front of the name, `sentinel` neither. */
static bool read_json(struct policy_manifest *m)
{
    const char *reason, *type, *label, *second;
    const struct json_value *value, *labelled, *body;
    void *types = NULL;
    const struct json_value *document =
        json_read(m->arena, m->json, m->json_len, MAX_DEPTH, &reason);

    if (!document)
        return fail(m, "%s cannot be read: %s", file_name(m, true), reason);
    if (json_kind(document) != JSON_OBJECT)
        return fail(m, "%s is not an object", file_name(m, true));
    while (json_next(document, &types, &type, &value)) {
        size_t labels = strcmp(type, "import") == 0 ? 2 : strcmp(type, "sentinel") == 0 ? 0 : 1;
        void *names = NULL;
        if (labels == 0)
            continue;
        if (json_kind(value) != JSON_OBJECT)
            return fail(m, "%s: %s is not an object", file_name(m, true), type);
        while (json_next(value, &names, &label, &labelled)) {
            void *seconds = NULL;
            if (labels == 1) {
                struct block *block = add_block(m, type);
                if (!block)
                    return false;
                *block = (struct block){type, {label, NULL}, 1, labelled};
                continue;
            }
            if (json_kind(labelled) != JSON_OBJECT)
                return fail(m, "%s: %s is not an object", file_name(m, true), label);
            while (json_next(labelled, &seconds, &second, &body)) {
                struct block *block = add_block(m, type);
                if (!block)
                    return false;
                *block = (struct block){type, {label, second}, 2, body};
            }
        }
    }
    return true;
}

/* --- Rules --- */

static const struct file *find_file(const struct policy_manifest *m, const char *path)
{
    for (size_t i = 0; i < m->file_count; i++)
        if (strcmp(m->files[i].path, path) == 0)
            return &m->files[i];
    return NULL;
}

/* "./a/../b" below the base as a clean path of the archive; NULL: leads out of it. */
static const char *clean_path(const struct policy_manifest *m, const char *source)
{
    struct buf out;

    buf_init(&out, m->arena);
    buf_adds(&out, m->base);
    while (*source) {
        size_t len = strcspn(source, "/");
        if (len == 2 && memcmp(source, "..", 2) == 0) {
            if (out.len == 0)
                return NULL;
            size_t end = out.len - 1;
            while (end > 0 && out.data[end - 1] != '/')
                end--;
            out.len = end;
            out.data[end] = '\0';
        } else if (len > 0 && !(len == 1 && *source == '.')) {
            buf_add(&out, source, len);
            buf_addc(&out, '/');
        }
        source += len;
        source += *source == '/';
    }
    if (out.len == 0)
        return NULL;
    out.data[--out.len] = '\0';
    return buf_str(&out);
}

/* The path of what a block names as its source. */
static const char *source_of(struct policy_manifest *m, const struct block *block, const char *name,
                             const char *usual)
{
    const struct json_value *given = json_get(block->body, "source");
    const char *source = given ? json_text(given) : usual;

    if (!source || !*source) {
        fail(m, "%s %s has no source", block->type, name);
        return NULL;
    }
    if (strstr(source, "://") || strstr(source, "::")) {
        fail(m, "%s %s: sources outside of the archive are not supported: %s", block->type, name,
             source);
        return NULL;
    }
    const char *path = clean_path(m, source);
    const struct file *file = path ? find_file(m, path) : NULL;
    if (!file)
        fail(m, "%s %s: the archive has no file %s", block->type, name, source);
    else if (file->size > SLUG_MAX_CONTENT)
        fail(m, "%s %s: %s is too large (maximum is 1 MiB)", block->type, name, source);
    return m->reason ? NULL : path;
}

static bool is_level(const struct policy_manifest *m, const char *level)
{
    if (strcmp(level, "advisory") == 0)
        return true;
    if (m->opa)
        return strcmp(level, "mandatory") == 0;
    return strcmp(level, "hard-mandatory") == 0 || strcmp(level, "soft-mandatory") == 0;
}

/* A text that a body may have; usual when it does not. NULL: refused. */
static const char *text_of(struct policy_manifest *m, const struct block *block, const char *key,
                           const char *usual)
{
    const struct json_value *value = json_get(block->body, key);

    if (!value || json_kind(value) == JSON_NULL)
        return usual;
    if (!json_text(value))
        fail(m, "%s %s: %s must be a string", block->type, block->labels[0], key);
    return json_text(value);
}

static bool write_policy(struct policy_manifest *m, struct json_writer *w,
                         const struct block *block)
{
    const char *name = block->labels[0];
    const char *level = text_of(m, block, "enforcement_level", "advisory");
    const char *description = text_of(m, block, "description", "");
    const struct json_value *params = json_get(block->body, "params");
    struct buf text;

    if (block->label_count != 1 || !*name)
        return fail(m, "A policy block needs one name");
    if (!level || !description)
        return false;
    if (!is_level(m, level))
        return fail(m, "policy %s: enforcement_level %s is none of %s", name, level,
                    m->opa ? "advisory and mandatory"
                           : "advisory, soft-mandatory and hard-mandatory");
    json_object_begin(w);
    json_member_string(w, "name", name);
    json_member_string(w, "enforcement_level", level);
    json_member_string(w, "description", description);
    if (m->opa) {
        const char *query = text_of(m, block, "query", "");
        if (!query || !*query)
            return fail(m, "policy %s has no query", name);
        json_member_string(w, "query", query);
    } else {
        const char *usual = arena_printf(m->arena, "%s.sentinel", name);
        const char *source = source_of(m, block, name, usual);
        if (!source)
            return false;
        json_member_string(w, "source", source);
    }
    if (params && json_kind(params) != JSON_OBJECT)
        return fail(m, "policy %s: params must be an object", name);
    buf_init(&text, m->arena);
    if (params)
        json_print(&text, params);
    json_member_raw(w, "params", params ? buf_str(&text) : "{}");
    json_object_end(w);
    return true;
}

static bool is_type(const struct block *block, const char *type)
{
    return strcmp(block->type, type) == 0;
}

/* Two blocks of one type and name: which one counts would be a guess. */
static bool check_names(struct policy_manifest *m)
{
    for (size_t i = 0; i < m->block_count; i++)
        for (size_t j = 0; j < i; j++) {
            const struct block *a = &m->blocks[i], *b = &m->blocks[j];
            bool same = strcmp(a->type, b->type) == 0 && a->label_count == b->label_count;
            for (size_t k = 0; same && k < a->label_count; k++)
                same = strcmp(a->labels[k], b->labels[k]) == 0;
            if (same && a->label_count > 0)
                return fail(m, "There are two blocks %s %s", a->type,
                            a->labels[a->label_count - 1]);
        }
    return true;
}

/* `module "m"` and the newer `import "module" "m"`; `import "static" "d"`. */
static bool write_imports(struct policy_manifest *m, struct json_writer *w, const char *kind)
{
    for (size_t i = 0; i < m->block_count; i++) {
        const struct block *block = &m->blocks[i];
        bool import = is_type(block, "import") && block->label_count == 2 &&
                      strcmp(block->labels[0], kind) == 0;
        if (!import && !(is_type(block, kind) && block->label_count == 1))
            continue;
        const char *name = block->labels[block->label_count - 1];
        const char *source = source_of(m, block, name, NULL);
        if (!source)
            return false;
        json_object_begin(w);
        json_member_string(w, "name", name);
        json_member_string(w, "source", source);
        json_object_end(w);
    }
    return true;
}

static bool check_types(struct policy_manifest *m)
{
    for (size_t i = 0; i < m->block_count; i++) {
        const struct block *block = &m->blocks[i];
        if (m->opa && !is_type(block, "policy"))
            return fail(m, "Blocks of the type %s are not understood", block->type);
        if (json_kind(block->body) != JSON_OBJECT)
            return fail(m, "A block %s is not an object", block->type);
        if (is_type(block, "import") && block->label_count == 2 &&
            strcmp(block->labels[0], "plugin") == 0)
            return fail(m, "Plugins are not supported: import plugin %s", block->labels[1]);
        if (is_type(block, "import") &&
            (block->label_count != 2 ||
             (strcmp(block->labels[0], "module") != 0 && strcmp(block->labels[0], "static") != 0)))
            return fail(m, "Imports of the kind %s are not understood",
                        block->label_count ? block->labels[0] : "none");
    }
    return true;
}

static bool write_params(struct policy_manifest *m, struct json_writer *w)
{
    for (size_t i = 0; i < m->block_count; i++) {
        const struct block *block = &m->blocks[i];
        const struct json_value *value = json_get(block->body, "value");
        struct buf text;
        if (!is_type(block, "param"))
            continue;
        if (block->label_count != 1 || !value)
            return fail(m, "A param block needs one name and a value");
        buf_init(&text, m->arena);
        json_print(&text, value);
        json_member_raw(w, block->labels[0], buf_str(&text));
    }
    return true;
}

static bool write_document(struct policy_manifest *m, struct json_writer *w)
{
    json_object_begin(w);
    json_member_string(w, "base", m->base);
    json_key(w, "policies");
    json_array_begin(w);
    for (size_t i = 0; i < m->block_count; i++)
        if (is_type(&m->blocks[i], "policy") && !write_policy(m, w, &m->blocks[i]))
            return false;
    json_array_end(w);
    json_key(w, "modules");
    json_array_begin(w);
    if (!write_imports(m, w, "module"))
        return false;
    json_array_end(w);
    json_key(w, "statics");
    json_array_begin(w);
    if (!write_imports(m, w, "static"))
        return false;
    json_array_end(w);
    json_key(w, "params");
    json_object_begin(w);
    if (!write_params(m, w))
        return false;
    json_object_end(w);
    json_object_end(w);
    return true;
}

const char *policy_manifest_document(struct policy_manifest *manifest, const char **reason)
{
    struct policy_manifest *m = manifest;
    struct buf out;
    struct json_writer w;

    buf_init(&out, m->arena);
    json_writer_init(&w, &out);
    if (m->too_large)
        fail(m, "The configuration file is too large (maximum is 1 MiB)");
    else if (m->too_many)
        fail(m, "The archive has more than %d policy files", MAX_FILES);
    else if (!m->hcl && !m->json)
        fail(m, "The archive has no file %s%s", m->base, file_name(m, false));
    else if ((m->hcl ? read_hcl(m) : read_json(m)) && check_types(m) && check_names(m))
        write_document(m, &w);
    *reason = m->reason;
    return m->reason ? NULL : buf_str(&out);
}
