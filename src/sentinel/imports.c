/* Which import is what: see imports.h. Each is opened once a policy. */
#include "sentinel/imports.h"

#include <string.h>

#include "base/arena.h"
#include "sentinel/lexer.h"
#include "sentinel/parser.h"
#include "sentinel/sentinel.h"

/* --- Namespaces --- */

static bool namespace_member(struct vm *vm, struct object *object, struct value name, place at,
                             struct value *out)
{
    struct imports_namespace *n = (struct imports_namespace *)object;

    if (n->members.kind == VALUE_MAP) {
        const struct value *found = value_map_find(n->members, name);
        if (found) {
            *out = *found;
            return true;
        }
    }
    if (imports_method(vm, n->functions, n->function_count, value_null(), name, out))
        return true;
    *out = value_undefined(at);
    return true;
}

static const struct value_object_type namespace_type = {"import", true, namespace_member};

bool imports_method(struct vm *vm, const struct builtin *methods, size_t count, struct value self,
                    struct value name, struct value *out)
{
    for (size_t i = 0; i < count; i++)
        if (value_is(name, methods[i].name)) {
            *out = vm_builtin(vm, &methods[i], self);
            return true;
        }
    return false;
}

bool imports_namespace(struct vm *vm, const char *name, const struct builtin *functions,
                       size_t count, struct value members, struct value *out)
{
    struct imports_namespace *n = vm_alloc(vm, sizeof *n);

    if (!n)
        return false;
    *n = (struct imports_namespace){{&namespace_type}, name, functions, count, members};
    *out = value_object(&n->object);
    return true;
}

/* --- Modules --- */

struct module {
    struct object object;
    unsigned file;
};

/* Collections are handed out as copies: a module's own cannot be changed from outside. */
static bool module_member(struct vm *vm, struct object *object, struct value name, place at,
                          struct value *out)
{
    const struct module *module = (const struct module *)object;
    struct value found;

    return evaluate_variable(vm, module->file, vm_symbol(vm, name.bytes, name.len), at, &found) &&
           value_copy(vm, found, out, 0);
}

static const struct value_object_type module_type = {"module", true, module_member};

static bool open_module(struct vm *vm, const struct sentinel_source *source, place at,
                        struct value *out)
{
    const char *header;
    unsigned file = 1;

    while (file < vm->file_count && vm->files[file].text != source->text)
        file++;
    if (file == VM_MAX_FILES)
        return vm_fail(vm, at, "there are too many modules");
    if (file == vm->file_count) {
        vm->file_count++;
        if (source->len > LEXER_MAX_SOURCE)
            return vm_fail(vm, at, "the module %s is too long", source->name);
        vm->files[file] =
            (struct vm_file){.name = source->file, .text = source->text, .len = source->len};
        vm->files[file].program = parser_read(vm, file, &header);
        if (!vm->files[file].program || !vm_enter(vm, at) || !evaluate_file(vm, file))
            return false;
        vm_leave(vm);
    } else if (vm->files[file].running) {
        return vm_fail(vm, at, "the module %s imports itself", source->name);
    }
    struct module *module = vm_alloc(vm, sizeof *module);
    if (!module)
        return false;
    *module = (struct module){{&module_type}, file};
    *out = value_object(&module->object);
    return true;
}

/* --- By path --- */

static const struct {
    const char *path;
    imports_open_function *open; /* NULL: known, but not supported */
} standard[] = {
    {"base64", import_base64},
    {"collection", import_collection},
    {"collection/lists", import_collection_lists},
    {"collection/maps", import_collection_maps},
    {"decimal", import_decimal},
    {"http", NULL},
    {"json", import_json},
    {"runtime", import_runtime},
    {"sockaddr", import_sockaddr},
    {"strings", import_strings},
    {"time", import_time},
    {"types", import_types},
    {"units", import_units},
    {"version", import_version},
    {"tfplan/v2", import_tfplan},
    {"tfconfig/v2", import_tfconfig},
    {"tfstate/v2", import_tfstate},
    {"tfrun", import_tfrun},
    {"tfplan", NULL},
    {"tfconfig", NULL},
    {"tfstate", NULL},
};

static bool is_path(const char *name, const char *path, size_t len)
{
    return strlen(name) == len && memcmp(name, path, len) == 0;
}

static bool open_static(struct vm *vm, const struct sentinel_data *data, place at,
                        struct value *out)
{
    const char *reason;

    if (value_from_json(vm, data->json, data->len, out, &reason))
        return true;
    return vm_fail(vm, at, "the static import %s is no JSON: it has %s", data->name,
                   reason ? reason : "");
}

static bool open_path(struct vm *vm, const char *path, size_t len, place at, struct value *out)
{
    const struct sentinel_input *input = vm->input;

    for (size_t i = 0; i < sizeof standard / sizeof standard[0]; i++)
        if (is_path(standard[i].path, path, len)) {
            if (standard[i].open)
                return standard[i].open(vm, at, out);
            return vm_fail(vm, at, "the import %s is not supported by this server",
                           standard[i].path);
        }
    for (size_t i = 0; i < input->module_count; i++)
        if (is_path(input->modules[i].name, path, len))
            return open_module(vm, &input->modules[i], at, out);
    for (size_t i = 0; i < input->static_count; i++)
        if (is_path(input->statics[i].name, path, len))
            return open_static(vm, &input->statics[i], at, out);
    return vm_fail(vm, at, "there is no import %.*s", (int)(len > 200 ? 200 : len), path);
}

bool imports_open(struct vm *vm, const char *path, size_t len, place at, struct value *out)
{
    for (struct vm_opened *opened = vm->opened; opened; opened = opened->next)
        if (is_path(opened->path, path, len)) {
            *out = opened->value;
            return true;
        }
    if (!open_path(vm, path, len, at, out))
        return false;
    struct vm_opened *opened = vm_alloc(vm, sizeof *opened);
    if (!opened)
        return false;
    *opened = (struct vm_opened){arena_strndup(vm->arena, path, len), *out, vm->opened};
    vm->opened = opened;
    return true;
}
