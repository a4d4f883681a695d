/* FastCGI 1.0 as web servers speak it: BEGIN_REQUEST, PARAMS, STDIN, one request at a time. Lengths
 * inside PARAMS are checked here because libfcgi believes them (CVE-2025-23016). */
#include "http/http_framing.h"

#include <string.h>

#define BEGIN_REQUEST 1
#define PARAMS 4
#define STDIN 5
#define STDOUT 6
#define RESPONDER 1

/* The bytes that the length at the start of these takes; the length itself in *value once it is
 * complete. 0: more bytes are needed. */
static size_t read_length(const unsigned char *bytes, size_t len, size_t *value)
{
    if (len == 0)
        return 0;
    if ((bytes[0] & 0x80) == 0) {
        *value = bytes[0];
        return 1;
    }
    if (len < 4)
        return 0;
    *value =
        (size_t)(bytes[0] & 0x7f) << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
    return 4;
}

static void add_length_byte(struct http_framing *framing, unsigned char byte)
{
    size_t name, value, used;

    framing->lengths[framing->lengths_len++] = byte;
    used = read_length(framing->lengths, framing->lengths_len, &name);
    if (used == 0 || read_length(framing->lengths + used, framing->lengths_len - used, &value) == 0)
        return;
    framing->lengths_len = 0;
    framing->pair = name + value;
    framing->broken = framing->pair > HTTP_FRAMING_MAX_PARAMS;
}

static void feed_params(struct http_framing *framing, const unsigned char *bytes, size_t len)
{
    framing->params += len;
    framing->broken = framing->params > HTTP_FRAMING_MAX_PARAMS;
    while (len > 0 && !framing->broken) {
        size_t step = framing->pair < len ? framing->pair : len;

        framing->pair -= step;
        bytes += step;
        len -= step;
        if (len > 0) {
            add_length_byte(framing, *bytes++);
            len--;
        }
    }
}

/* The role, which the first two bytes of BEGIN_REQUEST are. libfcgi closes the connection of
 * another. */
static void feed_begin(struct http_framing *framing, const unsigned char *bytes, size_t len)
{
    static const unsigned char role[2] = {0, RESPONDER};
    size_t at = 8 - framing->content;

    for (size_t i = 0; i < len && at + i < sizeof role; i++)
        framing->broken = framing->broken || bytes[i] != role[at + i];
}

/* The next record has begun; says whether it may stand here. */
static bool is_expected(struct http_framing *framing, unsigned id)
{
    if (!framing->begun) {
        framing->begun = true;
        framing->request_id = id;
        return framing->type == BEGIN_REQUEST && framing->content == 8 && id != 0;
    }
    if (id != framing->request_id)
        return false;
    if (framing->type == PARAMS && !framing->params_ended) {
        framing->params_ended = framing->content == 0;
        return !framing->params_ended || (framing->pair == 0 && framing->lengths_len == 0);
    }
    framing->last = framing->content == 0;
    return framing->type == STDIN && framing->params_ended;
}

/* libfcgi forgets the padding of the records after which it turns to another kind, and would read
 * it as the next header. Their content needs none to be aligned, so no web server sends any. */
static bool may_be_padded(const struct http_framing *framing)
{
    return framing->type != BEGIN_REQUEST && framing->content > 0;
}

static void read_header(struct http_framing *framing)
{
    const unsigned char *header = framing->header;

    framing->header_len = 0;
    framing->type = header[1];
    framing->content = header[4] * 256u + header[5];
    framing->padding = header[6];
    framing->broken = header[0] != 1 || !is_expected(framing, header[2] * 256u + header[3]) ||
                      (framing->padding > 0 && !may_be_padded(framing));
}

/* Takes bytes of the current record; returns how many. */
static size_t feed_record(struct http_framing *framing, const unsigned char *bytes, size_t len)
{
    size_t content = framing->content < len ? framing->content : len;
    size_t padding;

    if (framing->type == PARAMS && content > 0)
        feed_params(framing, bytes, content);
    else if (framing->type == BEGIN_REQUEST && content > 0)
        feed_begin(framing, bytes, content);
    framing->content -= content;
    padding = framing->padding < len - content ? framing->padding : len - content;
    framing->padding -= padding;
    return content + padding;
}

void http_framing_feed(struct http_framing *framing, const unsigned char *bytes, size_t len)
{
    while (!framing->done && !framing->broken) {
        size_t used = feed_record(framing, bytes, len);

        bytes += used;
        len -= used;
        framing->done = framing->last && framing->content == 0 && framing->padding == 0;
        if (len == 0 || framing->done || framing->broken)
            break;
        framing->header[framing->header_len++] = *bytes++;
        len--;
        if (framing->header_len == sizeof framing->header)
            read_header(framing);
    }
    framing->broken = framing->broken || len > 0;
}

bool http_framing_variable(const unsigned char *bytes, size_t len, const char *name,
                           const char **value, size_t *value_len)
{
    /* BEGIN_REQUEST is a header and 8 bytes. */
    const unsigned char *header = bytes + HTTP_FRAMING_HEADER + 8;
    const unsigned char *at = header + HTTP_FRAMING_HEADER;
    size_t left, name_len, used;

    if (len < (size_t)(at - bytes) || header[1] != PARAMS)
        return false;
    left = header[4] * 256u + header[5];
    if (left > len - (size_t)(at - bytes))
        left = len - (size_t)(at - bytes);
    while ((used = read_length(at, left, &name_len)) > 0) {
        at += used;
        left -= used;
        used = read_length(at, left, value_len);
        at += used;
        left -= used;
        if (used == 0 || left < name_len || left - name_len < *value_len)
            return false;
        *value = (const char *)at + name_len;
        if (strlen(name) == name_len && memcmp(at, name, name_len) == 0)
            return true;
        at += name_len + *value_len;
        left -= name_len + *value_len;
    }
    return false;
}

void http_framing_stdout(unsigned char header[HTTP_FRAMING_HEADER], unsigned request_id,
                         size_t content)
{
    header[0] = 1; /* version */
    header[1] = STDOUT;
    header[2] = (unsigned char)(request_id >> 8);
    header[3] = (unsigned char)request_id;
    header[4] = (unsigned char)(content >> 8);
    header[5] = (unsigned char)content;
    header[6] = 0; /* padding */
    header[7] = 0;
}
