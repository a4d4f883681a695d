/* What the fuzz targets share. A target is one function that must survive any bytes; what it claims
 * beyond that it says with MUST, which also works with assertions compiled out. */
#ifndef TERRACE_TESTS_FUZZ_H
#define TERRACE_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(expr)                                                                                 \
    do {                                                                                           \
        if (!(expr)) {                                                                             \
            fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #expr);                  \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
