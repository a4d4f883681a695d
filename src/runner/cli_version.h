/* Versions of the CLI, and what a workspace may say instead of one: "latest", or constraints such
 * as
 * "~> 1.9, != 1.9.3". */
#ifndef TERRACE_RUNNER_CLI_VERSION_H
#define TERRACE_RUNNER_CLI_VERSION_H

#include <stdbool.h>

/* Whether it is one version, as a folder of it may be called: no path, no constraint. */
bool cli_version_is_one(const char *text);

/* Less than, equal to, greater than 0, by the numbers; what follows `-` comes before the same
 * version without it. */
int cli_version_compare(const char *a, const char *b);

/* Whether a version satisfies the wish: the same version, "latest", or all constraints. Those are
 * never satisfied by a prerelease, and text that is no constraint by nothing. */
bool cli_version_satisfies(const char *version, const char *wish);

#endif
