/* What the files of the site administration share. Everything here is for a user token of a site
 * administrator; a load statement gives everybody else no scope, which is a 404. */
#ifndef TERRACE_API_ADMIN_ADMIN_H
#define TERRACE_API_ADMIN_ADMIN_H

struct context;
struct json_writer;
struct patch;
struct row;

/* Writes `""`: a secret is never shown. */
void admin_render_secret(struct context *context, struct json_writer *w, const struct row *row);

/* Seals the attribute of a document, when it is there, as the secret `<id>/<attribute>`; "" and
 * null remove it. */
void admin_seal(struct context *context, const struct patch *patch, const char *id,
                const char *attribute);

/* A check of an attribute: `24h`, `1h30m`. */
const char *admin_check_timeout(struct context *context, const char *value);

/* Whether a boolean of the document is given and true, given and false, or as it is stored. */
enum admin_flag { ADMIN_ABSENT, ADMIN_FALSE, ADMIN_TRUE };
enum admin_flag admin_flag(const struct patch *patch, const char *attribute);

#endif
