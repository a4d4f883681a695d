/* Who calls: see principal.h. The column is `token|kind|user|team|organization|run|admin|touch`. */
#include "auth/principal.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "crypto/crypto.h"

static const struct {
    const char *name;
    enum principal_kind kind;
} kinds[] = {
    {"user", PRINCIPAL_USER},
    {"team", PRINCIPAL_TEAM},
    {"organization", PRINCIPAL_ORGANIZATION},
    {"audit-trails", PRINCIPAL_AUDIT},
    {"run", PRINCIPAL_RUN},
    {"task", PRINCIPAL_TASK},
};

static enum principal_kind kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].kind;
    return PRINCIPAL_NOBODY;
}

void principal_parse(struct arena *arena, const char *auth, struct principal *out)
{
    enum { TOKEN, KIND, USER, TEAM, ORGANIZATION, RUN, ADMIN, TOUCH, FIELDS };
    const char *field[FIELDS];

    *out = (struct principal){
        .token_id = "", .user_id = "", .team_id = "", .organization_id = "", .run_id = ""};
    if (!auth)
        return;
    char *text = arena_strdup(arena, auth);
    size_t n = 0;
    for (char *bar; n < FIELDS; text = bar + 1) {
        field[n++] = text;
        bar = strchr(text, '|');
        if (!bar)
            break;
        *bar = '\0';
    }
    if (n < FIELDS)
        return;
    out->kind = kind_of(field[KIND]);
    out->token_id = field[TOKEN];
    out->user_id = field[USER];
    out->team_id = field[TEAM];
    out->organization_id = field[ORGANIZATION];
    out->run_id = field[RUN];
    out->is_site_admin = field[ADMIN][0] == 't';
    out->touch = field[TOUCH][0] == 't';
}

const char *principal_actor(const struct principal *principal)
{
    switch (principal->kind) {
    case PRINCIPAL_USER:
        return principal->user_id;
    case PRINCIPAL_TEAM:
        return principal->team_id;
    case PRINCIPAL_ORGANIZATION:
    case PRINCIPAL_AUDIT:
        return principal->organization_id;
    case PRINCIPAL_RUN:
    case PRINCIPAL_TASK:
        return principal->run_id;
    case PRINCIPAL_SCIM:
        return principal->token_id;
    case PRINCIPAL_NOBODY:
        break;
    }
    return "";
}

const char *principal_token_hash(struct arena *arena, const char *authorization)
{
    if (!authorization || strncasecmp(authorization, "bearer ", 7) != 0)
        return NULL;
    const char *token = authorization + 7;
    token += strspn(token, " ");
    size_t len = strcspn(token, " \t\r\n");
    if (len == 0 || token[len] != '\0')
        return NULL;
    char *hash = arena_alloc(arena, CRYPTO_SHA256_HEX);
    crypto_sha256_hex(token, len, hash);
    return hash;
}
