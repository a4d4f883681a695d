/* Keeps workers running on one listening socket, and replaces them: after so many requests, after a
 * crash, and all of them when the configuration is read again. */
#ifndef TERRACE_CGI_BIN_MASTER_H
#define TERRACE_CGI_BIN_MASTER_H

#include "base/config.h"

struct master_options {
    const struct config *config;
    int listen_fd;
    const char *unlink_address; /* for listener_unlink() at the end; NULL: the socket is not ours */
};

/* Runs until SIGTERM or SIGINT. Returns the exit status. */
int master_run(const struct master_options *options);

/* One worker in this process, without a master: for a web server that manages processes itself. */
int master_run_single(const struct config *config, int listen_fd);

#endif
