/* Fills in the templates of web/pages; their syntax is in the head of tools/embed_web.py, which has
 * checked them. Sections of the same name do not nest. */
#ifndef TERRACE_API_PAGES_TEMPLATE_H
#define TERRACE_API_PAGES_TEMPLATE_H

struct buf;

struct template_value {
    const char *name;
    const char *text; /* NULL or "": no value */
};

/* values end with a row without a name. A name that no row has is empty. */
void template_render(struct buf *out, const char *text, const struct template_value *values);

/* Escaped for text and for quoted attributes. */
void template_escape(struct buf *out, const char *text);

#endif
