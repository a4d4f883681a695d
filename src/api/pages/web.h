/* The files of web/ inside the program: made by tools/embed_web.py. */
#ifndef TERRACE_API_PAGES_WEB_H
#define TERRACE_API_PAGES_WEB_H

#include <stddef.h>

#include "api/pages/web_files.h" /* generated: enum web_template */

struct web_asset {
    const char *name;
    const char *type;
    size_t len;
    const char *bytes;
};

extern const char *const web_templates[];
extern const struct web_asset web_assets[]; /* ends with an all-zero row */
extern const char web_version[];            /* changes with the assets */

#endif
