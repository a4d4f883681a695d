/* What the files of the configuration area share: a version is made, gets its bytes by a signed
 * URL, and keeps them until it is archived (today-runs.md section 11). */
#ifndef TERRACE_API_CONFIGURATIONS_CONFIGURATIONS_H
#define TERRACE_API_CONFIGURATIONS_CONFIGURATIONS_H

#include "jsonapi/resource.h"

/* configuration_upload.c */
route_handler configuration_upload;
const char *configuration_upload_url(struct context *context, const char *id);

/* configuration_actions.c */
route_handler configuration_download;
route_handler configuration_archive;
route_handler configuration_soft_delete;
route_handler configuration_restore;
route_handler configuration_permanently_delete;

#endif
