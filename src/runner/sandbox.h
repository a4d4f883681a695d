/* What a job's command sees of the world. Inside bubblewrap: the system's programs, read-only; the
 * job's own folders; the network; nothing else. Without it (sandbox = false) the same names lead to
 * the folders themselves. */
#ifndef TERRACE_RUNNER_SANDBOX_H
#define TERRACE_RUNNER_SANDBOX_H

#include <stdbool.h>

struct arena;
struct buf;
struct env;
struct folder;
struct runner_config;

enum sandbox_place {
    SANDBOX_WORK,
    SANDBOX_CONTROL,
    SANDBOX_SECRET,
    SANDBOX_HOME,
    SANDBOX_TMP,
    SANDBOX_OUT,
    SANDBOX_CLI, /* the folder that holds the CLI */
    SANDBOX_MIRROR,
    SANDBOX_PLUGINS,
    SANDBOX_HOOKS,
};

struct sandbox {
    const struct runner_config *config;
    const struct folder *folder;
    struct arena *arena;
    const char *cli; /* path of the CLI on this machine; NULL: none yet */
};

/* Where commands of the job find a place. */
const char *sandbox_path(const struct sandbox *sandbox, enum sandbox_place place);

/* bubblewrap's options for one command, each ended by NUL, as its option --args reads them: no
 * value of a variable appears in a list of processes. secret: with SANDBOX_SECRET. */
void sandbox_options(const struct sandbox *sandbox, const struct env *env, const char *dir,
                     bool secret, struct buf *out);

/* Whether bubblewrap works here, and why not. Also finds out what more it can do. */
bool sandbox_check(const struct runner_config *config, char *error, unsigned long error_size);

#endif
