/* Armored keys: any text gives an id of 16 digits or a reason. */
#include "fuzz/fuzz.h"

#include "api/registry/gpg_armor.h"
#include "base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    char id[GPG_ARMOR_KEY_ID_SIZE] = "";
    const char *problem =
        gpg_armor_key_id(arena, arena_strndup(arena, (const char *)data, size), id);
    MUST(problem != NULL || (strlen(id) == 16 && strspn(id, "0123456789ABCDEF") == 16));
    arena_free(arena);
    return 0;
}
