/* What the front needs from the program behind it. Each worker makes its own after the fork,
 * because neither a database connection nor a random state may be shared between processes. */
#ifndef TERRACE_CGI_BIN_APPLICATION_H
#define TERRACE_CGI_BIN_APPLICATION_H

#include "base/config.h"
#include "http/http_server.h"

/* Once in the master, before any worker: what all of them share. */
void application_share(void);

/* NULL (logged) when it cannot work. */
struct http_application *application_new(const struct config *config);
void application_free(struct http_application *application);

/* One line a route, for `terrace.fcgi --routes`. */
void application_print_routes(void);
/* The API reference as Markdown, for `terrace.fcgi --reference`. */
void application_print_reference(void);

#endif
