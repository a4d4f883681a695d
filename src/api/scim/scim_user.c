/* SCIM users. Each is an account here: made, taken over by its address, shut out and let in again
 * by the identity provider. Attributes that no account has are taken and forgotten. */
#include "api/scim/scim_resources.h"

#include <string.h>
#include <strings.h>

#include "api/checks.h"
#include "api/scim/scim.h"
#include "base/arena.h"
#include "base/ids.h"
#include "json/json_reader.h"

/* --- Out --- */

static void write_text(struct scim *scim, const char *name, const struct rows *rows, size_t row,
                       const char *column)
{
    const char *cell = rows_get(rows, row, column);
    if (cell && scim_wanted(scim, name))
        json_member_string(&scim->w, name, cell);
}

static void write_name(struct scim *scim, const struct rows *rows, size_t row)
{
    const char *given = rows_get(rows, row, "given_name");
    const char *family = rows_get(rows, row, "family_name");

    if ((!given && !family) || !scim_wanted(scim, "name"))
        return;
    json_key(&scim->w, "name");
    json_object_begin(&scim->w);
    if (given)
        json_member_string(&scim->w, "givenName", given);
    if (family)
        json_member_string(&scim->w, "familyName", family);
    json_object_end(&scim->w);
}

static void write_user(struct scim *scim, const struct rows *rows, size_t row)
{
    struct json_writer *w = &scim->w;

    json_member_string(w, "userName", rows_get(rows, row, "user_name"));
    write_text(scim, "displayName", rows, row, "display_name");
    write_name(scim, rows, row);
    if (scim_wanted(scim, "emails")) {
        json_key(w, "emails");
        json_array_begin(w);
        json_object_begin(w);
        json_member_string(w, "value", rows_get(rows, row, "email"));
        json_member_string(w, "type", "work");
        json_member_bool(w, "primary", true);
        json_object_end(w);
        json_array_end(w);
    }
    if (scim_wanted(scim, "active"))
        json_member_bool(w, "active", rows_bool(rows, row, "active"));
    if (scim_wanted(scim, "groups"))
        json_member_raw(w, "groups", rows_get(rows, row, "groups"));
}

static const struct scim_kind kind = {SCIM_USER, "User", "/Users", write_user};

/* --- In: a JSON object with the columns that change --- */

static const struct {
    const char *name;
    const char *column;
    bool required;
} texts[] = {
    {"userName", "user_name", true},           {"externalId", "external_id", false},
    {"displayName", "display_name", false},    {"name.givenName", "given_name", false},
    {"name.familyName", "family_name", false},
};

#define TEXT_COUNT (sizeof texts / sizeof texts[0])
#define MAX_TEXT 255

struct change {
    struct buf text;
    struct json_writer w;
    bool has_name;
    bool has_email;
    const char *user_name;
    int active; /* -1: not mentioned */
};

static void change_begin(struct scim *scim, struct change *change)
{
    *change = (struct change){.active = -1};
    buf_init(&change->text, scim->context->arena);
    json_writer_init(&change->w, &change->text);
    json_object_begin(&change->w);
}

static bool is_null(const struct json_value *value)
{
    return !value || json_kind(value) == JSON_NULL;
}

static void take_text(struct scim *scim, struct change *change, size_t i,
                      const struct json_value *value)
{
    const char *text = json_text(value);

    if (is_null(value) || (text && !*text)) {
        if (texts[i].required)
            scim_fail(scim, 400, "invalidValue", "%s can't be blank", texts[i].name);
        else
            json_member_null(&change->w, texts[i].column);
        return;
    }
    if (!text || strlen(text) > MAX_TEXT) {
        scim_fail(scim, 400, "invalidValue", "%s must be a string of at most %d bytes",
                  texts[i].name, MAX_TEXT);
        return;
    }
    json_member_string(&change->w, texts[i].column, text);
    if (texts[i].required)
        change->user_name = text;
}

static void take_email(struct scim *scim, struct change *change, const char *text)
{
    const char *problem = !text || !*text ? "can't be blank" : check_email(scim->context, text);

    if (!problem && strlen(text) > 254)
        problem = "is too long";
    if (problem) {
        scim_fail(scim, 400, "invalidValue", "emails.value %s", problem);
        return;
    }
    json_member_string(&change->w, "email", text);
    change->has_email = true;
}

/* The primary one of several, or the first. */
static void take_emails(struct scim *scim, struct change *change, const struct json_value *value)
{
    const struct json_value *chosen = value;

    if (is_null(value))
        return;
    if (json_kind(value) == JSON_ARRAY) {
        chosen = json_at(value, 0);
        for (size_t i = 0; i < json_length(value); i++) {
            const struct json_value *primary = json_get(json_at(value, i), "primary");
            if (primary && json_kind(primary) == JSON_BOOL && json_boolean(primary))
                chosen = json_at(value, i);
        }
        if (!chosen)
            return;
    }
    take_email(scim, change,
               json_text(chosen) ? json_text(chosen) : json_text(json_get(chosen, "value")));
}

/* Some providers say "False". */
static void take_active(struct scim *scim, struct change *change, const struct json_value *value)
{
    const char *text = json_text(value);

    if (is_null(value))
        return;
    if (json_kind(value) == JSON_BOOL)
        change->active = json_boolean(value);
    else if (text && (strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0))
        change->active = strcasecmp(text, "true") == 0;
    else
        scim_fail(scim, 400, "invalidValue", "active must be true or false");
}

static void take(struct scim *scim, struct change *change, const char *name,
                 const struct json_value *value)
{
    if (strcasecmp(name, "active") == 0) {
        take_active(scim, change, value);
    } else if (strcasecmp(name, "emails") == 0 || strcasecmp(name, "emails.value") == 0) {
        take_emails(scim, change, value);
    } else if (strcasecmp(name, "name") == 0) {
        for (size_t i = 0; i < TEXT_COUNT; i++)
            if (strncmp(texts[i].name, "name.", 5) == 0 &&
                (is_null(value) || json_get(value, texts[i].name + 5)))
                take_text(scim, change, i, json_get(value, texts[i].name + 5));
    } else {
        for (size_t i = 0; i < TEXT_COUNT; i++)
            if (strcasecmp(texts[i].name, name) == 0)
                take_text(scim, change, i, value);
    }
}

static void take_members(struct scim *scim, struct change *change, const struct json_value *object)
{
    const struct json_value *value;
    const char *name;
    void *cursor = NULL;

    while (json_next(object, &cursor, &name, &value))
        take(scim, change, name, value);
}

/* One of PATCH's operations. Without a path the value's members may be paths themselves
 * ("name.givenName"), as some providers write them. */
static void take_operation(struct scim *scim, void *target, enum scim_op op,
                           const struct scim_path *path, const struct json_value *value)
{
    struct change *change = target;

    if (op == SCIM_REMOVE)
        value = NULL;
    if (path->attribute)
        take(scim, change,
             path->sub ? arena_printf(scim->context->arena, "%s.%s", path->attribute, path->sub)
                       : path->attribute,
             value);
    else if (json_kind(value) == JSON_OBJECT)
        take_members(scim, change, value);
    else
        scim_fail(scim, 400, "invalidValue", "An operation without a path needs an object");
}

/* A whole user, of a POST or PUT: what is not there is cleared. */
static void take_all(struct scim *scim, struct change *change)
{
    for (size_t i = 0; i < TEXT_COUNT; i++)
        if (!texts[i].required)
            json_member_null(&change->w, texts[i].column);
    if (is_null(json_get(scim->body, "userName")))
        scim_fail(scim, 400, "invalidValue", "userName can't be blank");
    take_members(scim, change, scim->body);
    /* Where there is no address, the name may be one. */
    if (!scim_failed(scim) && !change->has_email)
        take_email(scim, change, change->user_name);
}

static const char *change_end(struct change *change)
{
    if (change->active >= 0)
        json_member_bool(&change->w, "active", change->active);
    json_object_end(&change->w);
    return buf_str(&change->text);
}

/* --- The routes --- */

static bool show(struct scim *scim, int status, const char *id)
{
    struct rows *rows = NULL;

    if (!SCIM_QUERY(scim, STATEMENT_SCIM_USER_SHOW, &rows, id))
        return false;
    if (!rows)
        scim_fail(scim, 404, NULL, "There is no user %s", id);
    else
        scim_reply_one(scim, status, &kind, rows);
    return rows != NULL;
}

static const char *id_of(const struct scim *scim)
{
    return context_param(scim->context, 0);
}

static void show_user(struct scim *scim)
{
    (void)show(scim, 200, id_of(scim));
}

static void list_users(struct scim *scim)
{
    static const char *const names[] = {"userName",    "externalId", "id", "emails|emails.value",
                                        "displayName", "active",     NULL};
    const char *values[6];
    struct scim_page page;
    struct rows *rows = NULL;

    scim_page_read(scim, &page);
    if (scim_filter_read(scim, names, values) &&
        SCIM_QUERY(scim, values[0] ? STATEMENT_SCIM_USER_LIST_NAMED : STATEMENT_SCIM_USER_LIST,
                   &rows, page.limit, page.offset, values[0], values[1], values[2], values[3],
                   values[4], values[5]))
        scim_reply_list(scim, &kind, rows);
}

static void create_user(struct scim *scim)
{
    struct change change;
    struct rows *rows = NULL;

    change_begin(scim, &change);
    take_all(scim, &change);
    if (change.active < 0)
        change.active = 1;
    const char *document = change_end(&change);
    if (!scim_failed(scim) &&
        SCIM_QUERY(scim, STATEMENT_SCIM_USER_CREATE, &rows, ids_new(scim->context->arena, "user-"),
                   document) &&
        show(scim, 201, rows_get(rows, 0, "id")))
        (void)scim_audit_user(scim, rows_get(rows, 0, "id"), "scim_create");
}

static void update(struct scim *scim, struct change *change)
{
    const char *document = change_end(change);
    struct rows *rows = NULL;

    if (scim_failed(scim) ||
        !SCIM_QUERY(scim, STATEMENT_SCIM_USER_UPDATE, &rows, id_of(scim), document))
        return;
    if (rows_bool(rows, 0, "found")) {
        if (show(scim, 200, id_of(scim)))
            (void)scim_audit_user(scim, id_of(scim),
                                  change->active == 0   ? "scim_deactivate"
                                  : change->active == 1 ? "scim_activate"
                                                        : "scim_update");
    } else {
        scim_fail(scim, 404, NULL, "There is no user %s", id_of(scim));
    }
}

static void replace_user(struct scim *scim)
{
    struct change change;

    change_begin(scim, &change);
    take_all(scim, &change);
    update(scim, &change);
}

static void patch_user(struct scim *scim)
{
    struct change change;

    change_begin(scim, &change);
    scim_operations(scim, take_operation, &change);
    update(scim, &change);
}

/* The account is shut out and leaves its groups; it stays, with what it has made. */
static void delete_user(struct scim *scim)
{
    struct rows *groups = NULL, *rows = NULL;
    const char *id = id_of(scim);

    if (!SCIM_QUERY(scim, STATEMENT_SCIM_USER_GROUPS, &groups, id) ||
        !scim_audit_user(scim, id, "scim_destroy") ||
        !SCIM_QUERY(scim, STATEMENT_SCIM_USER_DELETE, &rows, id))
        return;
    if (!rows)
        scim_fail(scim, 404, NULL, "There is no user %s", id);
    for (size_t i = 0; !scim_failed(scim) && i < rows_count(groups); i++)
        (void)scim_sync(scim, rows_get(groups, i, "id"));
}

void scim_user_list(struct context *context)
{
    scim_serve(context, SCIM_READ, list_users);
}

void scim_user_show(struct context *context)
{
    scim_serve(context, SCIM_READ, show_user);
}

void scim_user_create(struct context *context)
{
    scim_serve(context, SCIM_WRITE, create_user);
}

void scim_user_replace(struct context *context)
{
    scim_serve(context, SCIM_WRITE, replace_user);
}

void scim_user_patch(struct context *context)
{
    scim_serve(context, SCIM_WRITE, patch_user);
}

void scim_user_delete(struct context *context)
{
    scim_serve(context, SCIM_WRITE, delete_user);
}
