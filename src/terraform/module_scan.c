/* See module_scan.h: the blocks that a module is made of, and which of their attributes are told.
 */
#include "terraform/module_scan.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "terraform/hcl.h"

/* What keeping a text costs beside its bytes, and how many copies of those there may be. */
#define TEXT_COST 512
#define COPIES 4

struct module_scan {
    struct arena *arena;
    size_t *budget;
    struct module_facts facts;
};

static bool is(struct hcl_text text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

/* --- Items --- */

/* Whether a text may be looked at closely: it is paid for then. */
static bool afford(struct module_scan *scan, struct hcl_text text)
{
    size_t cost = TEXT_COST + COPIES * text.len;

    if (text.len > MODULE_SCAN_MAX_TEXT || cost > *scan->budget) {
        scan->facts.truncated = true;
        return false;
    }
    *scan->budget -= cost;
    return true;
}

static const char *copy(struct module_scan *scan, struct hcl_text text)
{
    return arena_strndup(scan->arena, text.at, text.len);
}

/* NULL when there are enough. */
static struct module_item *add_item(struct module_scan *scan, struct module_items *items,
                                    struct hcl_text name)
{
    bool providers = items == &scan->facts.providers;

    if (items->count == (providers ? MODULE_SCAN_MAX_PROVIDERS : MODULE_SCAN_MAX_ITEMS)) {
        scan->facts.truncated = true;
        return NULL;
    }
    if (!afford(scan, name))
        return NULL;
    if (items->count == items->cap) {
        size_t cap = items->cap ? items->cap * 2 : 8;
        items->items = arena_resize(scan->arena, items->items, items->cap * sizeof *items->items,
                                    cap * sizeof *items->items);
        items->cap = cap;
    }
    struct module_item *item = &items->items[items->count++];
    *item = (struct module_item){.name = copy(scan, name)};
    return item;
}

static struct module_item *provider_named(struct module_scan *scan, struct hcl_text name)
{
    struct module_items *all = &scan->facts.providers;
    for (size_t i = 0; i < all->count; i++)
        if (is(name, all->items[i].name))
            return &all->items[i];
    return add_item(scan, all, name);
}

/* --- Values --- */

/* What a string says; an expression is told as it stands. */
static const char *text_of(struct module_scan *scan, struct hcl_text expression)
{
    if (!afford(scan, expression))
        return NULL;
    const char *text = hcl_string(scan->arena, expression);
    return text ? text : copy(scan, expression);
}

/* A type on one line. */
static const char *type_of(struct module_scan *scan, struct hcl_text expression)
{
    struct buf out;

    if (!afford(scan, expression))
        return NULL;
    buf_init(&out, scan->arena);
    for (size_t i = 0; i < expression.len; i++)
        if (!strchr(" \t\r\n", expression.at[i]))
            buf_addc(&out, expression.at[i]);
        else if (out.len > 0 && out.data[out.len - 1] != ' ')
            buf_addc(&out, ' ');
    return buf_str(&out);
}

static const char *initial_of(struct module_scan *scan, struct hcl_text expression)
{
    struct buf out;

    if (!afford(scan, expression))
        return NULL;
    buf_init(&out, scan->arena);
    return hcl_json(expression, &out) ? buf_str(&out) : copy(scan, expression);
}

static void set_type(struct module_scan *scan, struct module_item *item, struct hcl_text expression)
{
    item->type = type_of(scan, expression);
    if (item->type && afford(scan, expression))
        item->constraint = copy(scan, expression);
}

static void set(struct module_scan *scan, struct module_item *item, struct hcl_text name,
                struct hcl_text value)
{
    if (is(name, "description"))
        item->description = text_of(scan, value);
    else if (is(name, "type"))
        set_type(scan, item, value);
    else if (is(name, "default"))
        item->initial = initial_of(scan, value);
    else if (is(name, "source"))
        item->source = text_of(scan, value);
    else if (is(name, "version"))
        item->version = text_of(scan, value);
    else if (is(name, "sensitive"))
        item->sensitive = is(value, "true");
    else if (is(name, "ephemeral"))
        item->ephemeral = is(value, "true");
}

/* --- Blocks: each function stands behind the block's opening brace and goes behind the closing
 * one; false when it is not found. --- */

/* name = value, one at a time; a block inside is somebody else's. */
static bool read_attributes(struct module_scan *scan, struct hcl *c, struct module_item *item,
                            void (*attribute)(struct module_scan *scan, struct module_item *item,
                                              struct hcl_text name, struct hcl_text value),
                            bool (*block)(struct module_scan *scan, struct hcl *c,
                                          struct hcl_text name))
{
    struct hcl_text name, value, label;

    for (;;) {
        hcl_skip_space(c, true);
        if (hcl_take(c, '}'))
            return true;
        if (!hcl_label(c, &name))
            return false;
        hcl_skip_space(c, false);
        if (hcl_take(c, '=') || hcl_take(c, ':')) {
            if (!hcl_expression(c, &value))
                return false;
            if (attribute)
                attribute(scan, item, name, value);
            hcl_take(c, ',');
            continue;
        }
        while (hcl_label(c, &label))
            hcl_skip_space(c, false);
        if (!hcl_take(c, '{') || !(block ? block(scan, c, name) : hcl_skip_block(c)))
            return false;
    }
}

static bool read_item(struct module_scan *scan, struct hcl *c, struct module_item *item)
{
    return item ? read_attributes(scan, c, item, set, NULL) : hcl_skip_block(c);
}

/* `aws = "~> 5.0"`, the way of before 0.13, or `aws = { source = ..., version = ... }`. */
static void require_provider(struct module_scan *scan, struct module_item *unused,
                             struct hcl_text name, struct hcl_text value)
{
    struct module_item *item = provider_named(scan, name);
    struct hcl c = {value.at, value.at + value.len};

    (void)unused;
    if (!item)
        return;
    if (hcl_take(&c, '{'))
        (void)read_item(scan, &c, item);
    else
        item->version = text_of(scan, value);
}

static bool read_settings(struct module_scan *scan, struct hcl *c, struct hcl_text name)
{
    return is(name, "required_providers") ? read_attributes(scan, c, NULL, require_provider, NULL)
                                          : hcl_skip_block(c);
}

/* A configured provider; of its settings only the version that it asks for is told. */
static bool read_provider(struct module_scan *scan, struct hcl *c, struct hcl_text name)
{
    struct module_item *item = provider_named(scan, name);
    struct module_item own = {0};

    if (!read_attributes(scan, c, &own, set, NULL))
        return false;
    if (item && own.version && !item->version)
        item->version = own.version;
    return true;
}

static bool read_resource(struct module_scan *scan, struct hcl *c, struct hcl_text type,
                          struct hcl_text name)
{
    struct module_item *item = add_item(scan, &scan->facts.resources, name);

    if (item && afford(scan, type))
        item->type = copy(scan, type);
    return hcl_skip_block(c);
}

static bool read_block(struct module_scan *scan, struct hcl *c, struct hcl_text type,
                       const struct hcl_text labels[2], size_t count)
{
    struct module_facts *facts = &scan->facts;

    if (is(type, "variable") && count == 1)
        return read_item(scan, c, add_item(scan, &facts->inputs, labels[0]));
    if (is(type, "output") && count == 1)
        return read_item(scan, c, add_item(scan, &facts->outputs, labels[0]));
    if (is(type, "module") && count == 1)
        return read_item(scan, c, add_item(scan, &facts->calls, labels[0]));
    if (is(type, "provider") && count == 1)
        return read_provider(scan, c, labels[0]);
    if (is(type, "resource") && count == 2)
        return read_resource(scan, c, labels[0], labels[1]);
    if (is(type, "terraform") && count == 0)
        return read_attributes(scan, c, NULL, NULL, read_settings);
    return hcl_skip_block(c);
}

struct module_scan *module_scan_new(struct arena *arena, size_t *budget)
{
    struct module_scan *scan = arena_alloc(arena, sizeof *scan);
    scan->arena = arena;
    scan->budget = budget;
    return scan;
}

void module_scan_file(struct module_scan *scan, const char *text, size_t len)
{
    struct hcl c = {text, text + len};
    struct hcl_text type, labels[2], label;

    for (;;) {
        size_t count = 0;
        hcl_skip_space(&c, true);
        if (!hcl_identifier(&c, &type))
            return;
        hcl_skip_space(&c, false);
        while (hcl_label(&c, &label)) {
            if (count < 2)
                labels[count] = label;
            count++;
            hcl_skip_space(&c, false);
        }
        if (!hcl_take(&c, '{') || !read_block(scan, &c, type, labels, count))
            return;
    }
}

const struct module_facts *module_scan_end(struct module_scan *scan)
{
    return &scan->facts;
}
