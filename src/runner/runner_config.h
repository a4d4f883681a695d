/* Configuration of terrace-runner: an INI file (SYSCONFDIR/terrace/runner.conf, or what
 * TERRACE_RUNNER_CONFIG names), then the environment. The table is in runner_config.c. */
#ifndef TERRACE_RUNNER_RUNNER_CONFIG_H
#define TERRACE_RUNNER_RUNNER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct runner_config {
    const char *server;
    const char *token;
    const char *token_file;
    const char *name; /* never empty after loading */
    const char *accept;
    const char *work_dir;
    const char *user;
    const char *cli;
    bool cli_any_version;
    const char *cli_dir;
    const char *opa;
    const char *provider_mirror;
    const char *plugin_cache;
    const char *hooks_dir;
    const char *ca_file;
    bool sandbox;
    const char *bubblewrap;
    long memory_limit;  /* bytes, of all processes of a job together */
    long process_limit; /* processes and threads of a job */
    long output_limit;  /* bytes of log a job */
    long file_limit;    /* bytes a file */
    long disk_reserve;  /* bytes that stay free */
    bool single;
    const char *log_level;
};

/* As options_load() of base/options.h; also reads token_file, takes the host's name where none is
 * given, and refuses what cannot work. */
bool runner_config_load(struct runner_config *config, char *error, size_t error_size);
void runner_config_print(const struct runner_config *config);

#endif
