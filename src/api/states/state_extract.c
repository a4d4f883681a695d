/* From a scanned state to the derived attributes of its version and its outputs
 * (today-workspaces.md sections 13 and 14). */
#include "api/states/states.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/resources.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/ids.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

/* Blocks shown in the attribute `resources`: a list of versions must stay readable. */
#define RESOURCES_SHOWN 2000

/* --- Names --- */

/* "module.a.module.b[0]" -> "a.b[0]"; NULL -> "root". Dots inside quotes are no separators. */
const char *state_short_module(struct arena *arena, const char *module)
{
    if (!module)
        return "root";
    struct buf out;
    bool start = true, quoted = false;
    buf_init(&out, arena);
    while (*module) {
        if (start && strncmp(module, "module.", 7) == 0) {
            module += 7;
            start = false;
            continue;
        }
        if (quoted && *module == '\\' && module[1])
            buf_addc(&out, *module++);
        else if (*module == '"')
            quoted = !quoted;
        start = !quoted && *module == '.';
        buf_addc(&out, *module++);
    }
    return buf_str(&out);
}

/* provider["registry.terraform.io/hashicorp/aws"].west -> "hashicorp/aws". Hosts other than the two
 * default registries stay in front. */
const char *state_short_provider(struct arena *arena, const char *provider)
{
    static const char *const default_hosts[] = {"registry.terraform.io/", "registry.opentofu.org/"};
    const char *open = strstr(provider, "provider[\"");
    if (!open) {
        const char *legacy = strstr(provider, "provider.");
        return legacy ? legacy + 9 : provider;
    }
    open += 10;
    for (size_t i = 0; i < 2; i++)
        if (strncmp(open, default_hosts[i], strlen(default_hosts[i])) == 0)
            open += strlen(default_hosts[i]);
    return arena_strndup(arena, open, strcspn(open, "\""));
}

bool state_is_managed(const struct state_resource *r)
{
    return strcmp(r->mode, "data") != 0;
}

static const char *shown_type(struct arena *arena, const struct state_resource *r)
{
    return state_is_managed(r) ? r->type : arena_printf(arena, "data.%s", r->type);
}

static const char *hyphenated(struct arena *arena, const char *text)
{
    char *copy = arena_strdup(arena, text);
    for (char *c = copy; *c; c++)
        if (*c == '_')
            *c = '-';
    return copy;
}

/* --- modules, providers, resources of the version --- */

struct count_entry {
    const char *group;
    const char *type;
    size_t count;
};

static int compare_entries(const void *a, const void *b)
{
    const struct count_entry *x = a, *y = b;
    int order = strcmp(x->group, y->group);
    return order ? order : strcmp(x->type, y->type);
}

/* {group: {type: sum}} */
static const char *counts_json(struct arena *arena, struct count_entry *entries, size_t n)
{
    struct buf out;
    struct json_writer w;

    qsort(entries, n, sizeof *entries, compare_entries);
    buf_init(&out, arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    for (size_t i = 0; i < n;) {
        const char *group = entries[i].group;
        json_key(&w, group);
        json_object_begin(&w);
        while (i < n && strcmp(entries[i].group, group) == 0) {
            const char *type = entries[i].type;
            size_t sum = 0;
            for (; i < n && strcmp(entries[i].group, group) == 0 &&
                   strcmp(entries[i].type, type) == 0;
                 i++)
                sum += entries[i].count;
            json_member_int(&w, type, (int64_t)sum);
        }
        json_object_end(&w);
    }
    json_object_end(&w);
    return buf_str(&out);
}

static const char *grouped(struct arena *arena, const struct state_summary *summary, bool by_module)
{
    size_t n = summary->resource_count;
    struct count_entry *entries = arena_alloc(arena, (n + 1) * sizeof *entries);
    for (size_t i = 0; i < n; i++) {
        const struct state_resource *r = &summary->resources[i];
        entries[i].group = by_module ? state_short_module(arena, r->module) : r->provider;
        entries[i].type = hyphenated(arena, shown_type(arena, r));
        entries[i].count = r->instance_count;
    }
    return counts_json(arena, entries, n);
}

static const char *resources_json(struct arena *arena, const struct state_summary *summary)
{
    struct buf out;
    struct json_writer w;

    buf_init(&out, arena);
    json_writer_init(&w, &out);
    json_array_begin(&w);
    for (size_t i = 0; i < summary->resource_count && i < RESOURCES_SHOWN; i++) {
        const struct state_resource *r = &summary->resources[i];
        json_object_begin(&w);
        json_member_string(&w, "name", r->name);
        json_member_string(&w, "type", shown_type(arena, r));
        json_member_int(&w, "count", (int64_t)r->instance_count);
        json_member_string(&w, "module", state_short_module(arena, r->module));
        json_member_string(&w, "provider", r->provider);
        json_object_end(&w);
    }
    json_array_end(&w);
    return buf_str(&out);
}

/* --- Outputs --- */

/* The word for an output's kind, from its cty type or, without one, from the value. */
static const char *type_word(const char *detailed, const char *value)
{
    static const struct {
        const char *prefix, *word;
    } words[] = {
        {"\"string\"", "string"}, {"\"number\"", "number"},  {"\"bool\"", "boolean"},
        {"[\"list\"", "array"},   {"[\"set\"", "array"},     {"[\"tuple\"", "array"},
        {"[\"map\"", "map"},      {"[\"object\"", "object"},
    };
    for (size_t i = 0; detailed && i < sizeof words / sizeof words[0]; i++)
        if (strncmp(detailed, words[i].prefix, strlen(words[i].prefix)) == 0)
            return words[i].word;
    switch (value ? value[0] : 'n') {
    case '"':
        return "string";
    case '[':
        return "array";
    case '{':
        return "object";
    case 't':
    case 'f':
        return "boolean";
    case 'n':
        return "null";
    default:
        return "number";
    }
}

static void write_output(struct context *context, struct json_writer *w, size_t position,
                         const struct state_output *output)
{
    const char *id = ids_new(context->arena, "wsout-");
    const char *value = output->value ? output->value : "null";
    json_object_begin(w);
    json_member_string(w, "id", id);
    json_member_int(w, "position", (int64_t)position);
    json_member_string(w, "name", output->name);
    json_member_bool(w, "sensitive", output->sensitive);
    json_member_string(w, "type", type_word(output->type, value));
    json_member_string(w, "detailed_type", output->type);
    if (output->sensitive)
        json_member_string(w, "sealed_value",
                           crypto_seal_text(context->arena, context->service->keyring, id, value));
    else
        json_member_string(w, "value", value);
    json_object_end(w);
}

static const char *outputs_json(struct context *context, const struct state_output *outputs,
                                size_t count)
{
    struct buf json;
    struct json_writer w;

    buf_init(&json, context->arena);
    json_writer_init(&w, &json);
    json_array_begin(&w);
    for (size_t i = 0; i < count; i++)
        write_output(context, &w, i, &outputs[i]);
    json_array_end(&w);
    return buf_str(&json);
}

static const char *as_text(struct arena *arena, const struct json_value *value)
{
    struct buf out;
    if (!value)
        return NULL;
    buf_init(&out, arena);
    json_print(&out, value);
    return buf_str(&out);
}

const char *state_outputs(struct context *context, const struct json_value *outputs)
{
    const struct json_value *item;
    const char *name;
    void *cursor = NULL;
    size_t count = 0;

    while (json_next(outputs, &cursor, &name, &item))
        count++;
    struct state_output *list = arena_alloc(context->arena, (count + 1) * sizeof *list);
    cursor = NULL;
    for (size_t i = 0; json_next(outputs, &cursor, &name, &item); i++) {
        const struct json_value *sensitive = json_get(item, "sensitive");
        list[i].name = name;
        list[i].sensitive = json_kind(sensitive) == JSON_BOOL && json_boolean(sensitive);
        list[i].value = as_text(context->arena, json_get(item, "value"));
        list[i].type = as_text(context->arena, json_get(item, "type"));
    }
    return outputs_json(context, list, count);
}

/* --- All of it --- */

static size_t managed_instances(const struct state_summary *summary)
{
    size_t count = 0;
    for (size_t i = 0; i < summary->resource_count; i++)
        if (state_is_managed(&summary->resources[i]))
            count += summary->resources[i].instance_count;
    return count;
}

void state_extract(struct context *context, const struct state_summary *summary,
                   struct state_facts *out)
{
    struct arena *arena = context->arena;

    out->summary = summary;
    out->format = arena_printf(arena, "%d", (int)summary->version);
    out->modules = grouped(arena, summary, true);
    out->providers = grouped(arena, summary, false);
    out->resources = resources_json(arena, summary);
    out->resource_count = arena_printf(arena, "%zu", managed_instances(summary));
    out->resources_digest = state_resources_digest(arena, summary);
    out->outputs = outputs_json(context, summary->outputs, summary->output_count);
}

bool state_finalize(struct context *context, const char *id, const char *workspace,
                    const struct blob_info *blob, const struct state_facts *facts,
                    const char *known_digest)
{
    if (facts->summary->output_count > 0 &&
        !CONTEXT_QUERY(context, STATEMENT_STATE_VERSION_OUTPUT_CREATE, NULL, id, facts->outputs))
        return false;
    if (!CONTEXT_QUERY(context, STATEMENT_STATE_VERSION_FINALIZE, NULL, id, blob->id, blob->sha256,
                       arena_printf(context->arena, "%lld", (long long)blob->size),
                       facts->summary->terraform_version, facts->format, facts->modules,
                       facts->providers, facts->resources, facts->resource_count,
                       facts->resources_digest))
        return false;
    return state_resources_merge(context, id, workspace, facts, known_digest);
}
