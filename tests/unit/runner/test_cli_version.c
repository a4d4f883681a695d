/* Versions and constraints. */
#include "runner/cli_version.h"
#include "unit/unit.h"

TEST(one_version)
{
    CHECK(cli_version_is_one("1.5.7") && cli_version_is_one("1.12.0-rc1"));
    CHECK(!cli_version_is_one("") && !cli_version_is_one("latest") && !cli_version_is_one("~> 1"));
    CHECK(!cli_version_is_one("1/../..") && !cli_version_is_one(".."));
}

TEST(order)
{
    CHECK(cli_version_compare("1.9.0", "1.10.0") < 0);
    CHECK(cli_version_compare("1.10", "1.10.0") == 0);
    CHECK(cli_version_compare("2.0.0", "1.99.99") > 0);
    CHECK(cli_version_compare("1.0.0-rc1", "1.0.0") < 0);
    CHECK(cli_version_compare("1.0.0-rc2", "1.0.0-rc1") > 0);
}

TEST(constraints)
{
    static const struct {
        const char *version, *wish;
        bool good;
    } cases[] = {
        {"1.5.7", "1.5.7", true},
        {"1.5.7", "latest", true},
        {"1.5.7-rc1", "latest", false},
        {"1.5.7-rc1", "1.5.7-rc1", true},
        {"1.5.7", "= 1.5.7", true},
        {"1.5.7", "!= 1.5.7", false},
        {"1.5.8", "!= 1.5.7", true},
        {"1.5.7", "~> 1.5.0", true},
        {"1.6.0", "~> 1.5.0", false},
        {"1.5.7", "~> 1.5.8", false},
        {"1.9.0", "~> 1.5", true},
        {"2.0.0", "~> 1.5", false},
        {"1.9.0", "~>1", true},
        {"1.5.7", ">= 1.2, < 1.6", true},
        {"1.6.0", ">= 1.2, < 1.6", false},
        {"1.6.0", ">1.5.9,<=1.6.0", true},
        {"1.5.7", "", false},
        {"1.5.7", "nonsense", false},
        {"1.5.7", ">= 1.0,", false},
        {"1.5.7", "=> 1.0", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (cli_version_satisfies(cases[i].version, cases[i].wish) != cases[i].good) {
            printf("# %s, %s\n", cases[i].version, cases[i].wish);
            CHECK(false);
        }
}

UNIT_MAIN
