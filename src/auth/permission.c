/* Names of the permission bits: see permission.h. */
#include "auth/permission.h"

#include <stddef.h>

static const char *const names[] = {
#define PERMISSION_NAME(name, sql) sql,
    PERMISSIONS(PERMISSION_NAME)
#undef PERMISSION_NAME
};

const char *permission_name(enum permission_bit bit)
{
    return bit < PERMISSION_COUNT ? names[bit] : NULL;
}
