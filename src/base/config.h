/* Configuration: one table of options in config.c, from which parsing, defaults, `terracectl
 * config` and the admin guide come. Read from the file named by TERRACE_CONFIG (an INI file,
 * default SYSCONFDIR/terrace/terrace.conf, which may be absent), then each option from the
 * environment
 * (`database` is TERRACE_DATABASE), so that shared hosting can use SetEnv alone. */
#ifndef TERRACE_BASE_CONFIG_H
#define TERRACE_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config {
    const char *database; /* libpq connection string */
    const char *key_file; /* master keys, made by `terracectl key init`, mode 0600 */
    const char *listen;   /* unix:/path or host:port; empty: take fd 0 or socket activation */
    const char
        *base_url; /* https://terrace.example.org, no slash at the end; empty: from the request */
    const char *log_level;     /* debug, info, warn, error */
    long workers;              /* processes */
    long worker_requests;      /* recycled after so many; 0 = never */
    long document_limit;       /* bytes of a JSON document */
    long upload_limit;         /* bytes of a raw upload */
    long json_depth;           /* nesting of a JSON document */
    long url_lifetime;         /* seconds that a signed URL is valid */
    bool prepared_statements;  /* false for PgBouncer before 1.21 */
    bool cost_log;             /* add X-Terrace-Statements to every response (tests, bench) */
    long argon2_memory;        /* KiB */
    bool outbound_private;     /* URLs that users give may lead into private networks */
    long retention_grace_days; /* from its deletion by a policy until data is gone for good */
    long assessment_hours;     /* from one health assessment to the next */
    const char *ip_ranges_api; /* networks, or empty: where clients find this installation */
    const char *ip_ranges_out; /* networks, or empty: where its own requests come from */
    const char *web_root;      /* folder of the static pages */
    int64_t loaded_at;         /* seconds since 1970 */
};

/* Fills config with defaults, file and environment. On failure returns false and writes a message
 * that names file, line and option into error. The strings live as long as the process. */
bool config_load(struct config *config, char *error, size_t error_size);

/* Prints every option with its value and where it came from; secrets are shown as ***. */
void config_print(const struct config *config);

#endif
