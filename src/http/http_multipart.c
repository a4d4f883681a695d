/* A window slides over the body. Of what is in the window, all but the last delimiter-length bytes
 * are certainly content when the delimiter is not among them; the rest waits for more input. */
#define _GNU_SOURCE /* memmem */
#include "http/http_multipart.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"

#define WINDOW 16384    /* also the limit for the headers of one part */
#define MAX_BOUNDARY 70 /* RFC 2046 5.1.1 */

struct http_multipart {
    struct http_request *request;
    char delimiter[MAX_BOUNDARY + 4]; /* "\r\n--boundary", without a NUL */
    size_t delimiter_len;
    bool input_ended;
    bool field_ended;
    size_t start; /* window[start..end) is not consumed yet */
    size_t end;
    char window[WINDOW];
};

/* A quoted or plain parameter of a header value: boundary=x, name="data". The copy is in the arena.
 */
static char *header_parameter(struct arena *arena, const char *value, const char *name)
{
    size_t name_len = strlen(name);
    const char *at = strchr(value, ';');

    while (at != NULL) {
        bool wanted;

        at += strspn(at, "; \t");
        wanted = strncasecmp(at, name, name_len) == 0 && at[name_len] == '=';
        at += strcspn(at, "=;");
        if (*at == ';')
            continue;
        if (*at == '\0')
            return NULL;
        if (*++at == '"') {
            size_t len = strcspn(++at, "\"");

            if (wanted)
                return arena_strndup(arena, at, len);
            at += len + (at[len] == '"');
        } else if (wanted) {
            return arena_strndup(arena, at, strcspn(at, "; \t"));
        }
        at = strchr(at, ';');
    }
    return NULL;
}

/* Makes room and reads once. False when nothing came: the window is full, or the input ended or
 * failed. */
static bool fill(struct http_multipart *multipart)
{
    ssize_t got;

    if (multipart->start > 0) {
        multipart->end -= multipart->start;
        memmove(multipart->window, multipart->window + multipart->start, multipart->end);
        multipart->start = 0;
    }
    if (multipart->input_ended || multipart->end == WINDOW)
        return false;
    got = http_read_some(multipart->request, multipart->window + multipart->end,
                         WINDOW - multipart->end);
    if (got <= 0) {
        multipart->input_ended = true;
        return false;
    }
    multipart->end += (size_t)got;
    return true;
}

static char *find(const struct http_multipart *multipart, const char *what, size_t len)
{
    return memmem(multipart->window + multipart->start, multipart->end - multipart->start, what,
                  len);
}

/* How many bytes at the start of the window are content for certain; found when the delimiter
 * follows them. */
static size_t content_bytes(const struct http_multipart *multipart, bool *found)
{
    size_t have = multipart->end - multipart->start;
    const char *delimiter = find(multipart, multipart->delimiter, multipart->delimiter_len);

    *found = delimiter != NULL;
    if (*found)
        return (size_t)(delimiter - multipart->window) - multipart->start;
    return have >= multipart->delimiter_len ? have - multipart->delimiter_len + 1 : 0;
}

/* Skips everything up to and with the next delimiter. */
static bool skip_to_part(struct http_multipart *multipart)
{
    for (;;) {
        bool found;

        multipart->start += content_bytes(multipart, &found);
        if (found) {
            multipart->start += multipart->delimiter_len;
            return true;
        }
        if (!fill(multipart))
            return false;
    }
}

/* The line after a delimiter: "--" closes the body, otherwise nothing but spaces may stand there.
 */
static bool at_part(struct http_multipart *multipart)
{
    char *line_end;

    while ((line_end = find(multipart, "\r\n", 2)) == NULL) {
        if (!fill(multipart))
            return false;
    }
    for (char *c = multipart->window + multipart->start; c < line_end; c++) {
        if (*c != ' ' && *c != '\t')
            return false;
    }
    /* The line end stays: with it, the empty line of a part without headers is found like any. */
    multipart->start = (size_t)(line_end - multipart->window);
    return true;
}

static bool is_wanted(struct http_multipart *multipart, char *headers, const char *field)
{
    struct arena *arena = multipart->request->arena;
    char *rest = headers;
    char *line;

    while ((line = strsep(&rest, "\n")) != NULL) {
        if (strncasecmp(line, "Content-Disposition:", 20) == 0) {
            char *name = header_parameter(arena, line, "name");

            line += 20;
            line += strspn(line, " \t");
            return strncasecmp(line, "form-data", 9) == 0 && name != NULL &&
                   strcmp(name, field) == 0;
        }
    }
    return false;
}

/* Reads a part's headers. -1 on failure, 1 when it is the wanted one, else 0. */
static int read_headers(struct http_multipart *multipart, const char *field)
{
    char *end, *headers, *c;

    while ((end = find(multipart, "\r\n\r\n", 4)) == NULL) {
        if (!fill(multipart))
            return -1;
    }
    c = multipart->window + multipart->start;
    if (memchr(c, '\0', (size_t)(end - c)) != NULL)
        return -1;
    headers = arena_strndup(multipart->request->arena, c, (size_t)(end - c));
    for (c = headers; *c != '\0'; c++) {
        if (*c == '\r')
            *c = ' ';
    }
    multipart->start = (size_t)(end - multipart->window) + 4;
    return is_wanted(multipart, headers, field);
}

static bool set_delimiter(struct http_multipart *multipart)
{
    struct http_request *request = multipart->request;
    const char *type = request->io->param(request->io, "CONTENT_TYPE");
    char *boundary;
    size_t len;

    if (strcmp(request->content_type, "multipart/form-data") != 0 || type == NULL)
        return false;
    boundary = header_parameter(request->arena, type, "boundary");
    len = boundary != NULL ? strlen(boundary) : 0;
    if (len == 0 || len > MAX_BOUNDARY)
        return false;
    memcpy(multipart->delimiter, "\r\n--", 4);
    memcpy(multipart->delimiter + 4, boundary, len);
    multipart->delimiter_len = len + 4;
    return true;
}

struct http_multipart *http_multipart_open(struct http_request *request, const char *field)
{
    struct http_multipart *multipart = arena_alloc(request->arena, sizeof *multipart);

    multipart->request = request;
    if (!set_delimiter(multipart))
        return NULL;
    /* The first delimiter may stand at the very start, without a line end before it. */
    memcpy(multipart->window, "\r\n", 2);
    multipart->end = 2;
    while (skip_to_part(multipart) && at_part(multipart)) {
        int wanted = read_headers(multipart, field);

        if (wanted != 0)
            return wanted > 0 ? multipart : NULL;
    }
    return NULL;
}

static ssize_t read_rest(struct http_multipart *multipart)
{
    ssize_t got;

    while ((got = http_read_some(multipart->request, multipart->window, WINDOW)) > 0)
        continue;
    return got;
}

ssize_t http_multipart_read(struct http_multipart *multipart, void *out, size_t size)
{
    if (multipart->field_ended || size == 0)
        return 0;
    for (;;) {
        bool found;
        size_t len = content_bytes(multipart, &found);

        if (len > 0) {
            len = len < size ? len : size;
            memcpy(out, multipart->window + multipart->start, len);
            multipart->start += len;
            return (ssize_t)len;
        }
        if (found) {
            multipart->field_ended = true;
            return read_rest(multipart);
        }
        if (!fill(multipart))
            return -1;
    }
}
