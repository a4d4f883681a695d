/* See sentinel.h: one machine a policy, its result copied out before the machine goes. */
#include "sentinel/sentinel.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "json/json_writer.h"
#include "sentinel/ast.h"
#include "sentinel/lexer.h"
#include "sentinel/parser.h"
#include "sentinel/vm.h"

static bool load(struct vm *vm, const struct sentinel_source *source, const char **description)
{
    if (source->len > LEXER_MAX_SOURCE)
        return vm_fail(vm, 0, "the policy is too long");
    vm->files[0] = (struct vm_file){.name = source->file, .text = source->text, .len = source->len};
    vm->file_count = 1;
    vm->files[0].program = parser_read(vm, 0, description);
    return vm->files[0].program != NULL;
}

static bool is_pass(struct value main)
{
    switch (main.kind) {
    case VALUE_BOOL:
        return main.boolean;
    case VALUE_STRING:
        return main.len == 0;
    case VALUE_INT:
        return main.integer == 0;
    case VALUE_FLOAT:
        return main.number == 0;
    case VALUE_LIST:
        return main.list->count == 0;
    case VALUE_MAP:
        return main.map->count == 0;
    default:
        return false;
    }
}

static enum sentinel_outcome outcome_of(struct vm *vm, struct value main)
{
    if (main.kind == VALUE_UNDEFINED) {
        vm_failed(vm, main.place, "main is undefined: what it depends on is undefined here");
        return SENTINEL_UNDEFINED;
    }
    if (main.kind == VALUE_NULL || main.kind == VALUE_FUNCTION || main.kind == VALUE_OBJECT) {
        vm_failed(vm, 0, "main cannot be %s", value_kind_name(main.kind));
        return SENTINEL_ERROR;
    }
    return is_pass(main) ? SENTINEL_PASS : SENTINEL_FAIL;
}

static enum sentinel_outcome run(struct vm *vm, const struct sentinel_input *input,
                                 const char **description)
{
    const struct symbol *name = vm_symbol(vm, "main", 4);
    struct value main;

    if (!load(vm, &input->policy, description) || !evaluate_file(vm, 0))
        return SENTINEL_ERROR;
    if (!(name->assigned & 1)) {
        vm_failed(vm, 0, "the policy has no main");
        return SENTINEL_ERROR;
    }
    if (!evaluate_variable(vm, 0, name, vm_place(0, input->policy.len), &main))
        return SENTINEL_ERROR;
    return outcome_of(vm, main);
}

/* --- The result --- */

static const char *error_text(struct vm *vm, struct arena *arena)
{
    const char *file;
    int line, column;

    if (!vm->error)
        return NULL;
    if (!vm->has_place)
        return arena_strdup(arena, vm->error);
    vm_line(vm, vm->error_at, &file, &line, &column);
    return arena_printf(arena, "%s:%d:%d: %s", file, line, column, vm->error);
}

/* The value in both forms. What an evaluation that was stopped at its limits cannot show is left
 * out. */
static void show_value(struct vm *vm, struct arena *arena, struct value value,
                       struct sentinel_rule *out)
{
    struct buf text, json;

    buf_init(&text, arena);
    buf_init(&json, arena);
    bool good = value_print(vm, &text, value);
    out->value = good ? buf_str(&text) : "...";
    good = good && value_to_json(vm, &json, value, 0);
    out->json = good ? buf_str(&json) : "null";
}

static size_t count_rules(const struct vm *vm)
{
    size_t count = 0;
    for (const struct rule *rule = vm->first_rule; rule; rule = rule->next)
        count += rule->state == RULE_DONE && rule->scope->file == 0;
    return count;
}

static void copy_rules(struct vm *vm, struct arena *arena, struct sentinel_result *result)
{
    struct sentinel_rule *rules = arena_alloc(arena, count_rules(vm) * sizeof *rules);
    size_t count = 0;

    /* Showing costs steps of its own. */
    vm->error = NULL;
    vm->steps = 0;
    for (const struct rule *rule = vm->first_rule; rule; rule = rule->next) {
        struct sentinel_rule *out = &rules[count];
        const char *description = rule->node->description;
        if (rule->state != RULE_DONE || rule->scope->file != 0)
            continue;
        out->name = arena_strdup(arena, rule->name->text);
        out->description = arena_strdup(arena, description ? description : "");
        vm_line(vm, rule->at, &out->file, &out->line, &out->column);
        out->file = arena_strdup(arena, out->file);
        show_value(vm, arena, rule->value, out);
        count++;
    }
    result->rules = rules;
    result->rule_count = count;
}

void sentinel_evaluate(struct arena *arena, const struct sentinel_input *input,
                       struct sentinel_result *result)
{
    struct vm *vm = vm_new(input);
    const char *description = NULL;

    *result = (struct sentinel_result){0};
    result->outcome = run(vm, input, &description);
    if (vm->error && result->outcome != SENTINEL_UNDEFINED)
        result->outcome = SENTINEL_ERROR;
    result->error = error_text(vm, arena);
    result->description = arena_strdup(arena, description ? description : "");
    result->printed = arena_strdup(arena, buf_str(&vm->printed));
    copy_rules(vm, arena, result);
    vm_free(vm);
}

/* --- The trace --- */

static void write_rule(struct json_writer *w, const struct sentinel_rule *rule)
{
    json_key(w, rule->name);
    json_object_begin(w);
    json_member_string(w, "desc", rule->description);
    json_member_string(w, "ident", rule->name);
    json_key(w, "position");
    json_object_begin(w);
    json_member_string(w, "filename", rule->file);
    json_member_int(w, "line", rule->line);
    json_member_int(w, "column", rule->column);
    json_object_end(w);
    json_member_raw(w, "value", rule->json);
    json_object_end(w);
}

void sentinel_trace(struct buf *out, const struct sentinel_result *result)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_member_string(&w, "description", result->description);
    json_member_string(&w, "error", result->error);
    json_member_string(&w, "print", result->printed);
    json_member_bool(&w, "result", result->outcome == SENTINEL_PASS);
    json_key(&w, "rules");
    json_object_begin(&w);
    for (size_t i = 0; i < result->rule_count; i++)
        write_rule(&w, &result->rules[i]);
    json_object_end(&w);
    json_object_end(&w);
}
