/* What the files of the state area share. State is sacred (DESIGN section 7): a version is
 * acknowledged only after commit; serial, lineage, MD5 and lock are checked in one transaction
 * under the workspace's row lock; bytes are kept exactly as received. */
#ifndef TERRACE_API_STATES_STATES_H
#define TERRACE_API_STATES_STATES_H

#include <stdbool.h>

#include "blob/blob.h"
#include "jsonapi/resource.h"
#include "terraform/state_scan.h"

/* state_write.c */
route_handler state_version_create;
route_handler state_version_rollback;

/* state_backing_data.c */
route_handler state_soft_delete;
route_handler state_restore;
route_handler state_permanently_delete;

/* state_object.c: uploads and downloads by signed URL. */
route_handler state_upload;
route_handler state_upload_json;
route_handler state_download;
route_handler state_download_json;

enum state_object {
    STATE_OBJECT_UPLOAD,
    STATE_OBJECT_UPLOAD_JSON,
    STATE_OBJECT_DOWNLOAD,
    STATE_OBJECT_DOWNLOAD_JSON
};
/* An absolute URL for one action on one state version (api/objects.h). */
const char *state_object_url(struct context *context, enum state_object object, const char *id);

/* --- What a finished scan tells becomes rows. --- */

/* All of it as the statements take it. */
struct state_facts {
    const struct state_summary *summary;
    const char *format;                          /* the state's `version` */
    const char *modules, *providers, *resources; /* JSON of these attributes */
    const char *resource_count;
    const char *resources_digest; /* changes when workspace_resources must */
    const char *outputs;          /* rows of state_version_outputs as JSON */
};
void state_extract(struct context *context, const struct state_summary *summary,
                   struct state_facts *out);
/* The rows of a `json-state-outputs` object {name: {sensitive, value, type}}. */
const char *state_outputs(struct context *context, const struct json_value *outputs);

/* Makes a pending version final and current. known_digest is what the workspace's resources were
 * made from, read under its row lock. False: recorded in the context. */
bool state_finalize(struct context *context, const char *id, const char *workspace,
                    const struct blob_info *blob, const struct state_facts *facts,
                    const char *known_digest);

/* state_resources.c */
const char *state_resources_digest(struct arena *arena, const struct state_summary *summary);
/* Brings workspace_resources to what the state has, unless its digest says that they are alike. */
bool state_resources_merge(struct context *context, const char *id, const char *workspace,
                           const struct state_facts *facts, const char *known_digest);

const char *state_short_module(struct arena *arena, const char *module);
const char *state_short_provider(struct arena *arena, const char *provider);
bool state_is_managed(const struct state_resource *r);

#endif
