/* The imports of a policy: the standard library, data of the run, modules and static data of the
 * policy set. */
#ifndef TERRACE_SENTINEL_IMPORTS_H
#define TERRACE_SENTINEL_IMPORTS_H

#include "sentinel/vm.h"

/* A namespace: functions, and values by name. */
struct imports_namespace {
    struct object object;
    const char *name;
    const struct builtin *functions;
    size_t function_count;
    struct value members; /* a map, or undefined */
};

bool imports_namespace(struct vm *vm, const char *name, const struct builtin *functions,
                       size_t count, struct value members, struct value *out);
#define IMPORTS_NAMESPACE(vm, name, functions, members, out)                                       \
    imports_namespace((vm), (name), (functions), sizeof(functions) / sizeof((functions)[0]),       \
                      (members), (out))

/* A method of an object: a function that knows its object. NULL in the table ends it. */
bool imports_method(struct vm *vm, const struct builtin *methods, size_t count, struct value self,
                    struct value name, struct value *out);

/* Records `what() takes KIND, not ...`. Always false. */
#define imports_fail_argument(vm, at, what, wanted, given)                                         \
    vm_fail((vm), (at), "%s() takes %s, not %s", (what), (wanted), value_kind_name((given).kind))

typedef bool imports_open_function(struct vm *vm, place at, struct value *out);
imports_open_function import_base64;
imports_open_function import_collection;
imports_open_function import_collection_lists;
imports_open_function import_collection_maps;
imports_open_function import_decimal;
imports_open_function import_json;
imports_open_function import_runtime;
imports_open_function import_sockaddr;
imports_open_function import_strings;
imports_open_function import_time;
imports_open_function import_types;
imports_open_function import_units;
imports_open_function import_version;
imports_open_function import_tfplan;
imports_open_function import_tfconfig;
imports_open_function import_tfstate;
imports_open_function import_tfrun;

#endif
