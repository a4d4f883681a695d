/* Configuration. The table OPTIONS is the only place that knows an option: parsing, limits,
 * defaults, environment names and the printed help all come from it. A value is checked where it is
 * read, so the message can name its file and line or its environment variable. */
#include "base/config.h"

#include "base/arena.h"

#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif
#ifndef DATADIR
#define DATADIR "/usr/share/terrace"
#endif

#define CONFIG_FILE SYSCONFDIR "/terrace/terrace.conf"

/* inih stops at 200 characters otherwise, which a connection string can need. */
#define LINE_SIZE 4096

#define DAY (24L * 60 * 60)
#define MIB (1024L * 1024)

enum kind { KIND_TEXT, KIND_LEVEL, KIND_URL, KIND_NUMBER, KIND_BYTES, KIND_SWITCH };
enum secrecy { OPEN, SECRET };

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
    X(TEXT, web_root, "TERRACE_WEB_ROOT", DATADIR "/web", 0, 0, OPEN, "folder of the static pages")

struct option {
    const char *name;
    const char *environment;
    const char *initial;
    const char *help;
    size_t offset; /* in struct config */
    long min, max;
    enum kind kind;
    enum secrecy secrecy;
};

#define ROW(kind_, field_, environment_, default_, min_, max_, secrecy_, help_)                    \
    {.name = #field_,                                                                              \
     .environment = environment_,                                                                  \
     .initial = default_,                                                                          \
     .help = help_,                                                                                \
     .offset = offsetof(struct config, field_),                                                    \
     .min = min_,                                                                                  \
     .max = max_,                                                                                  \
     .kind = KIND_##kind_,                                                                         \
     .secrecy = secrecy_},

static const struct option options[] = {OPTIONS(ROW)};

#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

enum origin { FROM_DEFAULT, FROM_FILE, FROM_ENVIRONMENT };

/* Where the last config_load() found each value, for config_print(). */
static enum origin origins[OPTION_COUNT];

/* Values of the process's life; reloading adds to it and frees nothing, since an old
 * configuration may still be in use. */
static struct arena *strings;

struct source {
    struct config *config;
    FILE *file;
    const char *path;
    int line;
    bool failed;
    char *error;
    size_t error_size;
};

static const char *keep(const char *text)
{
    if (strings == NULL)
        strings = arena_new();
    return arena_strdup(strings, text);
}

static bool parse_number(const struct option *option, const char *text, long *out)
{
    if (*text < '0' || *text > '9')
        return false;
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0)
        return false;
    if (option->kind == KIND_BYTES && *end != '\0') {
        static const char units[] = "KMG";
        const char *unit = strchr(units, *end++);
        for (; unit != NULL && unit >= units; unit--)
            if (__builtin_mul_overflow(value, 1024L, &value))
                return false;
        if (unit == NULL)
            return false;
    }
    if (*end != '\0' || value < option->min || value > option->max)
        return false;
    *out = value;
    return true;
}

static bool parse_switch(const char *text, bool *out)
{
    static const char *const names[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(text, names[i]) == 0) {
            *out = i % 2 == 1;
            return true;
        }
    return false;
}

static bool is_level(const char *text)
{
    return strcmp(text, "debug") == 0 || strcmp(text, "info") == 0 || strcmp(text, "warn") == 0 ||
           strcmp(text, "error") == 0;
}

static bool is_url(const char *text)
{
    if (*text == '\0')
        return true;
    size_t scheme = strncmp(text, "https://", 8) == 0  ? 8
                    : strncmp(text, "http://", 7) == 0 ? 7
                                                       : 0;
    size_t len = strlen(text);
    return scheme > 0 && len > scheme && text[len - 1] != '/' && strpbrk(text, " \t\"?#") == NULL;
}

static void explain(const struct option *option, const char *value, char *out, size_t size)
{
    const char *shown = option->secrecy == SECRET ? "***" : value;
    switch (option->kind) {
    case KIND_NUMBER:
    case KIND_BYTES:
        snprintf(out, size, "%s: \"%.60s\" is not a number from %ld to %ld", option->name, shown,
                 option->min, option->max);
        break;
    case KIND_SWITCH:
        snprintf(out, size, "%s: \"%.60s\" is neither true nor false", option->name, shown);
        break;
    case KIND_LEVEL:
        snprintf(out, size, "%s: \"%.60s\" is none of debug, info, warn, error", option->name,
                 shown);
        break;
    case KIND_URL:
        snprintf(out, size, "%s: \"%.60s\" is not http(s)://host without a slash at the end",
                 option->name, shown);
        break;
    case KIND_TEXT:
        snprintf(out, size, "%s: not accepted", option->name);
        break;
    }
}

static bool set(struct config *config, const struct option *option, const char *value)
{
    void *field = (char *)config + option->offset;
    bool good = true;
    switch (option->kind) {
    case KIND_NUMBER:
    case KIND_BYTES:
        return parse_number(option, value, field);
    case KIND_SWITCH:
        return parse_switch(value, field);
    case KIND_LEVEL:
        good = is_level(value);
        break;
    case KIND_URL:
        good = is_url(value);
        break;
    case KIND_TEXT:
        break;
    }
    if (good)
        *(const char **)field = keep(value);
    return good;
}

static void set_default(struct config *config, const struct option *option)
{
    void *field = (char *)config + option->offset;
    if (option->kind == KIND_TEXT || option->kind == KIND_LEVEL || option->kind == KIND_URL)
        *(const char **)field = option->initial;
    else
        set(config, option, option->initial);
}

static int fail_at(struct source *source, int line, const char *what)
{
    if (!source->failed)
        snprintf(source->error, source->error_size, "%s:%d: %s", source->path, line, what);
    source->failed = true;
    return 0;
}

/* inih's reader: one call a line, since LINE_SIZE is what inih reads at once. */
static char *read_line(char *line, int size, void *context)
{
    struct source *source = context;
    int len = 0;
    int c = EOF;
    source->line++;
    while (len < size - 1 && (c = getc(source->file)) != EOF) {
        if (c == '\0') {
            fail_at(source, source->line, "the file contains a NUL byte");
            return NULL;
        }
        line[len++] = (char)c;
        if (c == '\n')
            break;
    }
    if (len == size - 1 && c != '\n') {
        fail_at(source, source->line, "the line is too long");
        return NULL;
    }
    line[len] = '\0';
    return len > 0 && !source->failed ? line : NULL;
}

static int read_option(void *context, const char *section, const char *name, const char *value)
{
    struct source *source = context;
    char message[256];
    if (section[0] != '\0' && strcmp(section, "terrace") != 0) {
        snprintf(message, sizeof(message), "unknown section [%.60s]", section);
        return fail_at(source, source->line, message);
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(name, options[i].name) != 0)
            continue;
        if (!set(source->config, &options[i], value)) {
            explain(&options[i], value, message, sizeof(message));
            return fail_at(source, source->line, message);
        }
        origins[i] = FROM_FILE;
        return 1;
    }
    snprintf(message, sizeof(message), "unknown option \"%.60s\"", name);
    return fail_at(source, source->line, message);
}

static bool load_file(struct config *config, const char *path, bool may_be_absent, char *error,
                      size_t error_size)
{
    struct source source = {
        .config = config, .path = path, .error = error, .error_size = error_size};
    source.file = fopen(path, "re");
    if (source.file == NULL) {
        if (may_be_absent && errno == ENOENT)
            return true;
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
        return false;
    }
    ini_use_stack = false;
    ini_max_line = LINE_SIZE;
    ini_initial_alloc = LINE_SIZE;
    ini_allow_multiline = false;
    /* A password may well contain a semicolon. */
    ini_allow_inline_comments = false;
    ini_stop_on_first_error = true;
    int bad_line = ini_parse_stream(read_line, &source, read_option, &source);
    if (ferror(source.file) && !source.failed)
        fail_at(&source, source.line, "the file can't be read");
    fclose(source.file);
    if (bad_line != 0)
        fail_at(&source, bad_line > 0 ? bad_line : source.line, "expected option = value");
    return !source.failed;
}

static bool load_environment(struct config *config, char *error, size_t error_size)
{
    char message[256];
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const char *value = getenv(options[i].environment);
        if (value == NULL)
            continue;
        if (!set(config, &options[i], value)) {
            explain(&options[i], value, message, sizeof(message));
            snprintf(error, error_size, "%s: %s", options[i].environment, message);
            return false;
        }
        origins[i] = FROM_ENVIRONMENT;
    }
    return true;
}

bool config_load(struct config *config, char *error, size_t error_size)
{
    error[0] = '\0';
    memset(config, 0, sizeof(*config));
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        set_default(config, &options[i]);
        origins[i] = FROM_DEFAULT;
    }
    /* A file that was asked for by name must be there; an empty name asks for none. */
    const char *path = getenv("TERRACE_CONFIG");
    if (path == NULL && !load_file(config, CONFIG_FILE, true, error, error_size))
        return false;
    if (path != NULL && path[0] != '\0' && !load_file(config, path, false, error, error_size))
        return false;
    return load_environment(config, error, error_size);
}

static void print_value(const struct config *config, const struct option *option)
{
    const void *field = (const char *)config + option->offset;
    switch (option->kind) {
    case KIND_NUMBER:
    case KIND_BYTES:
        printf("%ld", *(const long *)field);
        break;
    case KIND_SWITCH:
        printf("%s", *(const bool *)field ? "true" : "false");
        break;
    case KIND_TEXT:
    case KIND_LEVEL:
    case KIND_URL:
        printf("%s", option->secrecy == SECRET ? "***" : *(const char *const *)field);
        break;
    }
}

void config_print(const struct config *config)
{
    static const char *const names[] = {"default", "file", "environment"};
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        printf("; %s (%s, from %s)\n%s = ", options[i].help, options[i].environment,
               names[origins[i]], options[i].name);
        print_value(config, &options[i]);
        putchar('\n');
    }
}
