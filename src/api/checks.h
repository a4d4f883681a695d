/* Checks of attribute values that more than one type needs. See attribute_check in
 * jsonapi/resource.h: NULL when fine, else the rest of a sentence. */
#ifndef TERRACE_API_CHECKS_H
#define TERRACE_API_CHECKS_H

struct context;

/* Letters, digits, `-`, `_` (api-2017.md 1.7). */
const char *check_name(struct context *context, const char *value);
/* The same and spaces inside: team and project names. */
const char *check_spaced_name(struct context *context, const char *value);
const char *check_email(struct context *context, const char *value);
/* A new password: characters of UTF-8 count. */
const char *check_password(const char *value);
/* `14d`, `3h` (today-workspaces.md 2.5). */
const char *check_duration(struct context *context, const char *value);
/* An exact version or a constraint (today-workspaces.md 2.2, terraform-version). */
const char *check_terraform_version(struct context *context, const char *value);

#endif
