/* Semantic versions, as the registry takes them. */
#include "api/registry/registry_area.h"

#include "unit/unit.h"

TEST(versions)
{
    static const char *const good[] = {
        "0.0.0",
        "1.2.3",
        "10.20.30",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-0.3.7",
        "1.0.0-x-y.z",
        "1.0.0+20130313",
        "1.0.0-beta+exp.sha.5114f85",
        "1.0.0+001",
        "999999999999999999.0.0",
    };
    static const char *const bad[] = {
        "",       "1",         "1.2",       "v1.2.3",  "1.2.3.4",    "01.2.3",
        "1.02.3", "1.2.3-",    "1.2.3+",    "1.2.3-.", "1.2.3-a..b", "1.2.3-01",
        "1.2.3 ", "1.2.3-a_b", "1.2.3+b+c", "-1.2.3",  "1.2.x",      "9999999999999999999.0.0",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CHECK_STR(registry_area_check_version(NULL, good[i]), NULL);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(registry_area_check_version(NULL, bad[i]) != NULL);
}

UNIT_MAIN
