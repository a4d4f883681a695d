/* Which addresses are out in the world: a URL that a user gives must not make the server call
 * itself or the network behind it. */
#ifndef TERRACE_NET_NET_ADDRESS_H
#define TERRACE_NET_NET_ADDRESS_H

#include <stdbool.h>

struct sockaddr;

/* False for loopback, link-local, private (RFC 1918, shared, ULA), multicast, reserved and
 * unspecified addresses, for IPv6 addresses that hold such an IPv4 address, for addresses of this
 * host, and for families other than IPv4 and IPv6. */
bool net_address_is_public(const struct sockaddr *address);

#endif
