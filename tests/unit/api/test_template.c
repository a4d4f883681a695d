/* The templates of pages: values, escaping, sections. */
#include "api/pages/template.h"

#include "base/arena.h"
#include "base/buf.h"
#include "unit/unit.h"

static const struct template_value values[] = {
    {"name", "Ann & \"Bob\" <it's>"},
    {"html", "<b>x</b>"},
    {"empty", ""},
    {"null", NULL},
    {"braces", "{{name}}"},
    {0},
};

static const char *render(const char *text)
{
    static char out[4096];
    struct buf buf;
    buf_init(&buf, NULL);
    template_render(&buf, text, values);
    snprintf(out, sizeof out, "%s", buf_str(&buf));
    buf_free(&buf);
    return out;
}

TEST(text_passes_through)
{
    CHECK_STR(render("<p>no tag: { } }} </p>\n"), "<p>no tag: { } }} </p>\n");
    CHECK_STR(render(""), "");
}

TEST(a_value_is_escaped_for_text_and_attributes)
{
    CHECK_STR(render("[{{name}}]"), "[Ann &amp; &quot;Bob&quot; &lt;it&#39;s&gt;]");
}

TEST(html_of_another_template_goes_in_as_it_is)
{
    CHECK_STR(render("{{&html}}{{html}}"), "<b>x</b>&lt;b&gt;x&lt;/b&gt;");
}

TEST(a_value_is_never_read_as_a_template)
{
    CHECK_STR(render("{{braces}} {{&braces}}"), "{{name}} {{name}}");
}

TEST(nothing_stands_for_what_has_no_value)
{
    CHECK_STR(render("[{{empty}}{{null}}{{unknown}}{{&null}}]"), "[]");
}

TEST(a_section_is_there_with_a_value)
{
    CHECK_STR(render("{{?html}}yes{{/html}}{{!html}}no{{/html}}"), "yes");
    CHECK_STR(render("{{?empty}}yes{{/empty}}{{!empty}}no{{/empty}}"), "no");
    CHECK_STR(render("{{?null}}yes{{/null}}{{!null}}no{{/null}}"), "no");
    CHECK_STR(render("{{?unknown}}yes{{/unknown}}{{!unknown}}no{{/unknown}}"), "no");
}

TEST(sections_stand_in_each_other_and_beside)
{
    CHECK_STR(render("a{{?html}}b{{!null}}c{{html}}{{/null}}d{{/html}}e"),
              "abc&lt;b&gt;x&lt;/b&gt;de");
    CHECK_STR(render("{{?null}}{{?html}}x{{/html}}{{/null}}{{?html}}y{{/html}}"), "y");
}

UNIT_MAIN
