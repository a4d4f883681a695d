/* See module_contents.h. Memory is bounded: by the number of folders, by what is read of all files
 * together, and by the budget of the scanner. */
#include "api/registry/module_contents.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "json/json_writer.h"
#include "terraform/module_scan.h"

#define MAX_FOLDERS 100
#define MAX_README ((size_t)256 * 1024)
#define MAX_READMES ((size_t)1024 * 1024)
/* Of .tf files, together. */
#define MAX_SCANNED ((size_t)16 * 1024 * 1024)
#define BUDGET ((size_t)4 * 1024 * 1024)

struct folder {
    const char *path; /* "", "modules/a", "examples/b" */
    const char *readme;
    struct module_scan *scan;
    bool empty; /* no .tf file */
};

struct module_contents {
    struct arena *arena;
    const char *name;
    size_t budget, scanned, readmes;
    size_t count;
    struct folder folders[MAX_FOLDERS];
};

struct module_contents *module_contents_new(struct arena *arena, const char *name)
{
    struct module_contents *contents = arena_alloc(arena, sizeof *contents);

    contents->arena = arena;
    contents->name = name;
    contents->budget = BUDGET;
    contents->count = 1; /* the root is always there */
    contents->folders[0] = (struct folder){.path = "", .empty = true};
    contents->folders[0].scan = module_scan_new(arena, &contents->budget);
    return contents;
}

/* --- Files --- */

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len > end_len && strcmp(text + len - end_len, end) == 0;
}

static bool is_readme(const char *file)
{
    return strcmp(file, "README.md") == 0 || strcmp(file, "README") == 0;
}

/* The file's name in its folder, if that is one of those that are told about; *len: the folder's.
 */
static const char *file_of(const char *path, size_t *len)
{
    const char *slash = strrchr(path, '/');
    const char *file = slash ? slash + 1 : path;

    *len = slash ? (size_t)(slash - path) : 0;
    if (!is_readme(file) && !ends_with(file, ".tf"))
        return NULL;
    if (!slash)
        return file;
    size_t top = strcspn(path, "/");
    bool known = (top == 7 && strncmp(path, "modules", top) == 0) ||
                 (top == 8 && strncmp(path, "examples", top) == 0);
    return known && *len > top && !memchr(path + top + 1, '/', *len - top - 1) ? file : NULL;
}

/* NULL when there are too many. */
static struct folder *folder_at(struct module_contents *contents, const char *path, size_t len)
{
    for (size_t i = 0; i < contents->count; i++)
        if (strlen(contents->folders[i].path) == len &&
            memcmp(contents->folders[i].path, path, len) == 0)
            return &contents->folders[i];
    if (contents->count == MAX_FOLDERS)
        return NULL;
    struct folder *folder = &contents->folders[contents->count++];
    folder->path = arena_strndup(contents->arena, path, len);
    folder->empty = true;
    folder->scan = module_scan_new(contents->arena, &contents->budget);
    return folder;
}

/* A folder is told about even where its files are too large, or too many together, to be read. */
static bool wants(void *object, const char *path, int64_t size)
{
    struct module_contents *contents = object;
    size_t len;
    const char *file = file_of(path, &len);
    struct folder *folder =
        file && utf8_valid(path, strlen(path)) ? folder_at(contents, path, len) : NULL;

    if (!folder)
        return false;
    if (is_readme(file))
        return (size_t)size <= MAX_README && (size_t)size <= MAX_READMES - contents->readmes;
    folder->empty = false;
    return (size_t)size <= MAX_SCANNED - contents->scanned;
}

/* What is no text is no part of the description. */
static void take(void *object, const char *path, const char *bytes, size_t len)
{
    struct module_contents *contents = object;
    size_t folder_len;
    const char *file = file_of(path, &folder_len);
    struct folder *folder = folder_at(contents, path, folder_len);
    bool text = utf8_valid(bytes, len) && !memchr(bytes, '\0', len);

    if (!folder)
        return;
    if (is_readme(file)) {
        contents->readmes += len;
        if (text && (!folder->readme || strcmp(file, "README.md") == 0))
            folder->readme = arena_strndup(contents->arena, bytes, len);
    } else {
        contents->scanned += len;
        if (text)
            module_scan_file(folder->scan, bytes, len);
    }
}

struct slug_reader module_contents_reader(struct module_contents *contents)
{
    return (struct slug_reader){.wants = wants, .take = take, .object = contents};
}

/* --- JSON --- */

static void write_text(struct json_writer *w, const char *key, const char *text)
{
    json_member_string(w, key, text ? text : "");
}

static void write_input(struct json_writer *w, const struct module_item *item)
{
    write_text(w, "name", item->name);
    write_text(w, "type", item->type);
    write_text(w, "description", item->description);
    write_text(w, "default", item->initial);
    json_member_bool(w, "required", !item->initial);
    json_member_bool(w, "sensitive", item->sensitive);
}

static void write_output(struct json_writer *w, const struct module_item *item)
{
    write_text(w, "name", item->name);
    write_text(w, "description", item->description);
}

/* What a configuration that calls the module has to say besides (no_code_config.h); item by item as
 * in the root's inputs and outputs. */
static void write_input_interface(struct json_writer *w, const struct module_item *item)
{
    json_member_string(w, "type", item->constraint);
}

static void write_output_interface(struct json_writer *w, const struct module_item *item)
{
    json_member_bool(w, "sensitive", item->sensitive);
    json_member_bool(w, "ephemeral", item->ephemeral);
}

static void write_call(struct json_writer *w, const struct module_item *item)
{
    write_text(w, "name", item->name);
    write_text(w, "source", item->source);
    write_text(w, "version", item->version);
}

static void write_resource(struct json_writer *w, const struct module_item *item)
{
    write_text(w, "name", item->name);
    write_text(w, "type", item->type);
}

/* "host/namespace/type", "namespace/type", or nothing: then it is HashiCorp's. */
static void write_requirement(struct json_writer *w, const struct module_item *item)
{
    const char *source = item->source, *type = source ? strrchr(source, '/') : NULL;

    write_text(w, "name", item->name);
    json_key(w, "namespace");
    if (type) {
        const char *from = type;
        while (from > source && from[-1] != '/')
            from--;
        json_string_n(w, from, (size_t)(type - from));
    } else {
        json_string(w, "hashicorp");
    }
    write_text(w, "source", source);
    write_text(w, "version", item->version);
}

static void write_provider(struct json_writer *w, const struct module_item *item)
{
    write_text(w, "name", item->name);
    write_text(w, "version", item->version);
}

static void write_items(struct json_writer *w, const char *key, const struct module_items *items,
                        void (*write)(struct json_writer *w, const struct module_item *item))
{
    json_key(w, key);
    json_array_begin(w);
    for (size_t i = 0; i < items->count; i++) {
        json_object_begin(w);
        write(w, &items->items[i]);
        json_object_end(w);
    }
    json_array_end(w);
}

static void write_summary(const struct module_contents *contents, struct json_writer *w,
                          const struct folder *folder)
{
    const struct module_facts *facts = module_scan_end(folder->scan);

    (void)contents;
    json_object_begin(w);
    if (*folder->path)
        json_member_string(w, "path", folder->path);
    write_items(w, "providers", &facts->providers, write_provider);
    write_items(w, "dependencies", &facts->calls, write_call);
    json_object_end(w);
}

static void write_folder(const struct module_contents *contents, struct json_writer *w,
                         const struct folder *folder)
{
    const struct module_facts *facts = module_scan_end(folder->scan);
    const char *slash = strrchr(folder->path, '/');

    json_object_begin(w);
    json_member_string(w, "path", folder->path);
    json_member_string(w, "name", slash ? slash + 1 : contents->name);
    write_text(w, "readme", folder->readme);
    json_member_bool(w, "empty", folder->empty);
    write_items(w, "inputs", &facts->inputs, write_input);
    write_items(w, "outputs", &facts->outputs, write_output);
    write_items(w, "dependencies", &facts->calls, write_call);
    write_items(w, "provider_dependencies", &facts->providers, write_requirement);
    write_items(w, "resources", &facts->resources, write_resource);
    json_object_end(w);
}

static void write_interface(struct json_writer *w, const struct folder *root)
{
    const struct module_facts *facts = module_scan_end(root->scan);

    json_key(w, "interface");
    json_object_begin(w);
    write_items(w, "inputs", &facts->inputs, write_input_interface);
    write_items(w, "outputs", &facts->outputs, write_output_interface);
    json_object_end(w);
}

typedef void folder_writer(const struct module_contents *contents, struct json_writer *w,
                           const struct folder *folder);

static void write_folders(const struct module_contents *contents, struct json_writer *w,
                          const char *key, const char *below, folder_writer *write)
{
    json_key(w, key);
    json_array_begin(w);
    for (size_t i = 1; i < contents->count; i++)
        if (strncmp(contents->folders[i].path, below, strlen(below)) == 0)
            write(contents, w, &contents->folders[i]);
    json_array_end(w);
}

static const char *print(struct module_contents *contents, folder_writer *write, bool examples)
{
    struct buf out;
    struct json_writer w;

    buf_init(&out, contents->arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_key(&w, "root");
    write(contents, &w, &contents->folders[0]);
    write_folders(contents, &w, "submodules", "modules/", write);
    if (examples) {
        write_folders(contents, &w, "examples", "examples/", write);
        write_interface(&w, &contents->folders[0]);
    }
    json_object_end(&w);
    return buf_str(&out);
}

const char *module_contents_summary(struct module_contents *contents)
{
    return print(contents, write_summary, false);
}

const char *module_contents_document(struct module_contents *contents)
{
    return print(contents, write_folder, true);
}
