/* Percent-decoding, and the name=value lists of query strings and urlencoded forms. Strict: a
 * broken escape, a NUL and invalid UTF-8 are refused, so that text from here is always a C string
 * of UTF-8. */
#ifndef TERRACE_HTTP_HTTP_FORM_H
#define TERRACE_HTTP_HTTP_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "http/http_request.h"

/* Decodes len bytes into the arena; plus_is_space for queries and forms. NULL when refused. */
char *http_form_unescape(struct arena *arena, const char *text, size_t len, bool plus_is_space);

/* Splits on '&' and decodes; empty pieces are skipped. Pieces that are refused are
 * left out, and the result is false. */
bool http_form_decode(struct arena *arena, const char *text, size_t len,
                      const struct http_query_param **out, size_t *count);

#endif
