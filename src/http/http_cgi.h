/* Plain CGI: one request in the environment and on standard input, the reply on standard output. */
#ifndef TERRACE_HTTP_HTTP_CGI_H
#define TERRACE_HTTP_HTTP_CGI_H

#include "http/http_request.h"

struct http_io *http_cgi_io(void);

#endif
