/* Options of a program: a table of them, from which parsing, limits, defaults, environment names
 * and the printed help come. A value is checked where it is read, so that the message can name its
 * file and line or its environment variable. */
#ifndef TERRACE_BASE_OPTIONS_H
#define TERRACE_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum option_kind {
    OPTION_TEXT,
    OPTION_LEVEL,    /* debug, info, warn, error; TEXT otherwise */
    OPTION_URL,      /* http(s)://host without a slash at the end, or empty; TEXT otherwise */
    OPTION_NETWORKS, /* CIDR notation, separated by commas and spaces, or empty; TEXT otherwise */
    OPTION_NUMBER,
    OPTION_BYTES, /* NUMBER that may end in K, M or G */
    OPTION_SWITCH
};

enum option_secrecy { OPTION_OPEN, OPTION_SECRET };
enum option_origin { OPTION_FROM_DEFAULT, OPTION_FROM_FILE, OPTION_FROM_ENVIRONMENT };

struct option {
    const char *name;
    const char *environment;
    const char *initial;
    const char *help;
    size_t offset; /* of the field: const char *, long or bool, by kind */
    long min, max; /* of NUMBER and BYTES */
    enum option_kind kind;
    enum option_secrecy secrecy;
};

/* A row for a field of struct type_ that has the option's name. */
#define OPTION_ROW(type_, kind_, field_, environment_, default_, min_, max_, secrecy_, help_)      \
    {                                                                                              \
        .name = #field_, .environment = environment_, .initial = default_, .help = help_,          \
        .offset = offsetof(struct type_, field_), .min = min_, .max = max_,                        \
        .kind = OPTION_##kind_, .secrecy = OPTION_##secrecy_                                       \
    }

struct options {
    const struct option *table;
    size_t count;
    const char *section;         /* of the file; lines before any section count too */
    const char *file;            /* read when it exists */
    const char *file_variable;   /* environment variable that names another, which must exist;
                                    an empty one asks for none */
    enum option_origin *origins; /* count of them: where each value came from */
};

/* Fills the struct with defaults, file and environment. On failure returns false and writes a
 * message that names file, line and option into error. The strings live as long as the process. */
bool options_load(const struct options *options, void *values, char *error, size_t error_size);

/* The items of a list such as NETWORKS, one a call: *list moves on, *len is the item's. NULL at the
 * end. */
const char *options_item(const char **list, size_t *len);

/* Prints every option with its value and where it came from; secrets are shown as ***. */
void options_print(const struct options *options, const void *values);

#endif
