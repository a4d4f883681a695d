/* The steps that plan and apply have in common. The runner itself touches nothing that a job can
 * write: it unpacks, copies and reads with small commands inside the sandbox. */
#include "runner/credentials.h"
#include "runner/phase.h"

#include "base/arena.h"
#include "base/buf.h"
#include "json/json_writer.h"
#include "runner/cli_files.h"
#include "runner/folder.h"
#include "runner/job.h"
#include "runner/runner_config.h"
#include "runner/server.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOOL_MS (10 * 60 * 1000)
#define INIT_MS (10 * 60 * 1000)
#define ARTIFACT_MS (10 * 60 * 1000)
#define HOOK_MS (60 * 1000)

/* Failing */

static void note(struct phase *phase, const char *text)
{
    if (phase->message == NULL)
        phase->message = arena_strdup(phase->arena, text);
}

bool phase_fail(struct phase *phase, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    note(phase, text);
    return false;
}

bool phase_fail_loudly(struct phase *phase, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    /* Trouble has had its line already. */
    if (phase->session->trouble == TROUBLE_NONE)
        joblog_say(&phase->session->log, "\nError: %s\n", text);
    note(phase, text);
    return false;
}

bool phase_succeeded(struct outcome outcome)
{
    return outcome.ending == ENDING_EXIT && outcome.status == 0;
}

const char *phase_describe(struct phase *phase, struct outcome outcome)
{
    switch (outcome.ending) {
    case ENDING_EXIT:
        return arena_printf(phase->arena, "ended with exit status %d", outcome.status);
    case ENDING_SIGNAL:
        return arena_printf(phase->arena, "was ended by signal %d", outcome.status);
    case ENDING_TIMEOUT:
        return "took too long";
    case ENDING_NO_START:
        return "could not be started";
    case ENDING_TROUBLE:
        return "was stopped";
    }
    return "failed";
}

/* Commands */

struct outcome phase_tool(struct phase *phase, const char *const *argv, const char *dir, int input,
                          int output, struct buf *capture)
{
    struct command command = {.name = argv[0],
                              .argv = argv,
                              .dir = dir,
                              .env = &phase->tools,
                              .input = input,
                              .output = output,
                              .capture = capture,
                              .timeout_ms = TOOL_MS};
    return session_run(phase->session, &command);
}

static bool is_about_arguments(const char *line)
{
    return strncmp(line, "TF_CLI_ARGS", 11) == 0 || strncmp(line, "TF_LOG", 6) == 0;
}

struct outcome phase_ask_cli(struct phase *phase, const char *const *argv, int output,
                             struct buf *capture)
{
    struct env env;
    env_init(&env, phase->arena);
    for (size_t i = 0; i < phase->env.count; i++) {
        const char *line = phase->env.lines[i], *value = strchr(line, '=');
        if (!is_about_arguments(line))
            env_set(&env, arena_strndup(phase->arena, line, (size_t)(value - line)), value + 1);
    }
    struct command command = {.name = argv[1],
                              .argv = argv,
                              .dir = phase->dir,
                              .env = &env,
                              .input = -1,
                              .output = output,
                              .capture = capture,
                              .timeout_ms = ARTIFACT_MS};
    return session_run(phase->session, &command);
}

/* Steps */

bool phase_fetch(struct phase *phase, const char *path, const char *name, int *fd)
{
    *fd = folder_file(phase->session->folder, name);
    if (*fd < 0)
        return phase_fail(phase, "The runner's disk can't be written.");
    if (session_fetch(phase->session, path, *fd))
        return true;
    close(*fd);
    return phase_fail_loudly(phase, "The run's files could not be fetched: %s.",
                             phase->session->server->error);
}

static bool untar(struct phase *phase, const char *what, int fd, const char *to)
{
    static const char *const argv[] = {"tar",
                                       "--extract",
                                       "--gzip",
                                       "--file=-",
                                       "--no-same-owner",
                                       "--no-same-permissions",
                                       "--delay-directory-restore",
                                       NULL};
    struct buf said;
    buf_init(&said, phase->arena);
    struct outcome outcome = phase_tool(phase, argv, to, fd, -1, &said);
    if (phase_succeeded(outcome))
        return true;
    joblog_add(&phase->session->log, buf_str(&said), said.len);
    return phase_fail_loudly(phase, "The %s could not be unpacked: tar %s.", what,
                             phase_describe(phase, outcome));
}

static const char unbundle_script[] =
    "mkdir -p b/work && tar -xzf - -C b --no-same-owner && mv b/plan b/declared \"$2\" && "
    "cp -RPpf b/work/. \"$1\" && rm -rf b";

static bool unpack_bundle(struct phase *phase)
{
    int fd;
    if (!phase_fetch(phase, "files/plan", "bundle", &fd))
        return false;
    const struct sandbox *sandbox = &phase->session->sandbox;
    const char *argv[] = {"sh",
                          "-c",
                          unbundle_script,
                          "sh",
                          sandbox_path(sandbox, SANDBOX_WORK),
                          sandbox_path(sandbox, SANDBOX_OUT),
                          NULL};
    struct buf said;
    buf_init(&said, phase->arena);
    struct outcome outcome =
        phase_tool(phase, argv, sandbox_path(sandbox, SANDBOX_TMP), fd, -1, &said);
    close(fd);
    if (phase_succeeded(outcome))
        return true;
    joblog_add(&phase->session->log, buf_str(&said), said.len);
    return phase_fail_loudly(phase, "The plan could not be unpacked: tar %s.",
                             phase_describe(phase, outcome));
}

bool phase_unpack(struct phase *phase, bool bundle)
{
    int fd;
    if (!phase_fetch(phase, "configuration", "configuration", &fd))
        return false;
    bool good =
        untar(phase, "configuration", fd, sandbox_path(&phase->session->sandbox, SANDBOX_WORK));
    close(fd);
    return good && (!bundle || unpack_bundle(phase));
}

/* What an earlier init of the user has left would take the place of the override. */
static const char prepare_script[] =
    "cd -- \"$1\" 2>/dev/null || exit 97\n"
    "rm -rf .terraform/terraform.tfstate .terraform/environment .terraform/providers \"$3\" "
    "\"$4\"\n"
    "cp \"$2/override\" \"$3\" && cp \"$2/variables\" \"$4\" && touch \"$5/begin\"\n";

bool phase_prepare(struct phase *phase, const char *declared)
{
    const struct sandbox *sandbox = &phase->session->sandbox;
    struct buf text;
    buf_init(&text, NULL);
    cli_files_variables(phase->session->job, declared, &text);
    if (!phase_write(phase, "control/variables", &text))
        return false;
    const char *argv[] = {"sh",
                          "-c",
                          prepare_script,
                          "sh",
                          phase->dir,
                          sandbox_path(sandbox, SANDBOX_CONTROL),
                          CLI_FILES_OVERRIDE,
                          CLI_FILES_VARIABLES,
                          sandbox_path(sandbox, SANDBOX_OUT),
                          NULL};
    struct buf said;
    buf_init(&said, phase->arena);
    struct outcome outcome =
        phase_tool(phase, argv, sandbox_path(sandbox, SANDBOX_WORK), -1, -1, &said);
    if (phase_succeeded(outcome))
        return true;
    if (outcome.ending == ENDING_EXIT && outcome.status == 97)
        return phase_fail_loudly(phase, "The configuration has no working directory \"%s\".",
                                 phase->session->job->working_directory);
    joblog_add(&phase->session->log, buf_str(&said), said.len);
    return phase_fail_loudly(phase, "The working directory could not be prepared.");
}

bool phase_init(struct phase *phase)
{
    const char *argv[] = {phase->program, "init", "-input=false", "-lock=false", NULL};
    struct env env;
    struct buf said;
    joblog_say(&phase->session->log, "Initializing plugins and modules...\n");
    env_copy(&env, &phase->env);
    if (phase->session->job->ssh_key != NULL)
        env_set(
            &env, "GIT_SSH_COMMAND",
            arena_printf(phase->arena,
                         "ssh -F /dev/null -i %s/ssh_key -o IdentitiesOnly=yes "
                         "-o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=%s/known_hosts",
                         sandbox_path(&phase->session->sandbox, SANDBOX_SECRET),
                         sandbox_path(&phase->session->sandbox, SANDBOX_HOME)));
    buf_init(&said, NULL);
    struct command command = {.name = "init",
                              .argv = argv,
                              .dir = phase->dir,
                              .env = &env,
                              .secret = phase->session->job->ssh_key != NULL,
                              .input = -1,
                              .output = -1,
                              .capture = &said,
                              .timeout_ms = INIT_MS};
    struct outcome outcome = session_run(phase->session, &command);
    bool good = phase_succeeded(outcome);
    if (!good) {
        joblog_add(&phase->session->log, buf_str(&said), said.len);
        phase_fail(phase, "%s init %s.", phase->cli.tofu ? "tofu" : "terraform",
                   phase_describe(phase, outcome));
    }
    buf_free(&said);
    return good;
}

/* KEY=value lines that a hook has left for the next command. */
static void take_hook_environment(struct phase *phase, const char *file)
{
    const char *argv[] = {"head", "-c", "65536", "--", file, NULL};
    struct buf said;
    buf_init(&said, phase->arena);
    if (!phase_succeeded(phase_tool(
            phase, argv, sandbox_path(&phase->session->sandbox, SANDBOX_OUT), -1, -1, &said)))
        return;
    for (char *line = said.data, *end; line != NULL && *line != '\0'; line = end) {
        size_t len = strcspn(line, "\n");
        end = line + len + (line[len] == '\n');
        line[len] = '\0';
        char *value = strchr(line, '=');
        if (value == NULL || value == line)
            continue;
        *value = '\0';
        env_set(&phase->env, line, value + 1);
    }
}

bool phase_hook(struct phase *phase, const char *name)
{
    const struct runner_config *config = phase->session->config;
    const struct sandbox *sandbox = &phase->session->sandbox;
    const char *there = arena_printf(phase->arena, "%s/terraform-%s", config->hooks_dir, name);
    if (config->hooks_dir[0] == '\0' || access(there, X_OK) != 0)
        return true;
    const char *file =
        arena_printf(phase->arena, "%s/%s.env", sandbox_path(sandbox, SANDBOX_OUT), name);
    const char *argv[] = {
        "sh", "-c", ": >\"$TFC_AGENT_ENV\" && exec \"$0\"",
        arena_printf(phase->arena, "%s/terraform-%s", sandbox_path(sandbox, SANDBOX_HOOKS), name),
        NULL};
    struct env env;
    env_copy(&env, &phase->env);
    env_set(&env, "TFC_AGENT_ENV", file);
    joblog_say(&phase->session->log, "Executing %s hook...\n", name);
    struct command command = {.name = name,
                              .argv = argv,
                              .dir = phase->dir,
                              .env = &env,
                              .input = -1,
                              .output = -1,
                              .timeout_ms = HOOK_MS};
    struct outcome outcome = session_run(phase->session, &command);
    if (!phase_succeeded(outcome))
        return phase_fail_loudly(phase, "The hook terraform-%s %s.", name,
                                 phase_describe(phase, outcome));
    take_hook_environment(phase, file);
    return true;
}

const char *phase_parallelism(struct phase *phase)
{
    const char *value = env_get(&phase->env, "TFE_PARALLELISM");
    char *end;
    long number = value != NULL ? strtol(value, &end, 10) : 0;
    if (value == NULL || *end != '\0' || number < 1 || number > 256)
        return NULL;
    return arena_printf(phase->arena, "-parallelism=%ld", number);
}

bool phase_is_structured(const struct phase *phase)
{
    return phase->session->job->structured_output && cli_at_least(&phase->cli, 1, 0, 5);
}

/* The whole */

static bool begin(struct phase *phase)
{
    char error[512];
    struct session *session = phase->session;
    const struct job *job = session->job;
    if (!cli_find(session->config, job->terraform_version, phase->arena, &phase->cli, error,
                  sizeof(error)))
        return phase_fail_loudly(phase, "%s", error);
    session->sandbox.cli = phase->cli.path;
    phase->program =
        arena_printf(phase->arena, "%s%s", sandbox_path(&session->sandbox, SANDBOX_CLI),
                     strrchr(phase->cli.path, '/'));
    phase->dir = arena_printf(phase->arena, "%s%s%s", sandbox_path(&session->sandbox, SANDBOX_WORK),
                              job->working_directory[0] != '\0' ? "/" : "", job->working_directory);
    phase->plan =
        arena_printf(phase->arena, "%s/plan", sandbox_path(&session->sandbox, SANDBOX_OUT));
    joblog_say(&session->log, "%s v%s\non linux_amd64\n", cli_product(&phase->cli),
               phase->cli.version);
    return phase_setup(phase);
}

/* An evaluation of policies knows neither a CLI nor anything of the user's. */
static bool begin_policy(struct phase *phase)
{
    struct session *session = phase->session;
    const char *opa = session->config->opa;
    if (opa[0] == '\0')
        return phase_fail(phase, "This runner has no opa.");
    session->sandbox.cli = opa;
    phase->program = arena_printf(phase->arena, "%s%s",
                                  sandbox_path(&session->sandbox, SANDBOX_CLI), strrchr(opa, '/'));
    phase->dir = sandbox_path(&session->sandbox, SANDBOX_TMP);
    return phase_setup_tools(phase);
}

static const char *result_of(const struct phase *phase, bool good)
{
    if (good)
        return "finished";
    return phase->session->trouble == TROUBLE_CANCELED ? "canceled" : "errored";
}

static void write_result(const struct phase *phase, bool good, struct buf *sets, struct buf *out)
{
    const char *trouble = session_trouble_text(phase->session);
    struct json_writer w;
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_member_string(&w, "status", result_of(phase, good));
    json_member_string(&w, "message", good ? NULL : trouble != NULL ? trouble : phase->message);
    json_member_bool(&w, "has_changes", phase->has_changes);
    json_member_int(&w, "resource_additions", phase->counts.additions);
    json_member_int(&w, "resource_changes", phase->counts.changes);
    json_member_int(&w, "resource_destructions", phase->counts.destructions);
    json_member_int(&w, "resource_imports", phase->counts.imports);
    json_member_bool(&w, "generated_configuration", phase->generated);
    if (phase->dependencies != NULL)
        json_member_raw(&w, "dependencies", phase->dependencies);
    if (sets->len > 0)
        json_member_raw(&w, "sets", buf_str(sets));
    json_object_end(&w);
}

void phase_run(struct phase *phase, struct buf *out)
{
    enum job_kind kind = phase->session->job->kind;
    struct buf sets;
    bool good;
    buf_init(&sets, phase->arena);
    if (kind == JOB_POLICY)
        good = begin_policy(phase) && phase_policy(phase, &sets);
    else
        good = begin(phase) && (kind == JOB_PLAN    ? phase_plan(phase)
                                : kind == JOB_QUERY ? phase_query(phase)
                                                    : phase_apply(phase));
    credentials_take_back(phase);
    write_result(phase, good, &sets, out);
}
