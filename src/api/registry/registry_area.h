/* What the files of the private registry share (today-registry-vcs.md sections 1 to 5). Modules and
 * providers are rows; what they are made of comes by signed URL and is served by the protocols that
 * the CLI speaks. A public entry is a row without contents: nothing is ever fetched. */
#ifndef TERRACE_API_REGISTRY_REGISTRY_AREA_H
#define TERRACE_API_REGISTRY_REGISTRY_AREA_H

#include "jsonapi/resource.h"

/* registry_area.c */
/* A semantic version in full: 1.2.3-beta.1+build. */
attribute_check registry_area_check_version;
/* Makes the bindings of the document, if it has some, the only ones of this module or provider (the
 * other one is NULL). */
void registry_area_write_tags(struct context *context, const struct patch *patch,
                              const char *module, const char *provider);
/* Whether the row's mask, which says what `permissions` shows, has these bits. */
bool registry_area_may(const struct row *row, permission_mask need);

/* registry_module_upload.c */
route_handler registry_module_upload;
route_handler registry_module_archive;
const char *registry_module_upload_url(struct context *context, const char *id);
/* What X-Terraform-Get says: the CLI sees by its end that it is an archive. */
const char *registry_module_archive_url(struct context *context, const char *id);

/* registry_provider_files.c: of a version its sums and their signature, of a platform the zip. */
enum registry_file { REGISTRY_FILE_SHASUMS, REGISTRY_FILE_SHASUMS_SIG, REGISTRY_FILE_BINARY };
const char *registry_provider_files_url(struct context *context, enum registry_file file,
                                        const char *id);
/* Adds `name`-upload for who may upload and while the file is missing, else `name`-download. */
void registry_provider_files_link(struct context *context, struct json_writer *w,
                                  const struct row *row, enum registry_file file, bool there);
route_handler registry_provider_files_upload;
route_handler registry_provider_files_download;

#endif
