/* Times on the wire: `2017-11-29T19:56:15.205Z`, always UTC, always milliseconds and a literal Z
 * (gotfe-protocol.md section 3, Times). */
#ifndef TERRACE_BASE_CLOCK_H
#define TERRACE_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_WIRE_SIZE 32

/* Seconds since 1970, and a monotonic millisecond count for measuring. */
int64_t clock_now(void);
int64_t clock_monotonic_ms(void);

/* Turns PostgreSQL's ISO text (`2026-11-24 19:52:29.123456+00`, session time zone UTC) into the
 * wire form. Returns false, with an empty string in out, for anything else. */
bool clock_from_pg(const char *text, char out[CLOCK_WIRE_SIZE]);

/* Accepts RFC 3339 / ISO 8601 with Z or an offset, fractions optional, and gives the wire form.
 * Returns false for what is not a time (2026-02-30 included). */
bool clock_parse(const char *text, char out[CLOCK_WIRE_SIZE]);

/* Seconds since 1970 in the wire form. Wire forms sort as times do. */
void clock_wire(int64_t seconds, char out[CLOCK_WIRE_SIZE]);

/* HTTP's dates (RFC 9110 section 5.6.7), `Wed, 25 Nov 2026 07:28:00 GMT`, in seconds since 1970.
 * Parsing knows this form alone, not the two obsolete ones, and gives -1 for all else. */
#define CLOCK_HTTP_SIZE 32
void clock_http(int64_t seconds, char out[CLOCK_HTTP_SIZE]);
int64_t clock_http_parse(const char *text);

#endif
