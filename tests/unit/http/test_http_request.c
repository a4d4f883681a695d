/* Requests parsed from CGI variables, bodies read, replies written. */
#include "http/http_request.h"

#include "base/log.h"
#include "unit/http/fake_io.h"
#include "unit/unit.h"

static struct fake_io fake;
static struct http_request request;

static enum http_parse_result parse(const char *const *params)
{
    fake_open(&fake, &request, params, "", 0);
    return http_parse(&request);
}

static enum http_parse_result parse_uri(const char *uri)
{
    return parse(FAKE_PARAMS("REQUEST_METHOD", "GET", "REQUEST_URI", uri));
}

static void open_body(const char *length, const char *body, size_t body_len)
{
    fake_open(&fake, &request,
              FAKE_PARAMS("REQUEST_METHOD", "POST", "REQUEST_URI", "/", "CONTENT_LENGTH", length),
              body, body_len);
    CHECK_INT(http_parse(&request), HTTP_PARSED);
}

static void close_it(void)
{
    fake_close(&fake, &request);
}

static const char *reply(void)
{
    return buf_str(&fake.reply);
}

TEST(path_is_split_before_decoding)
{
    CHECK_INT(parse_uri("/api/v2/a%2Fb/%C3%A4?x=%2F&x=2#f"), HTTP_PARSED);
    CHECK_STR(request.uri, "/api/v2/a%2Fb/%C3%A4?x=%2F&x=2#f");
    CHECK_STR(request.path, "/api/v2/a%2Fb/%C3%A4");
    CHECK_INT(request.segment_count, 4);
    CHECK_STR(request.segments[0], "api");
    CHECK_STR(request.segments[2], "a/b");
    CHECK_STR(request.segments[3], "\xc3\xa4");
    CHECK_STR(http_query(&request, "x"), "/");
    CHECK_STR(http_query(&request, "y"), NULL);
    close_it();
}

TEST(slashes_at_the_edges)
{
    CHECK_INT(parse_uri("/"), HTTP_PARSED);
    CHECK_INT(request.segment_count, 0);
    close_it();
    CHECK_INT(parse_uri("/a/"), HTTP_PARSED);
    CHECK_INT(request.segment_count, 1);
    close_it();
    CHECK_INT(parse_uri("/a//"), HTTP_PARSED);
    CHECK_INT(request.segment_count, 2);
    CHECK_STR(request.segments[1], "");
    close_it();
    CHECK_INT(parse_uri("/a//b"), HTTP_PARSED);
    CHECK_INT(request.segment_count, 3);
    CHECK_STR(request.segments[1], "");
    close_it();
}

TEST(a_plus_in_the_path_is_a_plus)
{
    CHECK_INT(parse_uri("/a+b?c+d=e+f"), HTTP_PARSED);
    CHECK_STR(request.segments[0], "a+b");
    CHECK_STR(http_query(&request, "c d"), "e f");
    close_it();
}

TEST(bad_uris_are_refused)
{
    static const char *const bad[] = {"/%", "/%4", "/%zz", "/a%00", "/%ff",      "/a?b=%", "/?%00",
                                      "a",  "",    "*",    "?a",    "/?%C3\xa4", "/\xff"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_INT(parse_uri(bad[i]), HTTP_BAD_REQUEST);
        close_it();
    }
}

TEST(long_uris)
{
    char uri[HTTP_MAX_URI + 2];

    memset(uri, 'a', sizeof uri - 1);
    uri[0] = '/';
    uri[HTTP_MAX_URI + 1] = '\0';
    CHECK_INT(parse_uri(uri), HTTP_URI_TOO_LONG);
    close_it();
    uri[HTTP_MAX_URI] = '\0';
    CHECK_INT(parse_uri(uri), HTTP_PARSED);
    CHECK_INT(strlen(request.segments[0]), HTTP_MAX_URI - 1);
    close_it();
}

TEST(many_segments_end_in_one)
{
    CHECK_INT(parse_uri("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18"), HTTP_PARSED);
    CHECK_INT(request.segment_count, HTTP_MAX_SEGMENTS);
    CHECK_STR(request.segments[14], "15");
    CHECK_STR(request.segments[15], "16/17/18");
    close_it();
}

TEST(absolute_form_and_cgi_without_request_uri)
{
    CHECK_INT(parse_uri("http://h:80/a?b"), HTTP_PARSED);
    CHECK_STR(request.path, "/a");
    close_it();
    CHECK_INT(parse_uri("HTTPS://h"), HTTP_PARSED);
    CHECK_STR(request.path, "/");
    close_it();
    CHECK_INT(parse(FAKE_PARAMS("SCRIPT_NAME", "/api", "PATH_INFO", "/v2", "QUERY_STRING", "a=b")),
              HTTP_PARSED);
    CHECK_STR(request.uri, "/api/v2?a=b");
    CHECK_STR(http_query(&request, "a"), "b");
    close_it();
}

TEST(methods)
{
    static const struct {
        const char *name;
        enum http_method method;
    } cases[] = {{"GET", HTTP_GET},         {"HEAD", HTTP_HEAD},   {"POST", HTTP_POST},
                 {"PUT", HTTP_PUT},         {"PATCH", HTTP_PATCH}, {"DELETE", HTTP_DELETE},
                 {"OPTIONS", HTTP_OPTIONS}, {"get", HTTP_OTHER},   {"BREW", HTTP_OTHER}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_INT(parse(FAKE_PARAMS("REQUEST_METHOD", cases[i].name, "REQUEST_URI", "/")),
                  HTTP_PARSED);
        CHECK_INT(request.method, cases[i].method);
        close_it();
    }
}

TEST(headers_are_taken_over)
{
    CHECK_INT(parse(FAKE_PARAMS("REQUEST_URI", "/", "HTTP_AUTHORIZATION", "Bearer x",
                                "CONTENT_TYPE", " Application/VND.API+json ; Charset=\"UTF-8\"",
                                "HTTP_ACCEPT", "*/*", "HTTP_CONTENT_ENCODING", "gzip",
                                "HTTP_IF_MODIFIED_SINCE", "Wed", "REMOTE_ADDR", "::1", "HTTP_HOST",
                                "h.example:8080", "CONTENT_LENGTH", "12")),
              HTTP_PARSED);
    CHECK_STR(request.authorization, "Bearer x");
    CHECK_STR(request.content_type, "application/vnd.api+json");
    CHECK(!request.content_type_has_params);
    CHECK_STR(request.accept, "*/*");
    CHECK_STR(request.content_encoding, "gzip");
    CHECK_STR(request.if_modified_since, "Wed");
    CHECK_STR(request.remote_addr, "::1");
    CHECK_STR(request.host, "h.example:8080");
    CHECK_INT(request.content_length, 12);
    close_it();
}

TEST(absent_headers)
{
    CHECK_INT(parse_uri("/"), HTTP_PARSED);
    CHECK_STR(request.authorization, NULL);
    CHECK_STR(request.content_type, "");
    CHECK(!request.content_type_has_params);
    CHECK_STR(request.accept, "");
    CHECK_STR(request.cookie, "");
    CHECK_STR(request.host, "");
    CHECK_INT(request.content_length, -1);
    CHECK(!request.https);
    close_it();
}

TEST(authorization_after_an_internal_redirect)
{
    CHECK_INT(parse(FAKE_PARAMS("REQUEST_URI", "/", "REDIRECT_HTTP_AUTHORIZATION", "Bearer r")),
              HTTP_PARSED);
    CHECK_STR(request.authorization, "Bearer r");
    close_it();
    CHECK_INT(parse(FAKE_PARAMS("REQUEST_URI", "/", "HTTP_AUTHORIZATION", "")), HTTP_PARSED);
    CHECK_STR(request.authorization, NULL);
    close_it();
}

TEST(media_type_parameters_are_noticed)
{
    static const struct {
        const char *value;
        bool has;
    } cases[] = {{"application/vnd.api+json; ext=x", true},
                 {"a/b;charset=utf-8;x=1", true},
                 {"a/b; charset=latin1", true},
                 {"a/b;", false},
                 {"a/b;charset=utf-8", false},
                 {"a/b; profile=\"http://long.example/a/very/long/profile\"", true}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_INT(parse(FAKE_PARAMS("REQUEST_URI", "/", "CONTENT_TYPE", cases[i].value)),
                  HTTP_PARSED);
        CHECK_INT(request.content_type_has_params, cases[i].has);
        close_it();
    }
}

TEST(https_has_three_signs)
{
    static const struct {
        const char *name, *value;
        bool https;
    } cases[] = {{"HTTPS", "on", true},
                 {"HTTPS", "off", false},
                 {"HTTPS", "", false},
                 {"REQUEST_SCHEME", "https", true},
                 {"REQUEST_SCHEME", "http", false},
                 {"HTTP_X_FORWARDED_PROTO", "https", true},
                 {"HTTP_X_FORWARDED_PROTO", "HTTPS, http", true},
                 {"HTTP_X_FORWARDED_PROTO", "http, https", false},
                 {"HTTP_X_FORWARDED_PROTO", "httpsx", false}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_INT(parse(FAKE_PARAMS("REQUEST_URI", "/", cases[i].name, cases[i].value)),
                  HTTP_PARSED);
        CHECK_INT(request.https, cases[i].https);
        close_it();
    }
}

TEST(host_falls_back_and_is_checked)
{
    CHECK_INT(parse(FAKE_PARAMS("REQUEST_URI", "/", "SERVER_NAME", "s", "SERVER_PORT", "8080")),
              HTTP_PARSED);
    CHECK_STR(request.host, "s:8080");
    close_it();
    CHECK_INT(parse(FAKE_PARAMS("REQUEST_URI", "/", "SERVER_NAME", "s", "SERVER_PORT", "443",
                                "HTTPS", "on")),
              HTTP_PARSED);
    CHECK_STR(request.host, "s");
    close_it();
    CHECK_INT(parse(FAKE_PARAMS("REQUEST_URI", "/", "HTTP_HOST", "[::1]:80")), HTTP_PARSED);
    close_it();
    CHECK_INT(parse(FAKE_PARAMS("REQUEST_URI", "/", "HTTP_HOST", "evil.example/@h")),
              HTTP_BAD_REQUEST);
    CHECK_STR(request.host, "");
    close_it();
    CHECK_INT(parse(FAKE_PARAMS("REQUEST_URI", "/", "HTTP_HOST", "a\"b")), HTTP_BAD_REQUEST);
    close_it();
}

TEST(content_length_must_be_a_number)
{
    static const struct {
        const char *value;
        enum http_parse_result result;
        long long length;
    } cases[] = {{"", HTTP_PARSED, -1},        {"0", HTTP_PARSED, 0},
                 {"-1", HTTP_BAD_REQUEST, -1}, {"12x", HTTP_BAD_REQUEST, -1},
                 {"+1", HTTP_BAD_REQUEST, -1}, {"99999999999999999999", HTTP_BAD_REQUEST, -1}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_INT(parse(FAKE_PARAMS("REQUEST_URI", "/", "CONTENT_LENGTH", cases[i].value)),
                  cases[i].result);
        CHECK_INT(request.content_length, cases[i].length);
        close_it();
    }
}

TEST(cookies)
{
    CHECK_INT(parse(FAKE_PARAMS("REQUEST_URI", "/", "HTTP_COOKIE",
                                "a=1; session=x=y ;quoted=\"q\";  empty=; a=2;last=z; bare")),
              HTTP_PARSED);
    CHECK_STR(http_cookie(&request, "a"), "1");
    CHECK_STR(http_cookie(&request, "session"), "x=y");
    CHECK_STR(http_cookie(&request, "quoted"), "q");
    CHECK_STR(http_cookie(&request, "empty"), "");
    CHECK_STR(http_cookie(&request, "last"), "z");
    CHECK_STR(http_cookie(&request, "bare"), NULL);
    CHECK_STR(http_cookie(&request, "ession"), NULL);
    CHECK_STR(http_cookie(&request, "sessio"), NULL);
    close_it();
}

TEST(body_with_a_length)
{
    struct buf body;

    open_body("5", "hello, more that is not ours", 28);
    fake.piece = 2;
    buf_init(&body, request.arena);
    CHECK_INT(http_read_body(&request, 5, &body), 0);
    CHECK_STR(buf_str(&body), "hello");
    CHECK_INT(request.bytes_read, 5);
    close_it();
}

TEST(body_without_a_length)
{
    struct buf body;

    open_body("", "hello", 5);
    fake.piece = 2;
    buf_init(&body, request.arena);
    CHECK_INT(http_read_body(&request, 5, &body), 0);
    CHECK_STR(buf_str(&body), "hello");
    close_it();
    open_body("", "hello", 5);
    buf_init(&body, request.arena);
    CHECK_INT(http_read_body(&request, 4, &body), 413);
    close_it();
}

TEST(an_empty_body_is_an_empty_string)
{
    struct buf body;

    open_body("0", "", 0);
    buf_init(&body, request.arena);
    CHECK_INT(http_read_body(&request, 0, &body), 0);
    CHECK_INT(body.len, 0);
    CHECK_STR(buf_str(&body), "");
    close_it();
}

TEST(a_long_body_is_refused_unread)
{
    struct buf body;

    open_body("6", "hello!", 6);
    buf_init(&body, request.arena);
    CHECK_INT(http_read_body(&request, 5, &body), 413);
    CHECK_INT(request.bytes_read, 0);
    close_it();
}

TEST(a_short_body_is_refused)
{
    struct buf body;
    char piece[8];

    open_body("6", "hello", 5);
    buf_init(&body, request.arena);
    CHECK_INT(http_read_body(&request, 10, &body), 400);
    close_it();
    open_body("", "hello", 5);
    fake.broken = true;
    CHECK_INT(http_read_some(&request, piece, sizeof piece), 5);
    CHECK_INT(http_read_some(&request, piece, sizeof piece), -1);
    close_it();
}

TEST(small_reply)
{
    CHECK_INT(parse_uri("/"), HTTP_PARSED);
    request.status = 201;
    http_header(&request, "Content-Type", "text/plain");
    http_write(&request, "he", 2);
    http_write(&request, "llo", 3);
    http_finish(&request);
    http_finish(&request);
    CHECK_STR(reply(), "Status: 201 Created\r\nContent-Type: text/plain\r\n"
                       "Content-Length: 5\r\n\r\nhello");
    CHECK_INT(fake.finished, 1);
    CHECK(fake.complete);
    close_it();
}

TEST(head_has_the_length_and_no_body)
{
    CHECK_INT(parse(FAKE_PARAMS("REQUEST_METHOD", "HEAD", "REQUEST_URI", "/")), HTTP_PARSED);
    http_write(&request, "hello", 5);
    http_finish(&request);
    CHECK_STR(reply(), "Status: 200 OK\r\nContent-Length: 5\r\n\r\n");
    close_it();
    CHECK_INT(parse(FAKE_PARAMS("REQUEST_METHOD", "HEAD", "REQUEST_URI", "/")), HTTP_PARSED);
    http_stream_begin(&request, 7);
    http_finish(&request);
    CHECK_STR(reply(), "Status: 200 OK\r\nContent-Length: 7\r\n\r\n");
    CHECK(fake.complete);
    close_it();
}

TEST(no_content_has_no_length)
{
    CHECK_INT(parse_uri("/"), HTTP_PARSED);
    request.status = 204;
    http_write(&request, "x", 1);
    http_finish(&request);
    CHECK_STR(reply(), "Status: 204 No Content\r\n\r\n");
    close_it();
}

TEST(streams)
{
    CHECK_INT(parse_uri("/"), HTTP_PARSED);
    http_stream_begin(&request, 5);
    CHECK_INT(http_stream(&request, "he", 2), 0);
    CHECK_INT(http_stream(&request, "llo", 3), 0);
    http_finish(&request);
    CHECK_STR(reply(), "Status: 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    CHECK(fake.complete);
    close_it();
    CHECK_INT(parse_uri("/"), HTTP_PARSED);
    http_stream_begin(&request, -1);
    CHECK_INT(http_stream(&request, "hello", 5), 0);
    http_finish(&request);
    CHECK_STR(reply(), "Status: 200 OK\r\n\r\nhello");
    CHECK(fake.complete);
    close_it();
}

TEST(a_stream_with_a_wrong_length_is_incomplete)
{
    CHECK_INT(parse_uri("/"), HTTP_PARSED);
    http_stream_begin(&request, 5);
    CHECK_INT(http_stream(&request, "hell", 4), 0);
    http_finish(&request);
    CHECK_INT(fake.finished, 1);
    CHECK(!fake.complete);
    close_it();
    CHECK_INT(parse_uri("/"), HTTP_PARSED);
    http_stream_begin(&request, 3);
    CHECK_INT(http_stream(&request, "hello", 5), -1);
    http_finish(&request);
    CHECK(!fake.complete);
    close_it();
}

TEST(a_lost_peer_is_noticed)
{
    CHECK_INT(parse_uri("/"), HTTP_PARSED);
    fake.write_fails = true;
    http_stream_begin(&request, -1);
    CHECK_INT(http_stream(&request, "x", 1), -1);
    http_finish(&request);
    CHECK(request.write_failed);
    CHECK(!fake.complete);
    close_it();
}

TEST(headers_cannot_be_split)
{
    CHECK_INT(parse_uri("/"), HTTP_PARSED);
    log_set_level(LOG_LEVEL_ERROR + 1);
    http_header(&request, "X-A", "a\r\nSet-Cookie: x=y");
    http_header(&request, "X-B\n", "b");
    http_header(&request, "X-C", "c\x7f");
    http_header(&request, "X-D", "d");
    http_finish(&request);
    CHECK_STR(reply(), "Status: 200 OK\r\nX-D: d\r\nContent-Length: 0\r\n\r\n");
    close_it();
}

TEST(a_header_can_be_replaced)
{
    parse_uri("/");
    http_header(&request, "Cache-Control", "no-store");
    http_header(&request, "Cache", "kept");
    http_header(&request, "Set-Cookie", "a=Cache-Control: x");
    http_replace_header(&request, "Cache-Control", "public");
    http_replace_header(&request, "X-New", "1");
    CHECK_STR(buf_str(&request.headers), "Cache: kept\r\nSet-Cookie: a=Cache-Control: x\r\n"
                                         "Cache-Control: public\r\nX-New: 1\r\n");
    close_it();
}

UNIT_MAIN
