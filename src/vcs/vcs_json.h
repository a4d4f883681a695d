/* Members of a provider's documents by path: "commits.0.id". */
#ifndef TERRACE_VCS_VCS_JSON_H
#define TERRACE_VCS_VCS_JSON_H

struct json_value;

/* NULL: not there. */
const struct json_value *vcs_json_at(const struct json_value *value, const char *path);
/* A text that is not empty, else NULL. */
const char *vcs_json_text(const struct json_value *value, const char *path);

#endif
