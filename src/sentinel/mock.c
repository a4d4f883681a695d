/* Mocks: what the imports of a run answer, as the source of modules that answer the same, for
 * trying policies where there is no run (today-governance.md section 11). */
#include <string.h>

#include "base/arena.h"
#include "sentinel/imports.h"
#include "sentinel/sentinel.h"
#include "sentinel/vm.h"

/* tfconfig/v2 has a function, which a mock has to bring along. */
static const char strip_index[] = "strip_index = func(address) {\n"
                                  "\tresult = \"\"\n"
                                  "\tinside = false\n"
                                  "\tquoted = false\n"
                                  "\tescaped = false\n"
                                  "\tfor strings.split(address, \"\") as c {\n"
                                  "\t\tif escaped {\n"
                                  "\t\t\tescaped = false\n"
                                  "\t\t} else if quoted {\n"
                                  "\t\t\tescaped = c is \"\\\\\"\n"
                                  "\t\t\tquoted = c is not \"\\\"\"\n"
                                  "\t\t} else if inside {\n"
                                  "\t\t\tquoted = c is \"\\\"\"\n"
                                  "\t\t\tinside = c is not \"]\"\n"
                                  "\t\t} else if c is \"[\" {\n"
                                  "\t\t\tinside = true\n"
                                  "\t\t} else {\n"
                                  "\t\t\tresult = result + c\n"
                                  "\t\t}\n"
                                  "\t}\n"
                                  "\treturn result\n"
                                  "}\n";

static const struct {
    const char *import;
    imports_open_function *open;
    const char *imports, *functions; /* in front and at the end */
} mocks[] = {
    {"tfconfig/v2", import_tfconfig, "import \"strings\"\n\n", strip_index},
    {"tfplan/v2", import_tfplan, "", ""},
    {"tfstate/v2", import_tfstate, "", ""},
    {"tfrun", import_tfrun, "", ""},
};

static bool write_members(struct vm *vm, struct buf *out, struct value import)
{
    const struct value_map *map = ((const struct imports_namespace *)import.object)->members.map;

    for (size_t i = 0; i < map->count; i++) {
        buf_add(out, map->entries[i].key.bytes, map->entries[i].key.len);
        buf_adds(out, " = ");
        if (!value_source(vm, out, map->entries[i].value))
            return false;
        buf_addc(out, '\n');
    }
    return true;
}

bool sentinel_mock(struct arena *arena, const struct sentinel_input *input, const char *import,
                   struct buf *out, const char **error)
{
    struct vm *vm = vm_new(input);
    struct value value;
    bool good = false;

    for (size_t i = 0; i < sizeof mocks / sizeof mocks[0]; i++) {
        if (strcmp(mocks[i].import, import) != 0)
            continue;
        buf_adds(out, mocks[i].imports);
        good = mocks[i].open(vm, 0, &value) && write_members(vm, out, value);
        buf_adds(out, mocks[i].functions);
    }
    *error = good ? NULL : arena_strdup(arena, vm->error ? vm->error : "there is no such import");
    vm_free(vm);
    return good;
}
