/* page[number], page[size], and the links and numbers of a list. */
#include "jsonapi/paging.h"

#include "unit/jsonapi/fixture.h"
#include "unit/unit.h"

static const struct route paged = {.kind = ROUTE_LIST};
static const struct route unpaged = {.kind = ROUTE_LIST, .flags = ROUTE_UNPAGED};
static const struct route optional = {.kind = ROUTE_LIST, .flags = ROUTE_OPTIONAL_PAGE};

static void open(const char *uri, const struct route *route)
{
    fixture_open(uri, route);
    paging_read(context);
}

static void check_window(const char *limit, const char *offset)
{
    const char *l, *o;

    paging_params(context, &l, &o);
    CHECK_STR(l, limit);
    CHECK_STR(o, offset);
}

TEST(twenty_from_the_first)
{
    open("/x", &paged);
    CHECK(!request_failed(context));
    CHECK(!context->paging.asked);
    check_window("20", "0");
    fixture_close();
}

TEST(number_and_size)
{
    open("/x?page%5Bnumber%5D=3&page[size]=7", &paged);
    CHECK(context->paging.asked);
    check_window("7", "14");
    fixture_close();
    open("/x?page[number]=&page[size]=", &paged);
    CHECK(!context->paging.asked);
    check_window("20", "0");
    fixture_close();
}

TEST(large_ones_are_clamped)
{
    open("/x?page[size]=1000", &paged);
    check_window("100", "0");
    fixture_close();
    open("/x?page[number]=999999999&page[size]=100", &paged);
    check_window("100", "999999900");
    fixture_close();
}

TEST(what_is_no_positive_number_is_a_400)
{
    static const char *const bad[] = {"0", "-1", "x", "1x", "1.5", "99999999999999999999", "+"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char uri[80];
        snprintf(uri, sizeof uri, "/x?page[number]=%s", bad[i]);
        open(uri, &paged);
        CHECK_INT(context->error_count, 1);
        CHECK_INT(context->errors[0].code, ERROR_BAD_REQUEST);
        CHECK_STR(fixture_error(0, "pointer"), "?page[number]");
        CHECK_STR(fixture_error(0, "detail"), "page[number] must be a positive number");
        fixture_close();
    }
    open("/x?page[number]=0&page[size]=0", &paged);
    CHECK_INT(context->error_count, 2);
    fixture_close();
}

TEST(lists_that_are_whole)
{
    open("/x?page[number]=2&page[size]=5", &unpaged);
    check_window(NULL, "0");
    fixture_close();
    open("/x", &optional);
    check_window(NULL, "0");
    fixture_close();
    open("/x?page[size]=5", &optional);
    check_window("5", "0");
    fixture_close();
}

static const char *written(const struct rows *rows)
{
    static struct buf out;
    struct json_writer w;

    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    paging_write(context, &w, rows);
    json_object_end(&w);
    return buf_str(&out);
}

static const struct rows *total(const char *number)
{
    const char *texts[] = {"total", number};

    return fixture_rows(STATEMENT_COUNT - 1, 1, 1, texts);
}

#define URL "https://terrace.test/x?"
#define PAGE(n, size) "page%5Bnumber%5D=" n "&page%5Bsize%5D=" size

TEST(links_keep_the_other_parameters)
{
    open("/x?page[size]=10&filter%5Bname%5D=a%20b&page%5Bnumber%5D=2&&include=y", &paged);
    CHECK_STR(
        written(total("25")),
        "{\"links\":{"
        "\"self\":\"" URL "filter%5Bname%5D=a%20b&include=y&" PAGE(
            "2",
            "10") "\","
                  "\"first\":\"" URL "filter%5Bname%5D=a%20b&include=y&" PAGE(
                      "1",
                      "10") "\","
                            "\"prev\":\"" URL "filter%5Bname%5D=a%20b&include=y&" PAGE(
                                "1",
                                "10") "\","
                                      "\"next\":\"" URL "filter%5Bname%5D=a%20b&include=y&" PAGE(
                                          "3", "10") "\","
                                                     "\"last\":\"" URL
                                                     "filter%5Bname%5D=a%20b&include=y&" PAGE(
                                                         "3",
                                                         "10") "\"},"
                                                               "\"meta\":{\"pagination\":{"
                                                               "\"current-page\":2,\"page-size\":"
                                                               "10,\"prev-page\":1,"
                                                               "\"next-page\":3,\"total-pages\":3,"
                                                               "\"total-count\":25}}}");
    fixture_close();
}

static const char *numbers(const char *uri, const struct route *route, const struct rows *rows)
{
    static char copy[512];
    const char *text;

    open(uri, route);
    text = written(rows ? rows : total("0"));
    snprintf(copy, sizeof copy, "%s", strstr(text, "\"pagination\":") + strlen("\"pagination\":"));
    fixture_close();
    return copy;
}

TEST(an_empty_list_has_no_page)
{
    CHECK_STR(numbers("/x", &paged, NULL),
              "{\"current-page\":1,\"page-size\":20,\"prev-page\":null,\"next-page\":null,"
              "\"total-pages\":0,\"total-count\":0}}}");
}

TEST(edges_of_pages)
{
    const char *text;

    open("/x?page[size]=5&page[number]=2", &paged);
    text = written(total("10"));
    CHECK(strstr(text, "\"next\":null") != NULL);
    CHECK(strstr(text, "\"total-pages\":2,") != NULL);
    fixture_close();
    /* Past the end: the way back is the page before. */
    open("/x?page[size]=5&page[number]=9", &paged);
    text = written(total("10"));
    CHECK(strstr(text, "\"next-page\":null") != NULL);
    CHECK(strstr(text, "\"prev-page\":8") != NULL);
    CHECK(strstr(text, "\"total-pages\":2,") != NULL);
    fixture_close();
}

TEST(a_whole_list_counts_its_rows)
{
    static const char *const texts[] = {"id", "a", "b", "c"};

    open("/x", &unpaged);
    const char *text = written(fixture_rows(STATEMENT_COUNT - 1, 1, 3, texts));
    CHECK(strstr(text, "\"current-page\":1,\"page-size\":3,") != NULL);
    CHECK(strstr(text, "\"total-pages\":1,\"total-count\":3}") != NULL);
    CHECK(strstr(text, "page%5Bsize%5D") == NULL);
    fixture_close();
}

UNIT_MAIN
