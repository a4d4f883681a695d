/* Names of the permission bits. That SQL has the same ones in the same order is tests/sql's. */
#include "auth/permission.h"

#include "unit/unit.h"

TEST(names_by_bit)
{
    CHECK_STR(permission_name(PERMISSION_BIT_READ), "read");
    CHECK_STR(permission_name(PERMISSION_BIT_STATE_READ), "state-read");
    CHECK_STR(permission_name(PERMISSION_COUNT), NULL);
}

TEST(every_bit_has_a_name_of_its_own)
{
    for (int i = 0; i < PERMISSION_COUNT; i++) {
        CHECK(permission_name((enum permission_bit)i) != NULL);
        for (int k = 0; k < i; k++)
            CHECK(strcmp(permission_name((enum permission_bit)i),
                         permission_name((enum permission_bit)k)) != 0);
    }
}

TEST(masks_are_single_bits)
{
    CHECK(PERMISSION_MASK(READ) == 1);
    CHECK_INT(__builtin_popcountll(PERMISSION_MASK(ORG_OWNER)), 1);
    CHECK((PERMISSION_MASK(ORG_OWNER) & PERMISSION_REFUSED) == 0);
}

UNIT_MAIN
