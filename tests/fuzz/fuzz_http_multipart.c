/* Forms: however the body is cut into pieces, the field is the same, and it is a piece of the body.
 */
#define _GNU_SOURCE /* memmem */
#include "fuzz/fuzz.h"

#include "http/http_multipart.h"
#include "unit/http/fake_io.h"

/* The field's length, -1 when there is none or it breaks off. out has room for size bytes. */
static ssize_t read_field(const uint8_t *data, size_t size, size_t piece, char *out)
{
    struct fake_io fake;
    struct http_request request;
    struct http_multipart *multipart;
    size_t len = 0;
    ssize_t got = -1;

    fake_open(&fake, &request,
              FAKE_PARAMS("REQUEST_URI", "/", "CONTENT_TYPE", "multipart/form-data; boundary=b"),
              (const char *)data, size);
    fake.piece = piece;
    http_parse(&request);
    multipart = http_multipart_open(&request, "data");
    while (multipart != NULL && (got = http_multipart_read(multipart, out + len, size - len)) > 0)
        len += (size_t)got;
    fake_close(&fake, &request);
    return got == 0 ? (ssize_t)len : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *whole = malloc(size + 1), *pieces = malloc(size + 1);
    ssize_t len = read_field(data, size, 0, whole);

    MUST(len < 0 || memmem(data, size, whole, (size_t)len) != NULL);
    for (size_t piece = 1; piece < 16; piece += 4) {
        MUST(read_field(data, size, piece, pieces) == len);
        MUST(len < 0 || memcmp(whole, pieces, (size_t)len) == 0);
    }
    free(whole);
    free(pieces);
    return 0;
}
