/* The files that the runner gives to the CLI: its configuration with the run's token, the override
 * that makes this server the backend, and the values of input variables. Texts only; nothing here
 * writes a file. */
#ifndef TERRACE_RUNNER_CLI_FILES_H
#define TERRACE_RUNNER_CLI_FILES_H

#include <stdbool.h>

struct buf;
struct cli;
struct job;

/* Last by name of all that may stand in a module: overrides and values win in that order. */
#define CLI_FILES_OVERRIDE "~terrace_override.tf"
#define CLI_FILES_VARIABLES "~terrace.auto.tfvars"

/* Paths are as the CLI sees them; mirror_there is the same folder as this process sees it. NULL:
 * there is none. */
struct cli_folders {
    const char *mirror, *mirror_there;
    const char *plugins;
};

void cli_files_configuration(const struct job *job, const struct cli *cli,
                             const struct cli_folders *folders, struct buf *out);

void cli_files_override(const struct job *job, const struct cli *cli, struct buf *out);

/* declared: the names of a configuration, one a line, others are left out; NULL takes all. Names
 * that no configuration could declare are left out in any case. */
void cli_files_variables(const struct job *job, const char *declared, struct buf *out);

#endif
