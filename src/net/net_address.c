/* Decides about addresses after they were resolved, so that no name and no way of writing a number
 * gets around it. */
#include "net/net_address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

struct range4 {
    uint32_t first; /* host byte order */
    int bits;
};

/* RFC 6890 and its successors: what is not reachable from everywhere, or has another meaning here.
 */
static const struct range4 special4[] = {
    {0x00000000, 8},  /* 0.0.0.0/8 "this network", which Linux takes for this host */
    {0x0a000000, 8},  /* 10.0.0.0/8 */
    {0x64400000, 10}, /* 100.64.0.0/10 shared by carriers */
    {0x7f000000, 8},  /* 127.0.0.0/8 */
    {0xa9fe0000, 16}, /* 169.254.0.0/16 link-local: metadata services live here */
    {0xac100000, 12}, /* 172.16.0.0/12 */
    {0xc0000000, 24}, /* 192.0.0.0/24 */
    {0xc0000200, 24}, /* 192.0.2.0/24 documentation */
    {0xc0a80000, 16}, /* 192.168.0.0/16 */
    {0xc6120000, 15}, /* 198.18.0.0/15 benchmarks */
    {0xc6336400, 24}, /* 198.51.100.0/24 documentation */
    {0xcb007100, 24}, /* 203.0.113.0/24 documentation */
    {0xe0000000, 4},  /* 224.0.0.0/4 multicast */
    {0xf0000000, 4},  /* 240.0.0.0/4 reserved, broadcast */
};

struct range6 {
    uint8_t first[16];
    int bits;
};

static const struct range6 special6[] = {
    {{0xfc}, 7},                    /* fc00::/7 unique local */
    {{0xfe, 0x80}, 10},             /* fe80::/10 link-local */
    {{0xfe, 0xc0}, 10},             /* fec0::/10 site-local, of old */
    {{0xff}, 8},                    /* ff00::/8 multicast */
    {{0x01, 0x00}, 64},             /* 100::/64 discard */
    {{0x20, 0x01, 0x00, 0x00}, 32}, /* 2001::/32 Teredo hides an IPv4 address */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* 2001:db8::/32 documentation */
};

/* Where an IPv6 address holds an IPv4 address, that one decides. */
struct embedding {
    uint8_t first[16];
    int bits;
    int at; /* byte */
};

static const struct embedding embeddings[] = {
    {{0}, 96, 12},                        /* ::/96, with :: and ::1 */
    {{[10] = 0xff, [11] = 0xff}, 96, 12}, /* ::ffff:0:0/96 mapped */
    {{[8] = 0xff, [9] = 0xff}, 96, 12},   /* ::ffff:0:0:0/96 translated */
    {{0x00, 0x64, 0xff, 0x9b}, 96, 12},   /* 64:ff9b::/96 NAT64 */
    {{0x20, 0x02}, 16, 2},                /* 2002::/16 6to4 */
};

static bool starts_with(const uint8_t *address, const uint8_t *first, int bits)
{
    int bytes = bits / 8, rest = bits % 8;
    if (memcmp(address, first, (size_t)bytes) != 0)
        return false;
    return rest == 0 || ((address[bytes] ^ first[bytes]) >> (8 - rest)) == 0;
}

static bool is_special4(uint32_t address)
{
    for (size_t i = 0; i < sizeof(special4) / sizeof(special4[0]); i++)
        if ((address ^ special4[i].first) >> (32 - special4[i].bits) == 0)
            return true;
    return false;
}

static bool is_special6(const uint8_t *address)
{
    /* 64:ff9b:1::/48 is NAT64 of one's own network. */
    static const uint8_t local_nat[16] = {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01};
    if (starts_with(address, local_nat, 48))
        return true;
    for (size_t i = 0; i < sizeof(special6) / sizeof(special6[0]); i++)
        if (starts_with(address, special6[i].first, special6[i].bits))
            return true;
    for (size_t i = 0; i < sizeof(embeddings) / sizeof(embeddings[0]); i++)
        if (starts_with(address, embeddings[i].first, embeddings[i].bits)) {
            const uint8_t *v4 = address + embeddings[i].at;
            return is_special4((uint32_t)v4[0] << 24 | (uint32_t)v4[1] << 16 |
                               (uint32_t)v4[2] << 8 | v4[3]);
        }
    return false;
}

static bool same_address(const struct sockaddr *a, const struct sockaddr *b)
{
    if (a->sa_family != b->sa_family)
        return false;
    if (a->sa_family == AF_INET)
        return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
               ((const struct sockaddr_in *)b)->sin_addr.s_addr;
    return a->sa_family == AF_INET6 &&
           memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
                  &((const struct sockaddr_in6 *)b)->sin6_addr, sizeof(struct in6_addr)) == 0;
}

static bool is_own(const struct sockaddr *address)
{
    struct ifaddrs *list;
    /* Who cannot know must assume the worst. */
    if (getifaddrs(&list) != 0)
        return true;
    bool own = false;
    for (const struct ifaddrs *i = list; i != NULL && !own; i = i->ifa_next)
        own = i->ifa_addr != NULL && same_address(i->ifa_addr, address);
    freeifaddrs(list);
    return own;
}

bool net_address_is_public(const struct sockaddr *address)
{
    bool special = true;
    if (address->sa_family == AF_INET)
        special = is_special4(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
    else if (address->sa_family == AF_INET6)
        special = is_special6(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
    return !special && !is_own(address);
}
