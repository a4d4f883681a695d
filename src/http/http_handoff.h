/* Connections that one worker gives to another over a socket pair of all of them. */
#ifndef TERRACE_HTTP_HTTP_HANDOFF_H
#define TERRACE_HTTP_HTTP_HANDOFF_H

#include <stdbool.h>

/* Neither waits. The sender still has its descriptor afterwards; the receiver gets one of its own,
 * or -1 when there is none. */
bool http_handoff_send(int socket, int fd);
int http_handoff_receive(int socket);

#endif
