/* A query: init, then terraform query. What it finds is in its output, line by line as JSON, which
 * is the log; nothing else comes of it. */
#include "runner/phase.h"

#include "base/arena.h"
#include "runner/job.h"

bool phase_query(struct phase *phase)
{
    const char *argv[] = {phase->program, "query", "-json", NULL, NULL};
    struct command command = {.name = "query", .argv = argv, .input = -1, .output = -1};

    if (phase->cli.tofu || !cli_at_least(&phase->cli, 1, 14, 0))
        return phase_fail_loudly(phase, "Queries need Terraform 1.14 or newer; this is %s %s.",
                                 cli_product(&phase->cli), phase->cli.version);
    if (!phase_unpack(phase, false) || !phase_prepare(phase, NULL) || !phase_init(phase))
        return false;
    /* With -json the configuration is part of the output; the file must not be there, and is not
     * made. */
    if (phase->session->job->allow_config_generation)
        argv[3] = arena_printf(phase->arena, "-generate-config-out=%s/generated.tf",
                               sandbox_path(&phase->session->sandbox, SANDBOX_OUT));
    command.dir = phase->dir;
    command.env = &phase->env;
    struct outcome outcome = session_run(phase->session, &command);
    return phase_succeeded(outcome) ||
           phase_fail(phase, "terraform query %s.", phase_describe(phase, outcome));
}
