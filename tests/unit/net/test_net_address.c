/* What counts as out in the world. */
#include "net/net_address.h"
#include "unit/unit.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

static bool is_public(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return net_address_is_public((const struct sockaddr *)&v4);
    CHECK_INT(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return net_address_is_public((const struct sockaddr *)&v6);
}

static void check_all(const char *const *list, bool expected)
{
    for (; *list != NULL; list++)
        if (is_public(*list) != expected) {
            printf("# %s\n", *list);
            CHECK(is_public(*list) == expected);
        }
}

TEST(addresses_of_the_world_are_public)
{
    static const char *const list[] = {"1.1.1.1",
                                       "9.255.255.255",
                                       "11.0.0.0",
                                       "100.63.255.255",
                                       "100.128.0.0",
                                       "126.255.255.255",
                                       "128.0.0.1",
                                       "169.253.255.255",
                                       "172.15.255.255",
                                       "172.32.0.0",
                                       "192.0.1.1",
                                       "192.167.255.255",
                                       "192.169.0.0",
                                       "198.17.255.255",
                                       "198.20.0.0",
                                       "223.255.255.255",
                                       "2606:4700:4700::1111",
                                       "2a00:1450:4001:82a::200e",
                                       "2001:4860:4860::8888",
                                       "::ffff:1.1.1.1",
                                       "64:ff9b::1.1.1.1",
                                       "2002:101:101::1",
                                       NULL};
    check_all(list, true);
}

TEST(loopback_private_and_special_addresses_are_not)
{
    static const char *const list[] = {
        "0.0.0.0",         "0.1.2.3",         "10.0.0.0",        "10.255.255.255",
        "100.64.0.0",      "100.127.255.255", "127.0.0.1",       "127.255.255.255",
        "169.254.169.254", "172.16.0.0",      "172.31.255.255",  "192.0.0.1",
        "192.0.2.1",       "192.168.0.0",     "192.168.255.255", "198.18.0.0",
        "198.19.255.255",  "198.51.100.7",    "203.0.113.7",     "224.0.0.1",
        "239.255.255.255", "240.0.0.1",       "255.255.255.255", NULL};
    check_all(list, false);
}

TEST(special_ipv6_addresses_are_not_either)
{
    static const char *const list[] = {
        "::",      "::1",    "fe80::1",     "febf::1", "fec0::1",      "fc00::1", "fd12::1",
        "ff02::1", "100::1", "2001:db8::1", "2001::1", "64:ff9b:1::1", NULL};
    check_all(list, false);
}

TEST(a_private_address_does_not_hide_in_an_ipv6_address)
{
    static const char *const list[] = {"::127.0.0.1",
                                       "::ffff:127.0.0.1",
                                       "::ffff:10.0.0.1",
                                       "::ffff:0:192.168.0.1",
                                       "64:ff9b::10.1.2.3",
                                       "2002:7f00:1::1",
                                       "2002:a00:1::",
                                       "2002:c0a8:101::7",
                                       "::ffff:0.0.0.0",
                                       "::ffff:169.254.1.1",
                                       NULL};
    check_all(list, false);
}

TEST(an_address_of_this_host_is_not_public)
{
    struct ifaddrs *list = NULL;
    CHECK_INT(getifaddrs(&list), 0);
    for (const struct ifaddrs *i = list; i != NULL; i = i->ifa_next)
        if (i->ifa_addr != NULL)
            CHECK(!net_address_is_public(i->ifa_addr));
    freeifaddrs(list);
}

TEST(another_family_is_not_public)
{
    struct sockaddr address = {.sa_family = AF_UNIX};
    CHECK(!net_address_is_public(&address));
}

UNIT_MAIN
