/* See page_checks.h. */
#include "api/pages/page_checks.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As in the discovery document (src/api/system/discovery.c). */
#define PORT_FIRST 10000
#define PORT_LAST 10010

#define MAX_LENGTH 2048

bool page_checks_return_to(const char *path)
{
    bool is_page = strncmp(path, "/app", 4) == 0 && strchr("/?", path[4]);

    if ((!is_page && strncmp(path, "/auth/", 6) != 0) || strlen(path) > MAX_LENGTH)
        return false;
    for (const char *c = path; *c; c++)
        if (*c == '\\' || (unsigned char)*c <= ' ' || (unsigned char)*c >= 127)
            return false;
    return true;
}

bool page_checks_redirect_uri(const char *uri)
{
    static const char *const hosts[] = {"http://localhost:", "http://127.0.0.1:"};
    const char *at = NULL;

    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        if (strncmp(uri, hosts[i], strlen(hosts[i])) == 0)
            at = uri + strlen(hosts[i]);
    if (!at || strlen(uri) > MAX_LENGTH)
        return false;
    size_t digits = strspn(at, "0123456789");
    long port = digits == 5 ? strtol(at, NULL, 10) : 0;
    at += digits;
    if (port < PORT_FIRST || port > PORT_LAST || *at != '/')
        return false;
    for (; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("/-_.~", *at))
            return false;
    return true;
}

void page_checks_network(const char *address, char out[PAGE_CHECKS_NETWORK_SIZE])
{
    unsigned char v6[16];

    if (inet_pton(AF_INET6, address, v6) != 1) {
        snprintf(out, PAGE_CHECKS_NETWORK_SIZE, "%.45s", address);
        return;
    }
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (memcmp(v6, mapped, sizeof mapped) == 0) {
        snprintf(out, PAGE_CHECKS_NETWORK_SIZE, "%u.%u.%u.%u", v6[12], v6[13], v6[14], v6[15]);
        return;
    }
    memset(v6 + 8, 0, 8);
    char text[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, v6, text, sizeof text);
    snprintf(out, PAGE_CHECKS_NETWORK_SIZE, "%s/64", text);
}

static bool is_made_of(const char *text, size_t min, size_t max, const char *others)
{
    size_t len = 0;
    for (; text[len]; len++)
        if (!isalnum((unsigned char)text[len]) && !strchr(others, text[len]))
            return false;
    return len >= min && len <= max;
}

bool page_checks_challenge(const char *text)
{
    return is_made_of(text, 43, 43, "-_");
}

bool page_checks_verifier(const char *text)
{
    return is_made_of(text, 43, 128, "-._~");
}
