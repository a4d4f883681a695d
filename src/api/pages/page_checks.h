/* What may come from outside into a page's answer: pure checks, for tests as much as for use. */
#ifndef TERRACE_API_PAGES_PAGE_CHECKS_H
#define TERRACE_API_PAGES_PAGE_CHECKS_H

#include <stdbool.h>

#define PAGE_CHECKS_NETWORK_SIZE 64

/* A place on this server to go back to after signing in: below /app, and the way
 * to and from a VCS provider below /auth. */
bool page_checks_return_to(const char *path);

/* Where `login` listens: http on this machine, a port of the range in the discovery document, a
 * plain path. Whatever else is asked for gets no code. */
bool page_checks_redirect_uri(const char *uri);

/* What one client is, for counting failures: an IPv4 address, or the /64 of an IPv6 one, because a
 * client has all of that. */
void page_checks_network(const char *address, char out[PAGE_CHECKS_NETWORK_SIZE]);

/* RFC 7636: 43 characters of base64url for a challenge, 43 to 128 unreserved ones for a verifier.
 */
bool page_checks_challenge(const char *text);
bool page_checks_verifier(const char *text);

#endif
