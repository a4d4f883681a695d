/* Identifiers: a type prefix and 16 random base58 characters, `ws-8tZ...` (api-2017.md 1.6).
 * Clients treat them as opaque. They are names, not secrets. */
#ifndef TERRACE_BASE_IDS_H
#define TERRACE_BASE_IDS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define IDS_TAIL 16

/* prefix with its dash: ids_new(arena, "ws-"). */
char *ids_new(struct arena *arena, const char *prefix);

/* len characters of [A-Za-z0-9], fit for secrets, NUL-terminated: out has len + 1 bytes. */
void ids_secret(char *out, size_t len);

#endif
