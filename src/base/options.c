/* Defaults, then the file (inih), then the environment, each through the same set(). */
#include "base/options.h"

#include "base/arena.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* inih stops at 200 characters otherwise, which a connection string can need. */
#define LINE_SIZE 4096

/* Values of the process's life; reloading adds to it and frees nothing, since an old
 * configuration may still be in use. */
static struct arena *strings;

struct source {
    const struct options *options;
    void *values;
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
    if (option->kind == OPTION_BYTES && *end != '\0') {
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

/* 192.0.2.0/24 or 2001:db8::/32. */
static bool is_network(const char *text, size_t len)
{
    unsigned char address[sizeof(struct in6_addr)];
    char copy[INET6_ADDRSTRLEN];
    const char *slash = memchr(text, '/', len);
    size_t host = slash ? (size_t)(slash - text) : 0;
    size_t digits = slash ? len - host - 1 : 0;
    int bits = 0;

    if (host == 0 || host >= sizeof(copy) || digits < 1 || digits > 3)
        return false;
    for (size_t i = 1; i <= digits; i++) {
        if (slash[i] < '0' || slash[i] > '9')
            return false;
        bits = bits * 10 + (slash[i] - '0');
    }
    memcpy(copy, text, host);
    copy[host] = '\0';
    return (inet_pton(AF_INET, copy, address) == 1 && bits <= 32) ||
           (inet_pton(AF_INET6, copy, address) == 1 && bits <= 128);
}

const char *options_item(const char **list, size_t *len)
{
    static const char between[] = ", \t";
    const char *item = *list + strspn(*list, between);

    *len = strcspn(item, between);
    *list = item + *len;
    return *len > 0 ? item : NULL;
}

static bool are_networks(const char *text)
{
    const char *item;
    size_t len;

    while ((item = options_item(&text, &len)))
        if (!is_network(item, len))
            return false;
    return true;
}

static void explain(const struct option *option, const char *value, char *out, size_t size)
{
    const char *shown = option->secrecy == OPTION_SECRET ? "***" : value;
    switch (option->kind) {
    case OPTION_NUMBER:
    case OPTION_BYTES:
        snprintf(out, size, "%s: \"%.60s\" is not a number from %ld to %ld", option->name, shown,
                 option->min, option->max);
        break;
    case OPTION_SWITCH:
        snprintf(out, size, "%s: \"%.60s\" is neither true nor false", option->name, shown);
        break;
    case OPTION_LEVEL:
        snprintf(out, size, "%s: \"%.60s\" is none of debug, info, warn, error", option->name,
                 shown);
        break;
    case OPTION_URL:
        snprintf(out, size, "%s: \"%.60s\" is not http(s)://host without a slash at the end",
                 option->name, shown);
        break;
    case OPTION_NETWORKS:
        snprintf(out, size, "%s: \"%.60s\" is not a list of networks such as 192.0.2.0/24",
                 option->name, shown);
        break;
    case OPTION_TEXT:
        snprintf(out, size, "%s: not accepted", option->name);
        break;
    }
}

static bool set(void *values, const struct option *option, const char *value)
{
    void *field = (char *)values + option->offset;
    bool good = true;
    switch (option->kind) {
    case OPTION_NUMBER:
    case OPTION_BYTES:
        return parse_number(option, value, field);
    case OPTION_SWITCH:
        return parse_switch(value, field);
    case OPTION_LEVEL:
        good = is_level(value);
        break;
    case OPTION_URL:
        good = is_url(value);
        break;
    case OPTION_NETWORKS:
        good = are_networks(value);
        break;
    case OPTION_TEXT:
        break;
    }
    if (good)
        *(const char **)field = keep(value);
    return good;
}

static void set_default(void *values, const struct option *option)
{
    void *field = (char *)values + option->offset;
    switch (option->kind) {
    case OPTION_NUMBER:
    case OPTION_BYTES:
    case OPTION_SWITCH:
        set(values, option, option->initial);
        break;
    case OPTION_TEXT:
    case OPTION_LEVEL:
    case OPTION_URL:
    case OPTION_NETWORKS:
        *(const char **)field = option->initial;
        break;
    }
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
    if (section[0] != '\0' && strcmp(section, source->options->section) != 0) {
        snprintf(message, sizeof(message), "unknown section [%.60s]", section);
        return fail_at(source, source->line, message);
    }
    for (size_t i = 0; i < source->options->count; i++) {
        const struct option *option = &source->options->table[i];
        if (strcmp(name, option->name) != 0)
            continue;
        if (!set(source->values, option, value)) {
            explain(option, value, message, sizeof(message));
            return fail_at(source, source->line, message);
        }
        source->options->origins[i] = OPTION_FROM_FILE;
        return 1;
    }
    snprintf(message, sizeof(message), "unknown option \"%.60s\"", name);
    return fail_at(source, source->line, message);
}

static bool load_file(const struct options *options, void *values, const char *path,
                      bool may_be_absent, char *error, size_t error_size)
{
    struct source source = {.options = options,
                            .values = values,
                            .path = path,
                            .error = error,
                            .error_size = error_size};
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

static bool load_environment(const struct options *options, void *values, char *error,
                             size_t error_size)
{
    char message[256];
    for (size_t i = 0; i < options->count; i++) {
        const struct option *option = &options->table[i];
        const char *value = getenv(option->environment);
        if (value == NULL)
            continue;
        if (!set(values, option, value)) {
            explain(option, value, message, sizeof(message));
            snprintf(error, error_size, "%s: %s", option->environment, message);
            return false;
        }
        options->origins[i] = OPTION_FROM_ENVIRONMENT;
    }
    return true;
}

bool options_load(const struct options *options, void *values, char *error, size_t error_size)
{
    error[0] = '\0';
    for (size_t i = 0; i < options->count; i++) {
        set_default(values, &options->table[i]);
        options->origins[i] = OPTION_FROM_DEFAULT;
    }
    /* A file that was asked for by name must be there; an empty name asks for none. */
    const char *path = getenv(options->file_variable);
    bool by_name = path != NULL;
    if (!by_name)
        path = options->file;
    if (path[0] != '\0' && !load_file(options, values, path, !by_name, error, error_size))
        return false;
    return load_environment(options, values, error, error_size);
}

static void print_value(const struct option *option, const void *values)
{
    const void *field = (const char *)values + option->offset;
    switch (option->kind) {
    case OPTION_NUMBER:
    case OPTION_BYTES:
        printf("%ld", *(const long *)field);
        break;
    case OPTION_SWITCH:
        printf("%s", *(const bool *)field ? "true" : "false");
        break;
    case OPTION_TEXT:
    case OPTION_LEVEL:
    case OPTION_URL:
    case OPTION_NETWORKS:
        printf("%s", option->secrecy == OPTION_SECRET ? "***" : *(const char *const *)field);
        break;
    }
}

void options_print(const struct options *options, const void *values)
{
    static const char *const names[] = {"default", "file", "environment"};
    for (size_t i = 0; i < options->count; i++) {
        const struct option *option = &options->table[i];
        printf("; %s (%s, from %s)\n%s = ", option->help, option->environment,
               names[options->origins[i]], option->name);
        print_value(option, values);
        putchar('\n');
    }
}
