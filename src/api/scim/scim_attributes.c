/* See scim_attributes.h. */
#include "api/scim/scim_attributes.h"

#include "base/clock.h"

void scim_render_group_name(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)context;
    json_string(w, row_get(row, "scim_group_name"));
}

void scim_render_username(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)context;
    json_string(w, row_get(row, "scim_username"));
}

void scim_render_sync_paused(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)context;
    if (row_get(row, "scim_sync_paused"))
        json_bool(w, rows_bool(row->rows, row->index, "scim_sync_paused"));
    else
        json_null(w);
}

void scim_render_updated_at(struct context *context, struct json_writer *w, const struct row *row)
{
    char wire[CLOCK_WIRE_SIZE];
    const char *cell = row_get(row, "scim_updated_at");

    (void)context;
    json_string(w, cell && clock_from_pg(cell, wire) ? wire : NULL);
}
