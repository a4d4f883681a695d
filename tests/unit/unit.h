/* The unit test harness. A test program is functions under TEST(name) and one UNIT_MAIN; it prints
 * TAP and exits 1 when anything failed. A name as argument, or T=name, runs that test alone. */
#ifndef TERRACE_TESTS_UNIT_H
#define TERRACE_TESTS_UNIT_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit_test {
    const char *name;
    void (*run)(void);
    struct unit_test *next;
};

static struct unit_test *unit_first;
static struct unit_test **unit_last = &unit_first;
static bool unit_failed; /* the test that runs now */

/* Tests register themselves before main, so that none can be forgotten in a list. */
#define TEST(test_name)                                                                            \
    static void test_name(void);                                                                   \
    __attribute__((constructor)) static void unit_register_##test_name(void)                       \
    {                                                                                              \
        static struct unit_test test = {.name = #test_name, .run = test_name};                     \
        *unit_last = &test;                                                                        \
        unit_last = &test.next;                                                                    \
    }                                                                                              \
    static void test_name(void)

static inline void unit_check(bool good, const char *file, int line, const char *what)
{
    if (good)
        return;
    unit_failed = true;
    printf("# %s:%d: failed: %s\n", file, line, what);
}

static inline void unit_check_str(const char *a, const char *b, const char *file, int line,
                                  const char *what)
{
    if (a == b || (a != NULL && b != NULL && strcmp(a, b) == 0))
        return;
    unit_failed = true;
    printf("# %s:%d: failed: %s\n#   left:  %s\n#   right: %s\n", file, line, what,
           a == NULL ? "(null)" : a, b == NULL ? "(null)" : b);
}

static inline void unit_check_int(intmax_t a, intmax_t b, const char *file, int line,
                                  const char *what)
{
    if (a == b)
        return;
    unit_failed = true;
    printf("# %s:%d: failed: %s (%" PRIdMAX " and %" PRIdMAX ")\n", file, line, what, a, b);
}

/* None of them ends the test: one run shows everything that is wrong. */
#define CHECK(expr) unit_check((expr), __FILE__, __LINE__, #expr)
#define CHECK_STR(a, b) unit_check_str((a), (b), __FILE__, __LINE__, #a " equals " #b)
#define CHECK_INT(a, b)                                                                            \
    unit_check_int((intmax_t)(a), (intmax_t)(b), __FILE__, __LINE__, #a " == " #b)

static inline int unit_run(const char *only)
{
    int count = 0, failures = 0;
    for (struct unit_test *test = unit_first; test != NULL; test = test->next) {
        if (only != NULL && strcmp(only, test->name) != 0)
            continue;
        unit_failed = false;
        test->run();
        printf("%sok %d - %s\n", unit_failed ? "not " : "", ++count, test->name);
        fflush(stdout);
        failures += unit_failed;
    }
    printf("1..%d\n", count);
    if (count == 0)
        fprintf(stderr, "no such test\n");
    return count == 0 || failures > 0;
}

#define UNIT_MAIN                                                                                  \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        return unit_run(argc > 1 ? argv[1] : getenv("T"));                                         \
    }

#endif
