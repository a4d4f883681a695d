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

/* state_extract.c: what a finished scan tells becomes rows. */

/* Makes the version final and current: attributes, outputs (unless it has some already, from
 * json-state-outputs) and the workspace's resources. False: recorded in the context. */
bool state_finalize(struct context *context, const char *id, const char *workspace,
                    const struct blob_info *blob, const struct state_summary *summary);
/* Outputs from a `json-state-outputs` object {name: {sensitive, value, type}}. */
bool state_outputs_from_json(struct context *context, const char *id,
                             const struct json_value *outputs);

#endif
