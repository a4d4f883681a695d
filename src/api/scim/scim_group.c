/* SCIM groups. A change of members reaches the teams that are linked to the group, and the site's
 * administrators where this is their group, before it is answered. */
#include "api/scim/scim_resources.h"

#include <string.h>
#include <strings.h>

#include "api/scim/scim.h"
#include "base/arena.h"
#include "base/ids.h"
#include "json/json_reader.h"

#define MAX_TEXT 255

static void write_group(struct scim *scim, const struct rows *rows, size_t row)
{
    json_member_string(&scim->w, "displayName", rows_get(rows, row, "display_name"));
    if (scim_wanted(scim, "members"))
        json_member_raw(&scim->w, "members", rows_get(rows, row, "members"));
}

static const struct scim_kind kind = {SCIM_GROUP, "Group", "/Groups", write_group};

static const char *id_of(const struct scim *scim)
{
    return context_param(scim->context, 0);
}

/* --- Members --- */

/* [{"value": "user-1"}] as a text[] literal; NULL when it is something else (recorded). */
static const char *member_ids(struct scim *scim, const struct json_value *value)
{
    bool array = value && json_kind(value) == JSON_ARRAY;
    size_t count = array ? json_length(value) : 1;
    const char **ids = arena_alloc(scim->context->arena, (count + 1) * sizeof *ids);

    for (size_t i = 0; i < count; i++) {
        const struct json_value *member = array ? json_at(value, i) : value;
        ids[i] = json_text(member) ? json_text(member) : json_text(json_get(member, "value"));
        if (!ids[i]) {
            scim_fail(scim, 400, "invalidValue", "members is an array of objects with a value");
            return NULL;
        }
    }
    return db_array(scim->context->arena, ids, count);
}

static bool add_members(struct scim *scim, const char *group, const char *ids)
{
    struct rows *unknown = NULL;

    if (!ids || !SCIM_QUERY(scim, STATEMENT_SCIM_MEMBER_UNKNOWN, &unknown, ids))
        return false;
    if (rows_count(unknown) > 0) {
        scim_fail(scim, 400, "invalidValue", "There is no user %s", rows_get(unknown, 0, "id"));
        return false;
    }
    return SCIM_QUERY(scim, STATEMENT_SCIM_MEMBER_ADD, NULL, group, ids);
}

/* ids NULL: all of them. */
static bool remove_members(struct scim *scim, const char *group, const char *ids)
{
    return SCIM_QUERY(scim, STATEMENT_SCIM_MEMBER_REMOVE, NULL, group, ids);
}

static void set_members(struct scim *scim, const char *group, const struct json_value *value)
{
    if (remove_members(scim, group, NULL) && value && json_kind(value) != JSON_NULL)
        (void)add_members(scim, group, member_ids(scim, value));
}

/* --- Names --- */

/* A text; NULL when there is none, or it is something else (recorded). */
static const char *text_of(struct scim *scim, const char *name, const struct json_value *value,
                           bool required)
{
    const char *text = json_text(value);
    bool none = !value || json_kind(value) == JSON_NULL || (text && !*text);

    if (none && required)
        scim_fail(scim, 400, "invalidValue", "%s can't be blank", name);
    else if (!none && (!text || strlen(text) > MAX_TEXT))
        scim_fail(scim, 400, "invalidValue", "%s must be a string of at most %d bytes", name,
                  MAX_TEXT);
    return none ? NULL : text;
}

static void take(struct scim *scim, const char *name, enum scim_op op,
                 const struct json_value *value)
{
    const char *group = id_of(scim);

    if (strcasecmp(name, "members") == 0) {
        if (op == SCIM_REPLACE)
            set_members(scim, group, value);
        else if (op == SCIM_ADD)
            (void)add_members(scim, group, member_ids(scim, value));
        else if (!value || json_kind(value) == JSON_NULL)
            (void)remove_members(scim, group, NULL);
        else
            (void)(member_ids(scim, value) && remove_members(scim, group, member_ids(scim, value)));
    } else if (strcasecmp(name, "displayName") == 0) {
        const char *text = text_of(scim, name, value, true);
        if (text && !scim_failed(scim))
            (void)SCIM_QUERY(scim, STATEMENT_SCIM_GROUP_RENAME, NULL, group, text);
    } else if (strcasecmp(name, "externalId") == 0) {
        const char *text = text_of(scim, name, value, false);
        if (!scim_failed(scim))
            (void)SCIM_QUERY(scim, STATEMENT_SCIM_GROUP_EXTERNAL_ID, NULL, group, text);
    }
}

static void take_operation(struct scim *scim, void *target, enum scim_op op,
                           const struct scim_path *path, const struct json_value *value)
{
    const struct json_value *member;
    const char *name;
    void *cursor = NULL;

    (void)target;
    if (path->key) {
        if (strcasecmp(path->attribute, "members") != 0 || op != SCIM_REMOVE)
            scim_fail(scim, 400, "invalidPath", "Only a member can be named so, to be removed");
        else
            (void)remove_members(scim, id_of(scim), db_array(scim->context->arena, &path->key, 1));
    } else if (path->attribute) {
        take(scim, path->attribute, op, op == SCIM_REMOVE && !value ? NULL : value);
    } else if (json_kind(value) == JSON_OBJECT) {
        while (!scim_failed(scim) && json_next(value, &cursor, &name, &member))
            take(scim, name, op, member);
    } else {
        scim_fail(scim, 400, "invalidValue", "An operation without a path needs an object");
    }
}

/* --- The routes --- */

static void show(struct scim *scim, int status, const char *id)
{
    struct rows *rows = NULL;

    if (!SCIM_QUERY(scim, STATEMENT_SCIM_GROUP_SHOW, &rows, id))
        return;
    if (!rows)
        scim_fail(scim, 404, NULL, "There is no group %s", id);
    else
        scim_reply_one(scim, status, &kind, rows);
}

static void show_group(struct scim *scim)
{
    show(scim, 200, id_of(scim));
}

static void list_groups(struct scim *scim)
{
    static const char *const names[] = {"displayName", "externalId", "id", "members|members.value",
                                        NULL};
    const char *values[4];
    struct scim_page page;
    struct rows *rows = NULL;

    scim_page_read(scim, &page);
    if (scim_filter_read(scim, names, values) &&
        SCIM_QUERY(scim, values[0] ? STATEMENT_SCIM_GROUP_LIST_NAMED : STATEMENT_SCIM_GROUP_LIST,
                   &rows, page.limit, page.offset, values[0], values[1], values[2], values[3]))
        scim_reply_list(scim, &kind, rows);
}

static void create_group(struct scim *scim)
{
    const char *id = ids_new(scim->context->arena, "scimgroup-");
    const struct json_value *members = json_get(scim->body, "members");
    const char *name = text_of(scim, "displayName", json_get(scim->body, "displayName"), true);
    const char *external = text_of(scim, "externalId", json_get(scim->body, "externalId"), false);

    if (scim_failed(scim) ||
        !SCIM_QUERY(scim, STATEMENT_SCIM_GROUP_CREATE, NULL, id, name, external))
        return;
    set_members(scim, id, members);
    if (!scim_failed(scim))
        show(scim, 201, id);
}

/* Locks the group, so that the changes of one come one after the other. */
static bool lock(struct scim *scim)
{
    struct rows *rows = NULL;

    if (!SCIM_QUERY(scim, STATEMENT_SCIM_GROUP_LOCK, &rows, id_of(scim)))
        return false;
    if (!rows)
        scim_fail(scim, 404, NULL, "There is no group %s", id_of(scim));
    return rows != NULL;
}

static void finish(struct scim *scim)
{
    if (!scim_failed(scim) && scim_sync(scim, id_of(scim)))
        show(scim, 200, id_of(scim));
}

static void replace_group(struct scim *scim)
{
    if (!lock(scim))
        return;
    take(scim, "displayName", SCIM_REPLACE, json_get(scim->body, "displayName"));
    if (!scim_failed(scim))
        take(scim, "externalId", SCIM_REPLACE, json_get(scim->body, "externalId"));
    if (!scim_failed(scim))
        set_members(scim, id_of(scim), json_get(scim->body, "members"));
    finish(scim);
}

static void patch_group(struct scim *scim)
{
    if (!lock(scim))
        return;
    scim_operations(scim, take_operation, NULL);
    finish(scim);
}

/* Nobody is in a group that is gone: its teams are emptied first. */
static void delete_group(struct scim *scim)
{
    if (lock(scim) && remove_members(scim, id_of(scim), NULL) && scim_sync(scim, id_of(scim)))
        (void)SCIM_QUERY(scim, STATEMENT_SCIM_GROUP_DELETE, NULL, id_of(scim));
}

void scim_group_list(struct context *context)
{
    scim_serve(context, SCIM_READ, list_groups);
}

void scim_group_show(struct context *context)
{
    scim_serve(context, SCIM_READ, show_group);
}

void scim_group_create(struct context *context)
{
    scim_serve(context, SCIM_WRITE, create_group);
}

void scim_group_replace(struct context *context)
{
    scim_serve(context, SCIM_WRITE, replace_group);
}

void scim_group_patch(struct context *context)
{
    scim_serve(context, SCIM_WRITE, patch_group);
}

void scim_group_delete(struct context *context)
{
    scim_serve(context, SCIM_WRITE, delete_group);
}
