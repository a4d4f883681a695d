/* See policy_report.h. Clients look for `Sentinel Result: ...`, the levels in parentheses and the
 * line with the number of policies; the rest of the log is for people. */
#include "policy/policy_report.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "json/json_writer.h"

static void add_counts(struct policy_counts *c, const struct policy_set_result *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct policy_result *p = &set->policies[i];
        c->errored += p->is_errored;
        if (p->passed)
            c->passed++;
        else if (!policy_is_mandatory(p->level))
            c->advisory_failed++;
        else if (strcmp(p->level, "soft-mandatory") == 0)
            c->soft_failed++;
        else
            c->hard_failed++;
    }
}

static struct policy_counts count(const struct policy_run *run)
{
    struct policy_counts c = {0};
    for (size_t i = 0; i < run->count; i++)
        add_counts(&c, &run->sets[i]);
    return c;
}

static bool set_passed(const struct policy_set_result *set)
{
    struct policy_counts c = {0};
    add_counts(&c, set);
    return !set->error && c.soft_failed + c.hard_failed == 0;
}

/* --- The log --- */

static void add_indented(struct buf *out, const char *text, const char *indent)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        buf_printf(out, "%s%.*s\n", len ? indent : "", (int)len, text);
        text += len;
        text += *text == '\n';
    }
}

static void add_rule(struct buf *out, const struct sentinel_rule *rule)
{
    buf_printf(out, "%s:%d:%d - Rule \"%s\"\n", rule->file, rule->line, rule->column, rule->name);
    if (*rule->description) {
        buf_adds(out, "  Description:\n");
        add_indented(out, rule->description, "    ");
        buf_addc(out, '\n');
    }
    buf_adds(out, "  Value:\n");
    add_indented(out, rule->value, "    ");
    buf_addc(out, '\n');
}

static void add_policy(struct buf *out, const struct policy_set_result *set, size_t index)
{
    const struct policy_result *p = &set->policies[index];

    buf_printf(out, "## Policy %zu: %s%s%s (%s)\n\nResult: %s\n\n", index + 1,
               set->is_versioned ? set->name : "", set->is_versioned ? "/" : "", p->name, p->level,
               p->passed ? "true" : "false");
    if (p->description && *p->description) {
        buf_adds(out, "Description:\n");
        add_indented(out, p->description, "  ");
        buf_addc(out, '\n');
    }
    if (p->error)
        buf_printf(out, "Error: %s\n\n", p->error);
    if (p->sentinel && *p->sentinel->printed) {
        buf_adds(out, "Print messages:\n\n");
        buf_adds(out, p->sentinel->printed);
        buf_addc(out, '\n');
    }
    for (size_t i = 0; p->sentinel && i < p->sentinel->rule_count; i++)
        add_rule(out, &p->sentinel->rules[i]);
}

static void add_set(struct buf *out, const struct policy_set_result *set)
{
    bool passed = set_passed(set);

    buf_printf(out, "================ Results for policy set: %s ===============\n\n",
               *set->name ? set->name : "<empty policy set name>");
    buf_printf(out, "Sentinel Result: %s\n\n", passed ? "true" : "false");
    buf_adds(out, passed
                      ? "All mandatory policies of this set are satisfied: what this run plans\n"
                        "is allowed by them.\n\n"
                      : "What this run plans is not allowed by at least one policy of this set.\n"
                        "Look below for rules that are false, or whose value is not empty.\n\n");
    buf_printf(out, "%zu policies evaluated.\n\n", set->count);
    if (set->error)
        buf_printf(out, "Error: %s\n\n", set->error);
    for (size_t i = 0; i < set->count; i++)
        add_policy(out, set, i);
}

/* --- The result of a check --- */

static void add_details(struct json_writer *w, struct arena *arena,
                        const struct policy_set_result *set)
{
    json_key(w, *set->name ? set->name : "<empty policy set name>");
    json_object_begin(w);
    json_member_bool(w, "can-override", false);
    json_member_string(w, "error", set->error);
    json_key(w, "policies");
    json_array_begin(w);
    for (size_t i = 0; i < set->count; i++) {
        const struct policy_result *p = &set->policies[i];
        json_object_begin(w);
        json_member_bool(w, "allowed-failure", !policy_is_mandatory(p->level));
        json_member_string(w, "error", p->error);
        json_member_string(w, "policy",
                           set->is_versioned ? arena_printf(arena, "%s/%s", set->name, p->name)
                                             : p->name);
        json_member_bool(w, "result", p->passed);
        if (p->sentinel) {
            struct buf trace;
            buf_init(&trace, arena);
            sentinel_trace(&trace, p->sentinel);
            json_member_raw(w, "trace", buf_str(&trace));
        }
        json_object_end(w);
    }
    json_array_end(w);
    json_member_bool(w, "result", set_passed(set));
    json_object_end(w);
}

static const char *first_error(const struct policy_run *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->sets[i].error)
            return run->sets[i].error;
    return NULL;
}

void policy_report_check(struct arena *arena, const struct policy_run *run,
                         struct policy_check_report *out)
{
    struct policy_counts c = count(run);
    const char *error = first_error(run);
    struct buf log, counts, details;
    struct json_writer w;

    *out = (struct policy_check_report){.status = error           ? "errored"
                                                  : c.hard_failed ? "hard_failed"
                                                  : c.soft_failed ? "soft_failed"
                                                                  : "passed"};
    if (error)
        out->reason = arena_printf(arena, "The policies could not be evaluated: %s.", error);
    else if (c.hard_failed)
        out->reason = arena_printf(arena, "%u hard-mandatory %s failed.", c.hard_failed,
                                   c.hard_failed == 1 ? "policy" : "policies");
    buf_init(&counts, arena);
    json_writer_init(&w, &counts);
    json_object_begin(&w);
    json_member_bool(&w, "result", !error && c.hard_failed + c.soft_failed == 0);
    json_member_int(&w, "passed", c.passed);
    json_member_int(&w, "total-failed", c.hard_failed + c.soft_failed + c.advisory_failed);
    json_member_int(&w, "hard-failed", c.hard_failed);
    json_member_int(&w, "soft-failed", c.soft_failed);
    json_member_int(&w, "advisory-failed", c.advisory_failed);
    json_member_int(&w, "duration-ms", run->milliseconds);
    json_member_int(&w, "duration", run->milliseconds);
    json_object_end(&w);
    out->counts = buf_str(&counts);
    buf_init(&details, arena);
    json_writer_init(&w, &details);
    json_object_begin(&w);
    json_member_int(&w, "schema-version", 1);
    json_key(&w, "data");
    json_object_begin(&w);
    for (size_t i = 0; i < run->count; i++)
        add_details(&w, arena, &run->sets[i]);
    json_object_end(&w);
    json_object_end(&w);
    out->details = buf_str(&details);
    buf_init(&log, arena);
    for (size_t i = 0; i < run->count; i++)
        add_set(&log, &run->sets[i]);
    out->log = buf_str(&log);
}

/* --- Evaluations --- */

static const char *result_count(struct arena *arena, const struct policy_counts *c)
{
    return arena_printf(arena,
                        "{\"advisory-failed\": %u, \"errored\": %u, \"mandatory-failed\": %u, "
                        "\"passed\": %u}",
                        c->advisory_failed, c->errored, c->soft_failed + c->hard_failed, c->passed);
}

static void add_printed(struct json_writer *w, struct arena *arena, const struct policy_result *p)
{
    const char *line = p->sentinel ? p->sentinel->printed : p->printed ? p->printed : "";

    json_array_begin(w);
    while (*line) {
        size_t len = strcspn(line, "\n");
        json_object_begin(w);
        json_member_string(w, "print", arena_strndup(arena, line, len));
        json_object_end(w);
        line += len;
        line += *line == '\n';
    }
    if (p->error) {
        json_object_begin(w);
        json_member_string(w, "print", p->error);
        json_object_end(w);
    }
    json_array_end(w);
}

void policy_report_set(struct arena *arena, const struct policy_set_result *set,
                       struct policy_outcome_report *out)
{
    struct policy_counts c = {0};
    struct buf outcomes, output;
    struct json_writer w, printed;

    add_counts(&c, set);
    buf_init(&outcomes, arena);
    buf_init(&output, arena);
    json_writer_init(&w, &outcomes);
    json_writer_init(&printed, &output);
    json_array_begin(&w);
    json_array_begin(&printed);
    for (size_t i = 0; i < set->count; i++) {
        const struct policy_result *p = &set->policies[i];
        json_object_begin(&w);
        json_member_string(&w, "enforcement_level",
                           policy_is_mandatory(p->level) ? "mandatory" : "advisory");
        json_member_string(&w, "query", p->query);
        json_member_string(&w, "status",
                           p->is_errored ? "errored"
                           : p->passed   ? "passed"
                                         : "failed");
        json_member_string(&w, "policy_name", p->name);
        json_member_string(&w, "description", p->description ? p->description : "");
        json_object_end(&w);
        add_printed(&printed, arena, p);
    }
    json_array_end(&w);
    json_array_end(&printed);
    *out = (struct policy_outcome_report){buf_str(&outcomes), buf_str(&output),
                                          set->error ? set->error : "", result_count(arena, &c)};
}

void policy_report_evaluation(struct arena *arena, const struct policy_run *run,
                              struct policy_evaluation_report *out)
{
    struct policy_counts c = count(run);
    bool failed = c.soft_failed + c.hard_failed > 0;

    *out = (struct policy_evaluation_report){.status = first_error(run) ? "errored"
                                                       : failed         ? "failed"
                                                                        : "passed",
                                             .is_overridable = true,
                                             .result_count = result_count(arena, &c)};
    for (size_t i = 0; i < run->count; i++)
        if (!set_passed(&run->sets[i]) && !run->sets[i].overridable)
            out->is_overridable = false;
}
