/* One field streamed out of a form, however the body is cut into pieces. */
#include "http/http_multipart.h"

#include "unit/http/fake_io.h"
#include "unit/unit.h"

static struct fake_io fake;
static struct http_request request;
static char content[70000];

/* The field `data`, NULL when it cannot be read to its end; length in *len. */
static char *read_field(const char *type, const char *body, size_t body_len, size_t piece,
                        size_t *len)
{
    struct http_multipart *multipart;
    ssize_t got = -1;

    fake_open(&fake, &request,
              FAKE_PARAMS("REQUEST_METHOD", "PUT", "REQUEST_URI", "/", "CONTENT_TYPE", type), body,
              body_len);
    fake.piece = piece;
    CHECK_INT(http_parse(&request), HTTP_PARSED);
    multipart = http_multipart_open(&request, "data");
    *len = 0;
    while (multipart != NULL &&
           (got = http_multipart_read(multipart, content + *len, sizeof content - 1 - *len)) > 0)
        *len += (size_t)got;
    content[*len] = '\0';
    fake_close(&fake, &request);
    return got == 0 ? content : NULL;
}

#define TYPE "multipart/form-data; boundary=xyz"

static const char *field(const char *body)
{
    size_t len;

    return read_field(TYPE, body, strlen(body), 0, &len);
}

#define PART(name, text)                                                                           \
    "--xyz\r\nContent-Disposition: form-data; name=\"" name "\"; filename=\"f\"\r\n"               \
    "Content-Type: application/octet-stream\r\n\r\n" text "\r\n"

TEST(the_only_field)
{
    CHECK_STR(field(PART("data", "hello") "--xyz--\r\n"), "hello");
}

TEST(every_cut_gives_the_same)
{
    const char *body = "preamble\r\n" PART("a", "1") PART("data", "\r\n--xy\r\n--\r\r\n")
        PART("b", "2") "--xyz--\r\nepilogue";
    size_t len;

    for (size_t piece = 1; piece <= strlen(body); piece++)
        CHECK_STR(read_field(TYPE, body, strlen(body), piece, &len), "\r\n--xy\r\n--\r\r\n");
}

TEST(an_empty_field)
{
    CHECK_STR(field(PART("data", "") "--xyz--"), "");
}

TEST(the_first_of_two_fields)
{
    CHECK_STR(field(PART("data", "1") PART("data", "2") "--xyz--"), "1");
}

TEST(headers_in_any_spelling)
{
    CHECK_STR(
        field("--xyz \r\ncontent-type: x\r\nCONTENT-DISPOSITION:form-data;filename=f;NAME=data"
              "\r\n\r\nhello\r\n--xyz--"),
        "hello");
}

TEST(a_name_inside_another_value_does_not_count)
{
    CHECK_STR(field("--xyz\r\nContent-Disposition: form-data; filename=\"a; name=data\"; "
                    "name=\"other\"\r\n\r\nhello\r\n--xyz--"),
              NULL);
    CHECK_STR(field("--xyz\r\nContent-Disposition: form-data; xname=data\r\n\r\nhello\r\n--xyz--"),
              NULL);
    CHECK_STR(field("--xyz\r\nContent-Disposition: attachment; name=data\r\n\r\nhello\r\n--xyz--"),
              NULL);
}

TEST(no_such_field)
{
    CHECK_STR(field(PART("a", "1") "--xyz--"), NULL);
    CHECK_STR(field("--xyz--"), NULL);
    CHECK_STR(field(""), NULL);
    CHECK_STR(field("--xyz\r\n\r\nno headers\r\n--xyz--"), NULL);
}

TEST(a_truncated_body_fails)
{
    CHECK_STR(field("--xyz\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\nhello"), NULL);
    CHECK_STR(field("--xyz\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\nhello\r\n--xy"),
              NULL);
    CHECK_STR(field("--xyz\r\nContent-Disposition: form-data; name=\"data\"\r\n"), NULL);
}

TEST(a_body_that_breaks_off_behind_the_field_fails)
{
    struct http_multipart *multipart;
    const char *body = PART("data", "hello") "--xyz--";
    char out[16];

    fake_open(&fake, &request,
              FAKE_PARAMS("REQUEST_URI", "/", "CONTENT_TYPE", TYPE, "CONTENT_LENGTH", "1000"), body,
              strlen(body));
    CHECK_INT(http_parse(&request), HTTP_PARSED);
    multipart = http_multipart_open(&request, "data");
    CHECK(multipart != NULL);
    CHECK_INT(http_multipart_read(multipart, out, sizeof out), 5);
    CHECK_INT(http_multipart_read(multipart, out, sizeof out), -1);
    fake_close(&fake, &request);
}

TEST(headers_past_the_window_fail)
{
    static char body[40000];

    memset(body, 'h', sizeof body - 1);
    memcpy(body, "--xyz\r\nX: ", 10);
    CHECK_STR(field(body), NULL);
}

TEST(large_binary_content)
{
    static char body[70000];
    const char head[] = "--xyz\r\nContent-Disposition: form-data; name=data\r\n\r\n";
    const char tail[] = "\r\n--xyz--\r\n";
    size_t size = 65000, len;
    char *text = body + sizeof head - 1;

    memcpy(body, head, sizeof head - 1);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)(i * 7919 >> 3);
    memcpy(text + size, tail, sizeof tail - 1);
    CHECK(read_field(TYPE, body, sizeof head - 1 + size + sizeof tail - 1, 1000, &len) != NULL);
    CHECK_INT(len, size);
    CHECK(memcmp(content, text, size) == 0);
}

TEST(types_that_are_refused)
{
    const char *body = PART("data", "hello") "--xyz--";
    size_t len;

    CHECK_STR(
        read_field("Multipart/Form-Data; charset=x; boundary=\"xyz\"", body, strlen(body), 0, &len),
        "hello");
    CHECK_STR(read_field("multipart/mixed; boundary=xyz", body, strlen(body), 0, &len), NULL);
    CHECK_STR(read_field("multipart/form-data", body, strlen(body), 0, &len), NULL);
    CHECK_STR(read_field("multipart/form-data; boundary=", body, strlen(body), 0, &len), NULL);
    CHECK_STR(read_field("multipart/form-data; boundary=1234567890123456789012345678901234567890"
                         "1234567890123456789012345678901",
                         body, strlen(body), 0, &len),
              NULL);
}

UNIT_MAIN
