/* Configuration of the server and of terracectl. The table OPTIONS is the only place that knows an
 * option; base/options.h does the rest. */
#include "base/config.h"

#include "base/clock.h"
#include "base/options.h"

#include <limits.h>
#include <string.h>

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif
#ifndef DATADIR
#define DATADIR "/usr/share/terrace"
#endif

#define DAY (24L * 60 * 60)
#define MIB (1024L * 1024)

/* kind, field, environment, default, minimum, maximum, secrecy, help */
#define OPTIONS(X)                                                                                 \
    X(TEXT, database, "TERRACE_DATABASE", "dbname=terrace", 0, 0, SECRET,                          \
      "PostgreSQL connection string of the run-time role")                                         \
    X(TEXT, key_file, "TERRACE_KEY_FILE", SYSCONFDIR "/terrace/terrace.keys", 0, 0, OPEN,          \
      "master keys, made by terracectl key init, mode 0600")                                       \
    X(TEXT, listen, "TERRACE_LISTEN", "", 0, 0, OPEN,                                              \
      "unix:/path or host:port; empty takes file descriptor 0 or socket activation")               \
    X(URL, base_url, "TERRACE_BASE_URL", "", 0, 0, OPEN,                                           \
      "address of this installation, https://host; empty takes it from each request")              \
    X(LEVEL, log_level, "TERRACE_LOG_LEVEL", "info", 0, 0, OPEN, "debug, info, warn or error")     \
    X(NUMBER, workers, "TERRACE_WORKERS", "6", 1, 1024, OPEN,                                      \
      "worker processes; of three or more, a third, at most one a processor, serves short reads")  \
    X(NUMBER, worker_requests, "TERRACE_WORKER_REQUESTS", "100000", 0, LONG_MAX, OPEN,             \
      "requests after which a worker is replaced; 0 never replaces it")                            \
    X(BYTES, document_limit, "TERRACE_DOCUMENT_LIMIT", "16M", 1024, 1024 * MIB, OPEN,              \
      "largest JSON document accepted, in bytes (K, M, G may follow)")                             \
    X(BYTES, upload_limit, "TERRACE_UPLOAD_LIMIT", "512M", 1024, LONG_MAX, OPEN,                   \
      "largest raw upload accepted, in bytes (K, M, G may follow)")                                \
    X(NUMBER, json_depth, "TERRACE_JSON_DEPTH", "64", 8, 512, OPEN,                                \
      "deepest nesting of a JSON document accepted")                                               \
    X(NUMBER, url_lifetime, "TERRACE_URL_LIFETIME", "90000", 60, 366 * DAY, OPEN,                  \
      "seconds that a signed URL is valid; longer than the longest run, whose log is read by one") \
    X(SWITCH, prepared_statements, "TERRACE_PREPARED_STATEMENTS", "true", 0, 0, OPEN,              \
      "false for PgBouncer before 1.21 in transaction mode")                                       \
    X(SWITCH, cost_log, "TERRACE_COST_LOG", "false", 0, 0, OPEN,                                   \
      "adds X-Terrace-Statements to every response, for tests")                                    \
    X(NUMBER, argon2_memory, "TERRACE_ARGON2_MEMORY", "19456", 8, 4 * MIB, OPEN,                   \
      "memory of one password hash, in KiB")                                                       \
    X(SWITCH, outbound_private, "TERRACE_OUTBOUND_PRIVATE", "false", 0, 0, OPEN,                   \
      "lets notifications and run tasks go to this host and to private networks")                  \
    X(NUMBER, assessment_hours, "TERRACE_ASSESSMENT_HOURS", "24", 1, 24 * 366, OPEN,               \
      "hours from one health assessment of a workspace to the next")                               \
    X(NUMBER, retention_grace_days, "TERRACE_RETENTION_GRACE_DAYS", "14", 0, 36500, OPEN,          \
      "days for which what a data retention policy has deleted can be restored")                   \
    X(NETWORKS, ip_ranges_api, "TERRACE_IP_RANGES_API", "", 0, 0, OPEN,                            \
      "networks in which clients find this installation, told to those who ask for them")          \
    X(NETWORKS, ip_ranges_out, "TERRACE_IP_RANGES_OUT", "", 0, 0, OPEN,                            \
      "networks that its notifications and other requests come from, told likewise")               \
    X(TEXT, web_root, "TERRACE_WEB_ROOT", DATADIR "/web", 0, 0, OPEN, "folder of the static pages")

#define ROW(...) OPTION_ROW(config, __VA_ARGS__),

static const struct option table[] = {OPTIONS(ROW)};
static enum option_origin origins[sizeof(table) / sizeof(table[0])];

static const struct options options = {
    .table = table,
    .count = sizeof(table) / sizeof(table[0]),
    .section = "terrace",
    .file = SYSCONFDIR "/terrace/terrace.conf",
    .file_variable = "TERRACE_CONFIG",
    .origins = origins,
};

bool config_load(struct config *config, char *error, size_t error_size)
{
    memset(config, 0, sizeof(*config));
    config->loaded_at = clock_now();
    return options_load(&options, config, error, error_size);
}

void config_print(const struct config *config)
{
    options_print(&options, config);
}
