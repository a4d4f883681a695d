/* See template.h. */
#include "api/pages/template.h"

#include <string.h>

#include "base/buf.h"

struct tag {
    char kind; /* '\0', '&', '?', '!', '/' */
    const char *name;
    size_t len;
    const char *begin; /* of its braces */
    const char *end;   /* behind them */
};

void template_escape(struct buf *out, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&':
            buf_adds(out, "&amp;");
            break;
        case '<':
            buf_adds(out, "&lt;");
            break;
        case '>':
            buf_adds(out, "&gt;");
            break;
        case '"':
            buf_adds(out, "&quot;");
            break;
        case '\'':
            buf_adds(out, "&#39;");
            break;
        default:
            buf_addc(out, *text);
        }
}

static const char *value_of(const struct template_value *values, const struct tag *tag)
{
    for (; values->name; values++)
        if (strlen(values->name) == tag->len && memcmp(values->name, tag->name, tag->len) == 0)
            return values->text ? values->text : "";
    return "";
}

/* The next tag in [at, end); false when there is none. */
static int next_tag(const char *at, const char *end, struct tag *tag)
{
    const char *open = strstr(at, "{{");
    const char *close = open ? strstr(open, "}}") : NULL;
    if (!close || close >= end)
        return 0;
    tag->begin = open;
    tag->end = close + 2;
    tag->name = open + 2;
    tag->kind = strchr("&?!/", *tag->name) ? *tag->name++ : '\0';
    tag->len = (size_t)(close - tag->name);
    return 1;
}

/* The tag that closes the section. */
static int closing_tag(const struct tag *section, const char *end, struct tag *tag)
{
    for (const char *at = section->end; next_tag(at, end, tag); at = tag->end)
        if (tag->kind == '/' && tag->len == section->len &&
            memcmp(tag->name, section->name, tag->len) == 0)
            return 1;
    return 0;
}

static void render(struct buf *out, const char *at, const char *end,
                   const struct template_value *values)
{
    struct tag tag, closing;

    for (; next_tag(at, end, &tag); at = tag.end) {
        buf_add(out, at, (size_t)(tag.begin - at));
        const char *value = value_of(values, &tag);
        if (tag.kind == '\0') {
            template_escape(out, value);
        } else if (tag.kind == '&') {
            buf_adds(out, value);
        } else if (tag.kind != '/' && closing_tag(&tag, end, &closing)) {
            if ((tag.kind == '?') == (*value != '\0'))
                render(out, tag.end, closing.begin, values);
            tag.end = closing.end;
        }
    }
    buf_add(out, at, (size_t)(end - at));
}

void template_render(struct buf *out, const char *text, const struct template_value *values)
{
    render(out, text, text + strlen(text), values);
}
