/* What the public and the private view of a user share. */
#ifndef TERRACE_API_ACCOUNT_ACCOUNT_H
#define TERRACE_API_ACCOUNT_ACCOUNT_H

struct context;
struct json_writer;
struct row;

void account_render_avatar(struct context *context, struct json_writer *w, const struct row *row);
/* today-access.md 13.7 */
void account_render_permissions(struct context *context, struct json_writer *w,
                                const struct row *row);

#endif
