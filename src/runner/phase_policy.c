/* An evaluation of OPA policies: each query is one call of opa in the sandbox, with the set's files
 * as data and {plan, run} as input. An empty list is a pass, a longer one a failure; anything else
 * is an error. Policies reach no network: their built-in functions are told so. */
#include "runner/phase.h"

#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "runner/folder.h"
#include "runner/job.h"
#include "runner/sandbox.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define DEPTH 100
#define EVAL_MS (60 * 1000)
#define RESULT_MAX ((size_t)4 * 1024 * 1024)
#define FILES_MAX 2000

/* All of a file of files/, from its start; false when it is too long. */
static bool read_all(int fd, struct buf *out, size_t most)
{
    char bytes[65536];
    ssize_t n;
    if (lseek(fd, 0, SEEK_SET) != 0)
        return false;
    while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
        buf_add(out, bytes, (size_t)n);
        if (out->len > most)
            return false;
    }
    return n == 0;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static bool copy(int from, int to)
{
    char bytes[65536];
    ssize_t n;
    if (lseek(from, 0, SEEK_SET) != 0)
        return false;
    while ((n = read(from, bytes, sizeof(bytes))) > 0)
        if (!write_all(to, bytes, (size_t)n))
            return false;
    return n == 0;
}

/* {"run": ..., "plan": ...}, with the plan as it is: it may be large. */
static int make_input(struct phase *phase, const struct json_value *run)
{
    struct buf text;
    int plan, fd;
    if (!phase_fetch(phase, "files/plan-json", "plan-json", &plan))
        return -1;
    buf_init(&text, phase->arena);
    buf_adds(&text, "{\"run\":");
    json_print(&text, run);
    buf_adds(&text, ",\"plan\":");
    fd = folder_file(phase->session->folder, "policy-input");
    bool good = fd >= 0 && write_all(fd, buf_str(&text), text.len) && copy(plan, fd) &&
                write_all(fd, "}", 1);
    close(plan);
    if (good)
        return fd;
    if (fd >= 0)
        close(fd);
    phase_fail(phase, "The runner's disk can't be written.");
    return -1;
}

/* What opa can do, but for the network. */
static bool write_capabilities(struct phase *phase)
{
    const char *argv[] = {phase->program, "capabilities", "--current", NULL};
    struct buf said, text;
    buf_init(&said, phase->arena);
    buf_init(&text, phase->arena);
    struct outcome outcome = phase_tool(phase, argv, phase->dir, -1, -1, &said);
    const char *open = strchr(buf_str(&said), '{');
    if (!phase_succeeded(outcome) || open == NULL)
        return phase_fail(phase, "opa capabilities %s.", phase_describe(phase, outcome));
    buf_adds(&text, "{\"allow_net\": [],");
    buf_adds(&text, open + 1);
    return folder_write(phase->session->folder, "control/capabilities.json", buf_str(&text),
                        text.len) ||
           phase_fail(phase, "The runner's disk can't be written.");
}

/* The files of a set as opa finds them; NULL: failed. */
static const char **write_files(struct phase *phase, const struct json_value *files, size_t set,
                                size_t *count)
{
    size_t length = files != NULL && json_kind(files) == JSON_ARRAY ? json_length(files) : 0;
    const char **paths = arena_alloc(phase->arena, (length + 1) * sizeof(*paths));
    *count = 0;
    for (size_t i = 0; i < length && i < FILES_MAX; i++) {
        const struct json_value *text = json_get(json_at(files, i), "text");
        const char *name = arena_printf(phase->arena, "control/set-%zu-%zu.rego", set, i);
        if (json_text(text) == NULL)
            continue;
        if (!folder_write(phase->session->folder, name, json_text(text), json_text_len(text))) {
            phase_fail(phase, "The runner's disk can't be written.");
            return NULL;
        }
        paths[(*count)++] =
            arena_printf(phase->arena, "%s/set-%zu-%zu.rego",
                         sandbox_path(&phase->session->sandbox, SANDBOX_CONTROL), set, i);
    }
    return paths;
}

static void write_policy(struct json_writer *w, const char *status, const char *message,
                         const struct json_value *output)
{
    struct buf text;
    json_object_begin(w);
    json_member_string(w, "status", status);
    json_member_string(w, "message", message);
    buf_init(&text, NULL);
    if (output != NULL)
        json_print(&text, output);
    json_member_raw(w, "output", output != NULL ? buf_str(&text) : "[]");
    buf_free(&text);
    json_object_end(w);
}

/* The first error that opa tells, else what it printed. */
static const char *error_of(struct phase *phase, const struct json_value *document,
                            struct buf *said, struct outcome outcome)
{
    const struct json_value *errors = json_get(document, "errors");
    const char *message = json_text(json_get(json_at(errors, 0), "message"));
    if (message != NULL)
        return message;
    if (said->len > 0)
        return arena_strndup(phase->arena, buf_str(said), said->len < 2000 ? said->len : 2000);
    return arena_printf(phase->arena, "opa %s", phase_describe(phase, outcome));
}

static void take_result(struct phase *phase, struct outcome outcome, struct buf *result,
                        struct buf *said, struct json_writer *w)
{
    const char *reason;
    const struct json_value *document =
        json_read(phase->arena, buf_str(result), result->len, DEPTH, &reason);
    const struct json_value *value = json_get(
        json_at(json_get(json_at(json_get(document, "result"), 0), "expressions"), 0), "value");
    if (!phase_succeeded(outcome) || document == NULL)
        write_policy(w, "errored", error_of(phase, document, said, outcome), NULL);
    else if (value == NULL)
        write_policy(w, "errored", "the query is undefined", NULL);
    else if (json_kind(value) != JSON_ARRAY)
        write_policy(w, "errored", "the query gives neither an array nor a set", NULL);
    else
        write_policy(w, json_length(value) == 0 ? "passed" : "failed", NULL, value);
}

/* False: the job is over. */
static bool evaluate(struct phase *phase, const char *query, const char *const *files, size_t count,
                     int input, struct json_writer *w)
{
    const char **argv = arena_alloc(phase->arena, (2 * count + 12) * sizeof(*argv));
    struct buf result, said;
    size_t n = 0;
    int fd = folder_file(phase->session->folder, "policy-result");
    if (fd < 0 || lseek(input, 0, SEEK_SET) != 0)
        return phase_fail(phase, "The runner's disk can't be written.");
    argv[n++] = phase->program;
    argv[n++] = "eval";
    argv[n++] = "--format=json";
    argv[n++] = "--stdin-input";
    argv[n++] = arena_printf(phase->arena, "--capabilities=%s/capabilities.json",
                             sandbox_path(&phase->session->sandbox, SANDBOX_CONTROL));
    for (size_t i = 0; i < count; i++) {
        argv[n++] = "--data";
        argv[n++] = files[i];
    }
    argv[n++] = "--";
    argv[n++] = query;
    argv[n] = NULL;
    buf_init(&result, phase->arena);
    buf_init(&said, phase->arena);
    struct command command = {.name = "opa eval",
                              .argv = argv,
                              .dir = phase->dir,
                              .env = &phase->tools,
                              .input = input,
                              .output = fd,
                              .capture = &said,
                              .timeout_ms = EVAL_MS};
    struct outcome outcome = session_run(phase->session, &command);
    bool whole = read_all(fd, &result, RESULT_MAX);
    close(fd);
    if (phase->session->trouble != TROUBLE_NONE)
        return false;
    if (whole)
        take_result(phase, outcome, &result, &said, w);
    else
        write_policy(w, "errored", "the query gives too much", NULL);
    return true;
}

static bool evaluate_set(struct phase *phase, const struct json_value *set, size_t index, int input,
                         struct json_writer *w)
{
    const struct json_value *policies = json_get(set, "policies");
    size_t count,
        length = policies != NULL && json_kind(policies) == JSON_ARRAY ? json_length(policies) : 0;
    const char **files = write_files(phase, json_get(set, "files"), index, &count);
    if (files == NULL)
        return false;
    json_object_begin(w);
    json_key(w, "policies");
    json_array_begin(w);
    for (size_t i = 0; i < length; i++) {
        const char *query = json_text(json_get(json_at(policies, i), "query"));
        if (query == NULL)
            write_policy(w, "errored", "the policy has no query", NULL);
        else if (!evaluate(phase, query, files, count, input, w))
            return false;
    }
    json_array_end(w);
    json_object_end(w);
    return true;
}

bool phase_policy(struct phase *phase, struct buf *out)
{
    struct json_writer w;
    struct buf text;
    const char *reason;
    int fd;
    if (!phase_fetch(phase, "files/policy", "policy", &fd))
        return false;
    buf_init(&text, phase->arena);
    bool whole = read_all(fd, &text, SIZE_MAX);
    close(fd);
    const struct json_value *document =
        whole ? json_read(phase->arena, buf_str(&text), text.len, DEPTH, &reason) : NULL;
    const struct json_value *sets = json_get(document, "sets");
    if (sets == NULL || json_kind(sets) != JSON_ARRAY || json_get(document, "run") == NULL)
        return phase_fail(phase, "The policies could not be read.");
    int input = write_capabilities(phase) ? make_input(phase, json_get(document, "run")) : -1;
    if (input < 0)
        return false;
    json_writer_init(&w, out);
    json_array_begin(&w);
    bool good = true;
    for (size_t i = 0; good && i < json_length(sets); i++)
        good = evaluate_set(phase, json_at(sets, i), i, input, &w);
    json_array_end(&w);
    close(input);
    if (!good)
        buf_clear(out);
    return good;
}
