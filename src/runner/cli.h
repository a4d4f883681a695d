/* The terraform or tofu that a job is run with. */
#ifndef TERRACE_RUNNER_CLI_H
#define TERRACE_RUNNER_CLI_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct runner_config;

struct cli {
    const char *path;
    bool tofu;
    const char *version; /* "1.11.4", "1.12.0-rc1" */
    int number[3];
};

/* Finds the program for a version: in cli_dir, else cli when it is of this version or may be used
 * for any. False with a sentence for people. */
bool cli_find(const struct runner_config *config, const char *version, struct arena *arena,
              struct cli *cli, char *error, size_t error_size);

bool cli_at_least(const struct cli *cli, int major, int minor, int patch);

/* "Terraform" or "OpenTofu" */
const char *cli_product(const struct cli *cli);

/* Reads what `version` prints first; false when it is neither Terraform nor OpenTofu. */
bool cli_parse_version(const char *text, struct arena *arena, struct cli *cli);

#endif
