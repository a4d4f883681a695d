/* What every kind of token is made of. Whoever adds another kind (agent pools) gives its routes
 * `.resource = &token_resource`: the hook makes the secret and puts its hash into the patch as
 * `secret_hash`, the answer shows it once, and `expired-at` is held to the column `latest_expiry`
 * of the load statement where there is one. Show and delete by id are here for all kinds. */
#ifndef TERRACE_API_TOKENS_TOKENS_H
#define TERRACE_API_TOKENS_TOKENS_H

#include "db/db.h"
#include "jsonapi/resource.h"

struct context;

/* A new secret in the request's arena; hash gets its SHA-256 (CRYPTO_SHA256_HEX bytes). */
const char *token_secret(struct context *context, char *hash);

/* Its attribute `token`: the secret, this once. */
attribute_render token_render_secret;

/* A token of a user, for pages and `login`. expiry is a time as the API writes it, or one of these.
 */
#define TOKEN_EXPIRY_DEFAULT ""
#define TOKEN_EXPIRY_NEVER NULL
enum db_status token_create_user(struct context *context, const char *user_id,
                                 const char *description, const char *expiry, const char **secret)
    __attribute__((warn_unused_result));

#endif
