/* import "tfplan/v2", "tfconfig/v2", "tfstate/v2" and "tfrun": what a run is about, as maps that
 * are made of the plan's JSON (today-governance.md section 10). */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "sentinel/imports.h"
#include "sentinel/sentinel.h"

/* --- The plan --- */

/* Read once, whatever imports it. */
static bool plan_of(struct vm *vm, place at, struct value *out)
{
    const struct sentinel_input *input = vm->input;
    const char *reason;

    if (!input->plan)
        return vm_fail(vm, at, "this run has no plan that a policy could look at");
    if (vm->plan.kind != VALUE_MAP &&
        !value_from_json(vm, input->plan, input->plan_len, &vm->plan, &reason))
        return vm_fail(vm, at, "the plan cannot be read: it has %s", reason ? reason : "");
    if (vm->plan.kind != VALUE_MAP)
        return vm_fail(vm, at, "the plan cannot be read: it is no object");
    *out = vm->plan;
    return true;
}

static struct value or_else(struct value value, struct value usual)
{
    return value.kind == VALUE_UNDEFINED ? usual : value;
}

static struct value as_map(struct vm *vm, struct value value)
{
    return value.kind == VALUE_MAP ? value : value_map_new(vm);
}

static struct value as_list(struct vm *vm, struct value value)
{
    return value.kind == VALUE_LIST ? value : value_list_new(vm);
}

/* One member of the new map: where it comes from, and what it is without. */
struct member {
    const char *to, *from;
    enum { KEEP, OR_NULL, OR_TEXT, OR_MAP, OR_LIST, OR_FALSE } usual;
};

static bool copy_members(struct vm *vm, struct value from, struct value to,
                         const struct member *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct member *m = &members[i];
        struct value usual = m->usual == OR_NULL    ? value_null()
                             : m->usual == OR_TEXT  ? value_text("")
                             : m->usual == OR_MAP   ? value_map_new(vm)
                             : m->usual == OR_LIST  ? value_list_new(vm)
                             : m->usual == OR_FALSE ? value_bool(false)
                                                    : value_undefined(0);
        struct value value = or_else(value_get(from, m->from), usual);
        if (value.kind != VALUE_UNDEFINED && !value_map_put(vm, to, m->to, value))
            return false;
    }
    return true;
}
#define COPY_MEMBERS(vm, from, to, members)                                                        \
    copy_members((vm), (from), (to), (members), sizeof(members) / sizeof((members)[0]))

static bool join(struct vm *vm, struct value a, const char *between, struct value b,
                 struct value *out)
{
    struct buf text;

    buf_init(&text, vm->arena);
    if (a.kind == VALUE_STRING)
        buf_add(&text, a.bytes, a.len);
    if (a.kind == VALUE_STRING && a.len > 0)
        buf_adds(&text, between);
    if (b.kind == VALUE_STRING)
        buf_add(&text, b.bytes, b.len);
    return vm_string(vm, buf_str(&text), text.len, out);
}

/* "aws_x.y:abcd": the address, and the key of a deposed object. */
static bool key_of(struct vm *vm, struct value address, struct value deposed, struct value *out)
{
    if (deposed.kind != VALUE_STRING) {
        *out = address;
        return true;
    }
    return join(vm, address, ":", deposed, out);
}

static bool add_by_address(struct vm *vm, struct value map, struct value address,
                           struct value deposed, struct value item)
{
    struct value key;

    if (address.kind != VALUE_STRING)
        return vm_fail(vm, 0, "the plan has a resource without an address");
    return key_of(vm, address, deposed, &key) && value_map_set(vm, map, key, item, 0);
}

/* --- Resources of a state or of planned values --- */

static bool add_state_resources(struct vm *vm, struct value module, struct value out, int depth)
{
    static const struct member members[] = {
        {"address", "address", KEEP},     {"mode", "mode", KEEP},
        {"type", "type", KEEP},           {"name", "name", KEEP},
        {"index", "index", OR_NULL},      {"provider_name", "provider_name", OR_TEXT},
        {"values", "values", OR_MAP},     {"depends_on", "depends_on", OR_LIST},
        {"tainted", "tainted", OR_FALSE}, {"deposed_key", "deposed_key", OR_NULL},
    };
    struct value resources = as_list(vm, value_get(module, "resources"));
    struct value children = as_list(vm, value_get(module, "child_modules"));
    struct value address = or_else(value_get(module, "address"), value_text(""));

    if (depth > 50)
        return vm_fail(vm, 0, "the modules of the plan are nested too deep");
    for (size_t i = 0; i < resources.list->count; i++) {
        struct value from = resources.list->items[i], to = value_map_new(vm);
        if (!vm_step(vm, 0, 1) || !COPY_MEMBERS(vm, from, to, members) ||
            !value_map_put(vm, to, "module_address", address) ||
            !add_by_address(vm, out, value_get(from, "address"), value_get(from, "deposed_key"),
                            to))
            return false;
    }
    for (size_t i = 0; i < children.list->count; i++)
        if (!add_state_resources(vm, children.list->items[i], out, depth + 1))
            return false;
    return true;
}

static bool outputs_of(struct vm *vm, struct value values, struct value *out)
{
    static const struct member members[] = {{"sensitive", "sensitive", OR_FALSE},
                                            {"value", "value", KEEP}};
    struct value outputs = as_map(vm, value_get(values, "outputs"));

    *out = value_map_new(vm);
    for (size_t i = 0; i < outputs.map->count; i++) {
        struct value to = value_map_new(vm);
        if (!COPY_MEMBERS(vm, outputs.map->entries[i].value, to, members) ||
            !value_map_put(vm, to, "name", outputs.map->entries[i].key) ||
            !value_map_set(vm, *out, outputs.map->entries[i].key, to, 0))
            return false;
    }
    return true;
}

/* Members `resources` and `outputs`. */
static bool add_values(struct vm *vm, struct value values, struct value out)
{
    struct value resources = value_map_new(vm), outputs;

    return add_state_resources(vm, value_get(values, "root_module"), resources, 0) &&
           outputs_of(vm, values, &outputs) && value_map_put(vm, out, "resources", resources) &&
           value_map_put(vm, out, "outputs", outputs);
}

/* --- tfplan/v2 --- */

static bool changes_of(struct vm *vm, struct value list, struct value *out)
{
    static const struct member members[] = {
        {"address", "address", KEEP},
        {"module_address", "module_address", OR_TEXT},
        {"mode", "mode", KEEP},
        {"type", "type", KEEP},
        {"name", "name", KEEP},
        {"index", "index", OR_NULL},
        {"provider_name", "provider_name", OR_TEXT},
        {"deposed", "deposed", OR_NULL},
    };
    static const struct member parts[] = {
        {"actions", "actions", OR_LIST},
        {"before", "before", OR_NULL},
        {"after", "after", OR_NULL},
        {"after_unknown", "after_unknown", OR_MAP},
        {"before_sensitive", "before_sensitive", KEEP},
        {"after_sensitive", "after_sensitive", KEEP},
        {"replace_paths", "replace_paths", KEEP},
        {"importing", "importing", KEEP},
    };

    *out = value_map_new(vm);
    list = as_list(vm, list);
    for (size_t i = 0; i < list.list->count; i++) {
        struct value from = list.list->items[i], to = value_map_new(vm), change = value_map_new(vm);
        if (!vm_step(vm, 0, 1) || !COPY_MEMBERS(vm, from, to, members) ||
            !COPY_MEMBERS(vm, value_get(from, "change"), change, parts) ||
            !value_map_put(vm, to, "change", change) ||
            !add_by_address(vm, *out, value_get(from, "address"), value_get(from, "deposed"), to))
            return false;
    }
    return true;
}

/* name -> {name, MEMBER: what the plan has, or one member of it} */
static bool named(struct vm *vm, struct value from, const char *member, const char *inner,
                  struct value *out)
{
    *out = value_map_new(vm);
    from = as_map(vm, from);
    for (size_t i = 0; i < from.map->count; i++) {
        struct value to = value_map_new(vm), item = from.map->entries[i].value;
        if (inner)
            item = value_get(item, inner);
        if (!value_map_put(vm, to, "name", from.map->entries[i].key) ||
            (item.kind != VALUE_UNDEFINED && !value_map_put(vm, to, member, item)) ||
            !value_map_set(vm, *out, from.map->entries[i].key, to, 0))
            return false;
    }
    return true;
}

bool import_tfplan(struct vm *vm, place at, struct value *out)
{
    struct value plan, members = value_map_new(vm), planned = value_map_new(vm);
    struct value changes, drift, variables, outputs;

    return plan_of(vm, at, &plan) && add_values(vm, value_get(plan, "planned_values"), planned) &&
           changes_of(vm, value_get(plan, "resource_changes"), &changes) &&
           changes_of(vm, value_get(plan, "resource_drift"), &drift) &&
           named(vm, value_get(plan, "variables"), "value", "value", &variables) &&
           named(vm, value_get(plan, "output_changes"), "change", NULL, &outputs) &&
           value_map_put(vm, members, "terraform_version",
                         or_else(value_get(plan, "terraform_version"), value_text(""))) &&
           value_map_put(vm, members, "variables", variables) &&
           value_map_put(vm, members, "planned_values", planned) &&
           value_map_put(vm, members, "resource_changes", changes) &&
           value_map_put(vm, members, "resource_drift", drift) &&
           value_map_put(vm, members, "output_changes", outputs) &&
           value_map_put(vm, members, "raw", plan) &&
           imports_namespace(vm, "tfplan/v2", NULL, 0, members, out);
}

/* --- tfstate/v2 --- */

bool import_tfstate(struct vm *vm, place at, struct value *out)
{
    struct value plan, members = value_map_new(vm);

    if (!plan_of(vm, at, &plan))
        return false;
    struct value state = value_get(plan, "prior_state");
    struct value version =
        or_else(value_get(state, "terraform_version"), value_get(plan, "terraform_version"));
    return add_values(vm, value_get(state, "values"), members) &&
           value_map_put(vm, members, "terraform_version", or_else(version, value_text(""))) &&
           imports_namespace(vm, "tfstate/v2", NULL, 0, members, out);
}

/* --- tfconfig/v2 --- */

struct config {
    struct value providers, resources, provisioners, variables, outputs, modules;
};

/* `module.a.module.b:name`, or the bare name in the root. */
static bool config_key(struct vm *vm, struct value module, struct value name, struct value *out)
{
    return join(vm, module, ":", name, out);
}

static bool add_provisioners(struct vm *vm, struct config *c, struct value address,
                             struct value list, struct value *out)
{
    *out = value_list_new(vm);
    list = as_list(vm, list);
    for (size_t i = 0; i < list.list->count; i++) {
        struct value to = value_map_new(vm), from = list.list->items[i], index, key;
        char number[24];
        int len = snprintf(number, sizeof number, "%zu", i);
        if (!vm_string(vm, number, (size_t)len, &index) || !join(vm, address, ":", index, &key) ||
            !value_map_put(vm, to, "resource_address", address) ||
            !value_map_put(vm, to, "type", or_else(value_get(from, "type"), value_text(""))) ||
            !value_map_put(vm, to, "index", index) ||
            !value_map_put(vm, to, "config",
                           or_else(value_get(from, "expressions"), value_map_new(vm))) ||
            !value_map_set(vm, c->provisioners, key, to, 0) || !value_list_add(vm, *out, to))
            return false;
    }
    return true;
}

static bool add_config_resources(struct vm *vm, struct config *c, struct value module,
                                 struct value address)
{
    static const struct member members[] = {
        {"mode", "mode", KEEP},
        {"type", "type", KEEP},
        {"name", "name", KEEP},
        {"provider_config_key", "provider_config_key", OR_TEXT},
        {"config", "expressions", OR_MAP},
        {"count", "count_expression", OR_MAP},
        {"for_each", "for_each_expression", OR_MAP},
        {"depends_on", "depends_on", OR_LIST},
    };
    struct value list = as_list(vm, value_get(module, "resources"));

    for (size_t i = 0; i < list.list->count; i++) {
        struct value from = list.list->items[i], to = value_map_new(vm), full, provisioners;
        if (!vm_step(vm, 0, 1) || !COPY_MEMBERS(vm, from, to, members) ||
            !join(vm, address, ".", value_get(from, "address"), &full) ||
            !value_map_put(vm, to, "address", full) ||
            !value_map_put(vm, to, "module_address", address) ||
            !add_provisioners(vm, c, full, value_get(from, "provisioners"), &provisioners) ||
            !value_map_put(vm, to, "provisioners", provisioners) ||
            !value_map_set(vm, c->resources, full, to, 0))
            return false;
    }
    return true;
}

/* Members of one module by name: variables, outputs or module calls. */
static bool add_named(struct vm *vm, struct value from, struct value address,
                      const struct member *members, size_t count, struct value out)
{
    from = as_map(vm, from);
    for (size_t i = 0; i < from.map->count; i++) {
        struct value to = value_map_new(vm), name = from.map->entries[i].key, key;
        if (!vm_step(vm, 0, 1) || !config_key(vm, address, name, &key) ||
            !copy_members(vm, from.map->entries[i].value, to, members, count) ||
            !value_map_put(vm, to, "name", name) ||
            !value_map_put(vm, to, "module_address", address) ||
            !value_map_set(vm, out, key, to, 0))
            return false;
    }
    return true;
}

static bool add_module(struct vm *vm, struct config *c, struct value module, struct value address,
                       int depth)
{
    static const struct member variables[] = {{"default", "default", OR_NULL},
                                              {"description", "description", OR_TEXT}};
    static const struct member outputs[] = {
        {"sensitive", "sensitive", OR_FALSE},
        {"value", "expression", OR_MAP},
        {"description", "description", OR_TEXT},
        {"depends_on", "depends_on", OR_LIST},
    };
    static const struct member calls[] = {
        {"source", "source", OR_TEXT},
        {"config", "expressions", OR_MAP},
        {"count", "count_expression", OR_MAP},
        {"for_each", "for_each_expression", OR_MAP},
        {"depends_on", "depends_on", OR_LIST},
        {"version_constraint", "version_constraint", OR_TEXT},
    };
    struct value children = as_map(vm, value_get(module, "module_calls"));

    if (depth > 50)
        return vm_fail(vm, 0, "the modules of the configuration are nested too deep");
    if (!add_config_resources(vm, c, module, address) ||
        !add_named(vm, value_get(module, "variables"), address, variables,
                   sizeof variables / sizeof variables[0], c->variables) ||
        !add_named(vm, value_get(module, "outputs"), address, outputs,
                   sizeof outputs / sizeof outputs[0], c->outputs) ||
        !add_named(vm, children, address, calls, sizeof calls / sizeof calls[0], c->modules))
        return false;
    for (size_t i = 0; i < children.map->count; i++) {
        struct value name, below;
        if (!join(vm, value_text("module"), ".", children.map->entries[i].key, &name) ||
            !join(vm, address, ".", name, &below) ||
            !add_module(vm, c, value_get(children.map->entries[i].value, "module"), below,
                        depth + 1))
            return false;
    }
    return true;
}

static bool add_providers(struct vm *vm, struct value from, struct value out)
{
    static const struct member members[] = {
        {"name", "name", OR_TEXT},         {"full_name", "full_name", OR_TEXT},
        {"alias", "alias", OR_TEXT},       {"module_address", "module_address", OR_TEXT},
        {"config", "expressions", OR_MAP}, {"version_constraint", "version_constraint", OR_TEXT},
    };

    from = as_map(vm, from);
    for (size_t i = 0; i < from.map->count; i++) {
        struct value to = value_map_new(vm), key = from.map->entries[i].key;
        if (!COPY_MEMBERS(vm, from.map->entries[i].value, to, members) ||
            !value_map_put(vm, to, "provider_config_key", key) ||
            !value_map_set(vm, out, key, to, 0))
            return false;
    }
    return true;
}

/* strip_index("module.a[0].b.c[\"d\"]") is "module.a.b.c". */
static bool strip_index(struct vm *vm, struct value self, const struct value *args, size_t count,
                        place at, struct value *out)
{
    (void)self, (void)count;
    if (args[0].kind != VALUE_STRING)
        return imports_fail_argument(vm, at, "strip_index", "an address", args[0]);
    char *bytes = vm_alloc(vm, args[0].len + 1), *to = bytes;
    bool inside = false, quoted = false;
    if (!bytes)
        return false;
    for (size_t i = 0; i < args[0].len; i++) {
        char c = args[0].bytes[i];
        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
        } else if (inside) {
            quoted = c == '"';
            inside = c != ']';
        } else if (c == '[') {
            inside = true;
        } else {
            *to++ = c;
        }
    }
    *out = value_string(bytes, (size_t)(to - bytes));
    return true;
}

static const struct builtin config_functions[] = {
    {"strip_index", 1, 1, strip_index, .contagious = true}};

bool import_tfconfig(struct vm *vm, place at, struct value *out)
{
    struct config c = {value_map_new(vm), value_map_new(vm), value_map_new(vm),
                       value_map_new(vm), value_map_new(vm), value_map_new(vm)};
    struct value plan, members = value_map_new(vm);

    if (!plan_of(vm, at, &plan))
        return false;
    struct value configuration = value_get(plan, "configuration");
    return add_providers(vm, value_get(configuration, "provider_config"), c.providers) &&
           add_module(vm, &c, value_get(configuration, "root_module"), value_text(""), 0) &&
           value_map_put(vm, members, "providers", c.providers) &&
           value_map_put(vm, members, "resources", c.resources) &&
           value_map_put(vm, members, "provisioners", c.provisioners) &&
           value_map_put(vm, members, "variables", c.variables) &&
           value_map_put(vm, members, "outputs", c.outputs) &&
           value_map_put(vm, members, "module_calls", c.modules) &&
           IMPORTS_NAMESPACE(vm, "tfconfig/v2", config_functions, members, out);
}

/* --- tfrun --- */

bool import_tfrun(struct vm *vm, place at, struct value *out)
{
    const struct sentinel_input *input = vm->input;
    struct value members;
    const char *reason;

    if (!input->run)
        return vm_fail(vm, at, "there is no run that a policy could look at");
    if (!value_from_json(vm, input->run, input->run_len, &members, &reason))
        return vm_fail(vm, at, "the run cannot be read: it has %s", reason ? reason : "");
    return imports_namespace(vm, "tfrun", NULL, 0, members, out);
}
