/* Times: what is understood comes out in the wire form, which is understood as itself. */
#include "fuzz/fuzz.h"

#include "base/clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char out[CLOCK_WIRE_SIZE], again[CLOCK_WIRE_SIZE];
    char *text = malloc(size + 1);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    bool parsed = clock_parse(text, out);
    MUST(parsed ? strlen(out) == 24 : out[0] == '\0');
    if (parsed) {
        MUST(clock_parse(out, again) && strcmp(out, again) == 0);
    }
    bool stored = clock_from_pg(text, out);
    MUST(stored ? strlen(out) == 24 : out[0] == '\0');
    if (stored) {
        MUST(clock_parse(out, again) && strcmp(out, again) == 0);
    }
    free(text);
    return 0;
}
