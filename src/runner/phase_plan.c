/* A plan: init, plan, and what is made of the plan file for those who look at it and for the apply.
 */
#include "runner/phase.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "runner/dependencies.h"
#include "runner/folder.h"
#include "runner/job.h"
#include "runner/plan_json.h"
#include "runner/server.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_ADDRESSES 1000
#define STORE_MS (15 * 60 * 1000)

static bool make_arguments(struct phase *phase, const char **argv)
{
    const struct job *job = phase->session->job;
    const char *parallelism = phase_parallelism(phase);
    size_t n = 0, addresses = 0;
    argv[n++] = phase->program;
    argv[n++] = "plan";
    argv[n++] = "-input=false";
    argv[n++] = "-lock=false";
    argv[n++] = "-detailed-exitcode";
    argv[n++] = arena_printf(phase->arena, "-out=%s", phase->plan);
    if (phase_is_structured(phase))
        argv[n++] = "-json";
    if (parallelism != NULL)
        argv[n++] = parallelism;
    if (job->is_destroy)
        argv[n++] = "-destroy";
    if (job->refresh_only)
        argv[n++] = "-refresh-only";
    else if (!job->refresh)
        argv[n++] = "-refresh=false";
    if (job->allow_config_generation && cli_at_least(&phase->cli, 1, 5, 0))
        argv[n++] = arena_printf(phase->arena, "-generate-config-out=%s/generated.tf",
                                 sandbox_path(&phase->session->sandbox, SANDBOX_OUT));
    for (const char *const *one = job->target_addrs; *one != NULL; one++, addresses++)
        if (addresses < MOST_ADDRESSES)
            argv[n++] = arena_printf(phase->arena, "-target=%s", *one);
    for (const char *const *one = job->replace_addrs; *one != NULL; one++, addresses++)
        if (addresses < MOST_ADDRESSES)
            argv[n++] = arena_printf(phase->arena, "-replace=%s", *one);
    argv[n] = NULL;
    return addresses <= MOST_ADDRESSES ||
           phase_fail_loudly(phase, "The run names more than %d addresses.", MOST_ADDRESSES);
}

static bool run_plan(struct phase *phase)
{
    const char **argv = arena_alloc(phase->arena, (MOST_ADDRESSES + 20) * sizeof(*argv));
    if (!make_arguments(phase, argv))
        return false;
    struct command command = {.name = "plan",
                              .argv = argv,
                              .dir = phase->dir,
                              .env = &phase->env,
                              .input = -1,
                              .output = -1};
    struct outcome outcome = session_run(phase->session, &command);
    /* 2: there is something to do. */
    phase->has_changes = outcome.ending == ENDING_EXIT && outcome.status == 2;
    if (phase_succeeded(outcome) || phase->has_changes)
        return true;
    return phase_fail(phase, "%s plan %s.", phase->cli.tofu ? "tofu" : "terraform",
                      phase_describe(phase, outcome));
}

/* A file of files/, mapped. */
struct mapped {
    int fd;
    const char *text;
    size_t len;
};

static bool map(struct mapped *file)
{
    struct stat status;
    if (fstat(file->fd, &status) != 0 || status.st_size == 0)
        return false;
    void *at = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file->fd, 0);
    if (at == MAP_FAILED)
        return false;
    file->text = at;
    file->len = (size_t)status.st_size;
    return true;
}

static void unmap(struct mapped *file)
{
    if (file->text != NULL)
        munmap((void *)(uintptr_t)file->text, file->len);
    if (file->fd >= 0)
        close(file->fd);
}

static bool ask_for_json(struct phase *phase, const char *const *argv, const char *name,
                         struct mapped *file)
{
    struct buf said;
    buf_init(&said, phase->arena);
    file->fd = folder_file(phase->session->folder, name);
    if (file->fd < 0)
        return false;
    struct outcome outcome = phase_ask_cli(phase, argv, file->fd, &said);
    if (phase_succeeded(outcome) && map(file))
        return true;
    log_warn("no %s job=%s reason=%s", name, phase->session->job->id,
             phase_describe(phase, outcome));
    joblog_add(&phase->session->log, buf_str(&said), said.len);
    return false;
}

static bool store(struct phase *phase, const char *name, int fd)
{
    return session_store(phase->session, name, fd, STORE_MS) ||
           phase_fail_loudly(phase, "The plan could not be stored: %s.",
                             phase->session->server->error);
}

static bool store_redacted(struct phase *phase, const struct mapped *plan)
{
    const char *argv[] = {phase->program, "providers", "schema", "-json", NULL};
    struct mapped schemas = {.fd = -1};
    bool good = true;
    if (ask_for_json(phase, argv, "provider-schemas", &schemas)) {
        int fd = folder_file(phase->session->folder, "plan-json-redacted");
        good = store(phase, "provider-schemas", schemas.fd);
        if (good && fd >= 0 &&
            plan_json_redact(plan->text, plan->len, schemas.text, schemas.len, fd))
            good = store(phase, "plan-json-redacted", fd);
        if (fd >= 0)
            close(fd);
    }
    unmap(&schemas);
    return good;
}

static bool list_declared(struct phase *phase, struct buf *declared)
{
    const char *argv[] = {"cp",
                          arena_printf(phase->arena, "%s/declared",
                                       sandbox_path(&phase->session->sandbox, SANDBOX_CONTROL)),
                          ".", NULL};
    return folder_write(phase->session->folder, "control/declared", buf_str(declared),
                        declared->len) &&
           phase_succeeded(phase_tool(
               phase, argv, sandbox_path(&phase->session->sandbox, SANDBOX_OUT), -1, -1, NULL));
}

static bool store_json(struct phase *phase)
{
    const char *argv[] = {phase->program, "show", "-json", phase->plan, NULL};
    struct mapped plan = {.fd = -1};
    struct buf declared;
    buf_init(&declared, phase->arena);
    bool good = ask_for_json(phase, argv, "plan-json", &plan) &&
                plan_json_read(plan.text, plan.len, &phase->counts, &declared);
    if (!good)
        phase_fail_loudly(phase, "The plan could not be turned into JSON.");
    good = good && list_declared(phase, &declared) && store(phase, "plan-json", plan.fd);
    /* Before 0.15.2 nothing says which values are sensitive. */
    if (good && cli_at_least(&phase->cli, 0, 15, 2))
        good = store_redacted(phase, &plan);
    unmap(&plan);
    return good;
}

/* The plan, and what has come into the configuration since it was unpacked: the lock file, modules,
 * files that a data source has written. Providers are fetched again, by the sums of the lock file.
 */
static const char bundle_script[] =
    "exec tar -czf - --newer=\"$2/begin\" --exclude=.terraform/providers --exclude='~terrace*' "
    "--transform='flags=rhS;s,^\\.,work,' -C \"$2\" plan declared -C \"$1\" .";

static bool store_bundle(struct phase *phase)
{
    const struct sandbox *sandbox = &phase->session->sandbox;
    const char *argv[] = {"sh",
                          "-c",
                          bundle_script,
                          "sh",
                          sandbox_path(sandbox, SANDBOX_WORK),
                          sandbox_path(sandbox, SANDBOX_OUT),
                          NULL};
    struct buf said;
    buf_init(&said, phase->arena);
    int fd = folder_file(phase->session->folder, "bundle");
    if (fd < 0)
        return phase_fail(phase, "The runner's disk can't be written.");
    struct outcome outcome =
        phase_tool(phase, argv, sandbox_path(sandbox, SANDBOX_TMP), -1, fd, &said);
    bool good = phase_succeeded(outcome);
    if (!good) {
        joblog_add(&phase->session->log, buf_str(&said), said.len);
        phase_fail_loudly(phase, "The plan could not be packed: tar %s.",
                          phase_describe(phase, outcome));
    }
    good = good && store(phase, "plan", fd);
    close(fd);
    return good;
}

/* What a command prints of itself, at most a megabyte of it; empty when it fails. */
static void take_file(struct phase *phase, const char *name, const char *const *argv, bool is_cli,
                      struct mapped *file)
{
    struct buf said;
    buf_init(&said, phase->arena);
    file->fd = folder_file(phase->session->folder, name);
    if (file->fd < 0)
        return;
    struct outcome outcome = is_cli ? phase_ask_cli(phase, argv, file->fd, &said)
                                    : phase_tool(phase, argv, phase->dir, -1, file->fd, &said);
    if (!phase_succeeded(outcome) || !map(file))
        file->len = 0;
}

/* That it cannot be told fails no plan. */
static void look_for_dependencies(struct phase *phase)
{
    const char *versions_of[] = {phase->program, "version", "-json", NULL};
    const char *modules_of[] = {"head", "-c", "1048576", "--", ".terraform/modules/modules.json",
                                NULL};
    struct mapped versions = {.fd = -1}, modules = {.fd = -1};
    struct buf out;
    buf_init(&out, phase->arena);
    take_file(phase, "versions", versions_of, true, &versions);
    take_file(phase, "modules", modules_of, false, &modules);
    dependencies_write(phase->arena, versions.text != NULL ? versions.text : "", versions.len,
                       modules.text != NULL ? modules.text : "", modules.len, &out);
    phase->dependencies = buf_str(&out);
    unmap(&versions);
    unmap(&modules);
}

static bool exists(struct phase *phase, const char *path)
{
    const char *argv[] = {"test", "-s", path, NULL};
    return phase_succeeded(
        phase_tool(phase, argv, sandbox_path(&phase->session->sandbox, SANDBOX_OUT), -1, -1, NULL));
}

static void look_for_generated(struct phase *phase)
{
    if (phase->session->job->allow_config_generation)
        phase->generated =
            exists(phase, arena_printf(phase->arena, "%s/generated.tf",
                                       sandbox_path(&phase->session->sandbox, SANDBOX_OUT)));
}

bool phase_plan(struct phase *phase)
{
    if (!phase_unpack(phase, false) || !phase_prepare(phase, NULL) ||
        !phase_hook(phase, "pre-plan") || !phase_init(phase))
        return false;
    bool good = run_plan(phase);
    bool canceled = phase->session->trouble != TROUBLE_NONE;
    if (canceled)
        session_forgive(phase->session);
    good = phase_hook(phase, "post-plan") && good && !canceled;
    if (!phase->session->lost)
        look_for_generated(phase);
    if (good) {
        look_for_dependencies(phase);
        return store_json(phase) && store_bundle(phase);
    }
    /* What was generated is shown by the plan, although it failed. */
    if (phase->generated && !canceled && exists(phase, phase->plan))
        store_json(phase);
    return false;
}
