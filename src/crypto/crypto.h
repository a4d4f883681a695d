/* Everything secret: hashes of tokens and passwords, sealing at rest, signed URLs. The only folder
 * that knows libsodium (and libcrypto for MD5, which Terraform's protocol demands). */
#ifndef TERRACE_CRYPTO_CRYPTO_H
#define TERRACE_CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct keyring;

/* Must be called once a process, before anything else here. Aborts when libsodium can't start. */
void crypto_init(void);

/* --- Tokens: XXXXXXXXXXXXXX.atlasv1.<67 characters> (api-2017.md 1.2) --- */
#define CRYPTO_TOKEN_SIZE 91
#define CRYPTO_SHA256_HEX 65
#define CRYPTO_MD5_HEX 33
#define CRYPTO_SHA1_HEX 41
void crypto_token_new(char out[CRYPTO_TOKEN_SIZE]);
void crypto_sha256_hex(const void *bytes, size_t len, char out[CRYPTO_SHA256_HEX]);
void crypto_md5_hex(const void *bytes, size_t len, char out[CRYPTO_MD5_HEX]);
/* For fingerprints of OpenPGP keys, which are made of it. */
void crypto_sha1_hex(const void *bytes, size_t len, char out[CRYPTO_SHA1_HEX]);
bool crypto_equal(const char *a, const char *b); /* constant time for equal lengths */

/* Both hashes of a stream at once. */
struct crypto_digest;
struct crypto_digest *crypto_digest_new(struct arena *arena); /* freed with the arena */
void crypto_digest_add(struct crypto_digest *digest, const void *bytes, size_t len);
/* The same in a thread of its own, while the caller does other work: the bytes stay as they are
 * until the next call with this digest returns, or the arena goes. */
void crypto_digest_fork(struct crypto_digest *digest, const void *bytes, size_t len);
void crypto_digest_end(struct crypto_digest *digest, char sha256[CRYPTO_SHA256_HEX],
                       char md5[CRYPTO_MD5_HEX]);

/* --- Passwords: Argon2id in the PHC string form --- */
char *crypto_password_hash(struct arena *arena, const char *password, long memory_kib);
bool crypto_password_verify(const char *hash, const char *password);
/* Spends the time of one verification, so that an unknown user name takes as long as a wrong
 * password. */
void crypto_password_waste(long memory_kib, const char *password);

/* --- Keys: a file of lines `<key id> <64 hex digits>`, the last one seals, all of them open.
 * Mode 0600; a file that others can read is refused. --- */
struct keyring *keyring_load(const char *path, char *error, size_t error_size);
void keyring_free(struct keyring *keyring);
/* Creates the file with one key (fails if it exists), or appends a new sealing key; atomic, fsync.
 * Both return 0, or -1 and a message. */
int keyring_create(const char *path, char *error, size_t error_size);
int keyring_rotate(const char *path, char *error, size_t error_size);
/* Id of the key that seals now. */
const char *keyring_current(const struct keyring *keyring);

/* Sealed bytes: 1 version byte, key id length, key id, 24 byte nonce, XChaCha20-Poly1305 box. The
 * context (`var-abc`, `sv-abc/17`) is authenticated with it: a sealed value moved to another row
 * does not open. */
size_t crypto_sealed_size(const struct keyring *keyring, size_t len);
/* Returns bytes written into out (at least crypto_sealed_size). */
size_t crypto_seal(const struct keyring *keyring, const char *context, const void *bytes,
                   size_t len, void *out);
/* Returns the length, or -1 when the key is unknown or the box was touched. out has at least len
 * bytes of room. */
long crypto_open(const struct keyring *keyring, const char *context, const void *sealed, size_t len,
                 void *out);
/* The key id in front of sealed bytes, copied into out; false when it is no sealed value. */
bool crypto_sealed_key(const void *sealed, size_t len, char out[32]);
/* Text forms for text columns: base64 of the sealed bytes. crypto_open_text gives NULL on failure.
 */
char *crypto_seal_text(struct arena *arena, const struct keyring *keyring, const char *context,
                       const char *text);
char *crypto_open_text(struct arena *arena, const struct keyring *keyring, const char *context,
                       const char *sealed);

/* --- Signed URLs (DESIGN section 6): `<action>.<object id>.<expiry>.<signature>`, one path
 * segment, base64url. Nothing in it is random: a thing that is read twice reads the same. The
 * signing key is derived from the keyring, so every server of an installation accepts it, and a
 * rotated key still verifies. In action and id every character but letters, digits, - and _ is
 * written as ~XX. (Not crypto_sign: libsodium has that name.) --- */
char *crypto_sign_url(struct arena *arena, const struct keyring *keyring, const char *action,
                      const char *id, int64_t expires_at);
enum crypto_signature { CRYPTO_SIGNATURE_GOOD, CRYPTO_SIGNATURE_EXPIRED, CRYPTO_SIGNATURE_BAD };
/* id is set, in the arena, unless the signature is bad. */
enum crypto_signature crypto_verify_url(struct arena *arena, const struct keyring *keyring,
                                        const char *action, const char *token, int64_t now,
                                        const char **id);

/* --- Signing keys: a new RSA key as PEM, its id, and its public half as a JSON Web Key --- */
char *crypto_signing_key_new(struct arena *arena, const char **id, const char **jwk);
/* claims (a JSON object) as a JSON Web Token signed with RS256 (RFC 7515, 7519). NULL: key is no
 * private key in PEM. */
char *crypto_jwt(struct arena *arena, const char *key, const char *key_id, const char *claims);
/* The signature of text in standard base64 (RSASSA-PKCS1-v1_5 with SHA-256; SHA-1 for parties that
 * know nothing newer). NULL: key is no private RSA key in PEM. */
char *crypto_rsa_sign(struct arena *arena, const char *key, bool sha1, const char *text);

/* --- Encodings --- */
/* Standard base64, padding optional, no other characters than line breaks ignored; NULL when bad.
 */
void *crypto_base64_decode(struct arena *arena, const char *text, size_t text_len, size_t *len);
char *crypto_base64_encode(struct arena *arena, const void *bytes, size_t len);
char *crypto_base64url_encode(struct arena *arena, const void *bytes, size_t len); /* no padding */
/* base64url(SHA-256(text)) without padding: PKCE's S256 (RFC 7636 section 4.2). */
char *crypto_pkce_challenge(struct arena *arena, const char *verifier);
/* HMAC-SHA-256 in hex under a key derived from the keyring for this purpose (CSRF tokens). */
char *crypto_mac_hex(struct arena *arena, const struct keyring *keyring, const char *purpose,
                     const char *text);
/* HMAC-SHA-512 in hex under a key that somebody else knows too: signatures of what is sent out. */
char *crypto_hmac_sha512_hex(struct arena *arena, const char *key, const char *text);
/* HMAC-SHA-256 in hex: signatures of what VCS providers send. */
char *crypto_hmac_sha256_hex(struct arena *arena, const char *key, const void *bytes, size_t len);

#endif
