/* Checks of attribute values that more than one type needs. */
#include "api/checks.h"

#include <stddef.h>

#include "unit/unit.h"

typedef const char *value_check(struct context *context, const char *value);

static void check_all(value_check *accepts, const char *const *values, bool good)
{
    for (; *values != NULL; values++) {
        const char *problem = accepts(NULL, *values);
        if ((problem == NULL) != good)
            printf("# \"%s\": %s\n", *values, problem ? problem : "(accepted)");
        CHECK((problem == NULL) == good);
    }
}

#define GOOD(name, ...) check_all(name, (const char *const[]){__VA_ARGS__, NULL}, true)
#define BAD(name, ...) check_all(name, (const char *const[]){__VA_ARGS__, NULL}, false)

TEST(names)
{
    GOOD(check_name, "a", "A-b_9", "-", "");
    BAD(check_name, "a b", "a/b", "a.b", "\xc3\xa4", "a\n", "a%20b");
}

TEST(names_with_spaces_inside)
{
    GOOD(check_spaced_name, "a b", "a", "Team - 1");
    BAD(check_spaced_name, " a", "a ", " ", "a\tb", "a.b", "\xc3\xa4");
}

TEST(addresses)
{
    GOOD(check_email, "a@b", "a.b+c@example.com", "\xc3\xa4@example.com");
    BAD(check_email, "", "a", "@b", "a@", "a@@b", "a@b@c", "a b@c", "a@b,c", "a@.b", "<a@b>",
        "a@b\r\nBcc: c");
}

TEST(durations)
{
    GOOD(check_duration, "1d", "14d", "9999h", "0010d");
    BAD(check_duration, "", "d", "0d", "0000h", "10000d", "1", "1w", "1dd", "-1d", " 1d", "1d ",
        "1.5d");
}

TEST(versions_and_constraints)
{
    GOOD(check_terraform_version, "latest", "1", "1.5", "1.5.7", "v1.5.7", "~> 1.5",
         ">= 1.0, < 2.0.0", "~>1.5.0", "1.6.0-beta1", "1.6.0+ent", "!= 1.2.3", " 1.0 ");
    BAD(check_terraform_version, "", "x", "1.", "1.2.3.4", "1.2.x", ">= ", "~> 1.0,", ",1.0",
        "1.0 2.0", "1..2", "=> 1.0", "latest2", ">=>= 1.0");
}

UNIT_MAIN
