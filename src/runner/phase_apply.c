/* An apply: of exactly the plan that was looked at. The CLI writes each state version itself, so
 * what was done is known whatever happens to this process. */
#include "runner/phase.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "runner/folder.h"
#include "runner/job.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STORE_MS (15 * 60 * 1000)

static bool run_apply(struct phase *phase, struct summary *summary)
{
    const char *argv[10];
    const char *parallelism = phase_parallelism(phase);
    size_t n = 0;
    argv[n++] = phase->program;
    argv[n++] = "apply";
    argv[n++] = "-input=false";
    argv[n++] = "-lock=false";
    if (phase_is_structured(phase))
        argv[n++] = "-json";
    if (parallelism != NULL)
        argv[n++] = parallelism;
    argv[n++] = phase->plan;
    argv[n] = NULL;
    struct command command = {.name = "apply",
                              .argv = argv,
                              .dir = phase->dir,
                              .env = &phase->env,
                              .input = -1,
                              .output = -1,
                              .tells = true,
                              .patient = true};
    summary_begin(summary);
    phase->session->on_output = summary_take;
    phase->session->output_object = summary;
    struct outcome outcome = session_run(phase->session, &command);
    phase->counts = *summary_end(summary);
    phase->session->on_output = NULL;
    if (phase_succeeded(outcome))
        return true;
    return phase_fail(phase, "%s apply %s.", phase->cli.tofu ? "tofu" : "terraform",
                      phase_describe(phase, outcome));
}

/* The CLI leaves it when the server has not taken the state. It is all that is known of what was
 * done, so it is kept here if it can't be sent either. */
static void save_errored_state(struct phase *phase)
{
    const char *argv[] = {"cat", "--", "errored.tfstate", NULL};
    struct buf said;
    struct stat status;
    buf_init(&said, phase->arena);
    int fd = folder_file(phase->session->folder, "errored-state");
    if (fd < 0)
        return;
    bool there = phase_succeeded(phase_tool(phase, argv, phase->dir, -1, fd, &said)) &&
                 fstat(fd, &status) == 0 && status.st_size > 0;
    if (there && !session_store(phase->session, "errored-state", fd, STORE_MS)) {
        const char *kept =
            folder_keep(phase->session->folder, phase->arena, "errored-state",
                        arena_printf(phase->arena, "%s.tfstate", phase->session->job->run_id));
        log_error("the state of an apply could not be stored run=%s kept=%s",
                  phase->session->job->run_id, kept != NULL ? kept : "nowhere");
    }
    close(fd);
}

/* Ephemeral variables are needed again; others would only be warned about, each of them. */
static bool prepare(struct phase *phase)
{
    const char *argv[] = {"cat", "--", "declared", NULL};
    struct buf declared;
    buf_init(&declared, phase->arena);
    if (!phase_succeeded(phase_tool(
            phase, argv, sandbox_path(&phase->session->sandbox, SANDBOX_OUT), -1, -1, &declared)))
        return phase_fail_loudly(phase, "The plan is not complete.");
    return phase_prepare(phase, buf_str(&declared));
}

bool phase_apply(struct phase *phase)
{
    struct summary summary;
    phase->has_changes = true;
    if (!phase_unpack(phase, true) || !prepare(phase) || !phase_hook(phase, "pre-apply") ||
        !phase_init(phase))
        return false;
    bool good = run_apply(phase, &summary);
    if (phase->session->trouble != TROUBLE_NONE)
        session_forgive(phase->session);
    if (!good)
        save_errored_state(phase);
    return phase_hook(phase, "post-apply") && good;
}
