/* The scanner of modules: it survives any text, keeps within its budget, gives clean texts, and
 * what it calls JSON is JSON. */
#include "fuzz/fuzz.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "json/json_reader.h"
#include "terraform/hcl.h"
#include "terraform/module_scan.h"

static void clean_text(const char *text)
{
    MUST(text == NULL || utf8_valid(text, strlen(text)));
}

static void clean(const struct module_items *items)
{
    MUST(items->count <= MODULE_SCAN_MAX_ITEMS);
    for (size_t i = 0; i < items->count; i++) {
        const struct module_item *item = &items->items[i];
        MUST(item->name != NULL);
        clean_text(item->name);
        clean_text(item->type);
        clean_text(item->description);
        clean_text(item->source);
        clean_text(item->version);
        clean_text(item->initial);
    }
}

static void value_is_json(struct arena *arena, const char *text, size_t size)
{
    struct buf out;
    const char *reason;

    buf_init(&out, arena);
    /* The reader has a limit of its own for numbers. */
    if (hcl_json((struct hcl_text){text, size}, &out))
        MUST(json_read(arena, buf_str(&out), out.len, 64, &reason) != NULL ||
             strcmp(reason, "a number is out of range") == 0 ||
             strcmp(reason, "a number is too long") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    size_t budget = 1024 * 1024;

    if (!utf8_valid(text, size) || memchr(text, '\0', size))
        return 0;
    struct arena *arena = arena_new();
    struct module_scan *scan = module_scan_new(arena, &budget);
    module_scan_file(scan, text, size);
    const struct module_facts *facts = module_scan_end(scan);
    MUST(budget <= 1024 * 1024);
    clean(&facts->inputs);
    clean(&facts->outputs);
    clean(&facts->calls);
    clean(&facts->resources);
    clean(&facts->providers);
    value_is_json(arena, text, size);
    arena_free(arena);
    return 0;
}
