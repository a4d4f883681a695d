/* Reads an armored OpenPGP public key as far as its id (RFC 4880 sections 6.2, 4.2, 5.5, 12.2). */
#ifndef TERRACE_API_REGISTRY_GPG_ARMOR_H
#define TERRACE_API_REGISTRY_GPG_ARMOR_H

struct arena;

#define GPG_ARMOR_KEY_ID_SIZE 17

/* The id of the primary key, 16 upper-case hexadecimal digits. NULL when fine, else the end of a
 * sentence that begins with "Ascii armor". */
const char *gpg_armor_key_id(struct arena *arena, const char *armor,
                             char out[GPG_ARMOR_KEY_ID_SIZE]);

#endif
