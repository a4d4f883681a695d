/* The listening socket: inherited from systemd or spawn-fcgi, or opened as the configuration says.
 */
#ifndef TERRACE_CGI_BIN_LISTENER_H
#define TERRACE_CGI_BIN_LISTENER_H

/* A socket that the parent process opened: systemd's first (LISTEN_FDS), or descriptor 0. -1 when
 * there is none. */
int listener_inherited(void);

/* `unix:/path`, `unix:/path,group=www-data` (mode 0660) or `host:port`. -1 (logged) on failure. A
 * socket file that nobody listens on any more is replaced. */
int listener_open(const char *address);

/* Removes the socket file of listener_open(); connections made before stay. */
void listener_unlink(const char *address);

#endif
