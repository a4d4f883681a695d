/* What users and teams show of SCIM: left out altogether unless SCIM is enabled, which the column
 * of the first attribute says by not being NULL (today-admin.md 7.5). */
#ifndef TERRACE_API_SCIM_SCIM_ATTRIBUTES_H
#define TERRACE_API_SCIM_SCIM_ATTRIBUTES_H

#include "jsonapi/resource.h"

#define SCIM_ATTRIBUTE(wire, kind_, marker, render_)                                               \
    {                                                                                              \
        (wire), (kind_), .flags = ATTRIBUTE_READ_ONLY | ATTRIBUTE_OMIT_NULL, .column = (marker),   \
                         .render = (render_)                                                       \
    }

attribute_render scim_render_group_name;
attribute_render scim_render_sync_paused;
attribute_render scim_render_username;
attribute_render scim_render_updated_at;

#endif
