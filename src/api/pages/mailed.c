/* What links in mails lead to: a new address is confirmed, a forgotten password is replaced.
 * Following a link changes nothing, since programs that read mail follow links too: the form there
 * does. */
#include "api/resources.h"

#include <string.h>

#include "api/checks.h"
#include "api/pages/pages.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "hooks/hook_link.h"
#include "jsonapi/context.h"

/* The user of the link that the path names, and its proof. */
struct mailed {
    const struct rows *user;
    const char *digest;
};

static void say_spent(struct context *context)
{
    page_message(context, NULL, 404, "This link does not hold any more",
                 "It was used already, or is too old, or something else was asked for after it. "
                 "Ask for another mail.");
}

/* False: the answer is given. */
static bool follow(struct context *context, enum hook_link link, const char *proof,
                   struct mailed *out)
{
    const char *id;
    struct rows *user = NULL;

    if (hook_link_read(context->arena, context->service->keyring, link, context_param(context, 0),
                       clock_now(), &id, &out->digest)) {
        enum db_status status =
            db_query(context->service->db, context->arena, STATEMENT_MAILED_USER, &user, id);
        if (status != DB_NO_ROWS && !page_db_ok(context, status))
            return false;
        const char *now = status == DB_OK ? rows_get(user, 0, proof) : NULL;
        if (now && hook_link_holds(context->arena, out->digest, now)) {
            out->user = user;
            return true;
        }
    }
    say_spent(context);
    return false;
}

static const char *name_of(const struct mailed *mailed)
{
    const char *name = rows_get(mailed->user, 0, "username");
    return name ? name : rows_get(mailed->user, 0, "email");
}

/* --- A new address --- */

static void show_address(struct context *context)
{
    struct mailed mailed;

    if (!follow(context, HOOK_LINK_CONFIRM, "unconfirmed_email", &mailed))
        return;
    const struct template_value values[] = {
        {"action", arena_printf(context->arena, "/session/confirm/%s", context_param(context, 0))},
        {"name", name_of(&mailed)},
        {"address", rows_get(mailed.user, 0, "unconfirmed_email")},
        {0},
    };
    page_send(context, NULL,
              &(struct page){200, "Confirm your address", .content = WEB_CONFIRM_ADDRESS,
                             .values = values});
}

static void confirm_address(struct context *context)
{
    struct mailed mailed;
    struct rows *done = NULL;

    if (!follow(context, HOOK_LINK_CONFIRM, "unconfirmed_email", &mailed))
        return;
    enum db_status status =
        db_query(context->service->db, context->arena, STATEMENT_MAILED_ADDRESS_CONFIRM, &done,
                 rows_get(mailed.user, 0, "id"), rows_get(mailed.user, 0, "unconfirmed_email"));
    if (status == DB_CONSTRAINT) {
        page_message(context, NULL, 409, "Somebody else has this address",
                     "Nothing was changed: another account uses it.");
        return;
    }
    if (status == DB_NO_ROWS) {
        say_spent(context);
        return;
    }
    if (!page_db_ok(context, status))
        return;
    log_info("%s address confirmed user=%s", context->request_id, rows_get(mailed.user, 0, "id"));
    page_message(context, NULL, 200, "Your address is confirmed", "You can sign in with it now.");
}

/* --- A forgotten password --- */

static bool mail_is_on(struct context *context)
{
    struct rows *rows = NULL;

    if (!page_db_ok(context, db_query_text(context->service->db, context->arena,
                                           STATEMENT_MAIL_IS_ON, &rows, NULL, 0)))
        return false;
    if (rows_bool(rows, 0, "enabled"))
        return true;
    page_message(context, NULL, 404, "This server sends no mail",
                 "Ask its administrator for a new password.");
    return false;
}

static void show_question(struct context *context)
{
    static const struct template_value values[] = {{0}};

    if (mail_is_on(context))
        page_send(context, NULL,
                  &(struct page){200, "Password forgotten?", .content = WEB_MAIL_PASSWORD,
                                 .values = values});
}

/* The same answer whether there is such a user or not. */
static void ask_for_password(struct context *context)
{
    struct form form;
    struct rows *done = NULL;

    if (!page_form(context, &form) || !mail_is_on(context) ||
        !page_db_ok(context, db_query(context->service->db, context->arena, STATEMENT_MAIL_PASSWORD,
                                      &done, page_field(&form, "username"))))
        return;
    page_message(
        context, NULL, 200, "Look into your mail",
        "If there is an account of that name or address, a mail with a link is on its way. "
        "The link is good for an hour.");
}

static void show_form(struct context *context, const struct mailed *mailed, int status,
                      const char *problem)
{
    const struct template_value values[] = {
        {"action", arena_printf(context->arena, "/session/password/%s", context_param(context, 0))},
        {"name", name_of(mailed)},
        {"problem", problem},
        {0},
    };
    page_send(context, NULL,
              &(struct page){status, "Choose a new password", .content = WEB_NEW_PASSWORD,
                             .values = values});
}

static void show_password(struct context *context)
{
    struct mailed mailed;

    if (follow(context, HOOK_LINK_PASSWORD, "password_hash", &mailed))
        show_form(context, &mailed, 200, NULL);
}

static void set_password(struct context *context)
{
    struct mailed mailed;
    struct form form;
    struct rows *done = NULL;

    if (!page_form(context, &form) ||
        !follow(context, HOOK_LINK_PASSWORD, "password_hash", &mailed))
        return;
    const char *password = page_field(&form, "password");
    const char *problem = check_password(password);
    if (problem) {
        show_form(context, &mailed, 422, arena_printf(context->arena, "The password %s.", problem));
        return;
    }
    if (strcmp(password, page_field(&form, "confirmation")) != 0) {
        show_form(context, &mailed, 422, "These are two different passwords.");
        return;
    }
    enum db_status status = db_query(
        context->service->db, context->arena, STATEMENT_MAILED_PASSWORD_SET, &done,
        rows_get(mailed.user, 0, "id"),
        crypto_password_hash(context->arena, password, context->service->config->argon2_memory),
        rows_get(mailed.user, 0, "password_hash"));
    if (status == DB_NO_ROWS) {
        say_spent(context);
        return;
    }
    if (!page_db_ok(context, status))
        return;
    log_info("%s password set by mail user=%s", context->request_id,
             rows_get(mailed.user, 0, "id"));
    page_message(context, NULL, 200, "You have a new password",
                 "Whoever was signed in with the old one is so no more.");
}

#define CONFIRM "/session/confirm/:token"
#define PASSWORD "/session/password"

static const struct route routes[] = {
    {{HTTP_GET, CONFIRM}, ROUTE_RAW, .handler = show_address},
    {{HTTP_POST, CONFIRM}, ROUTE_RAW, .handler = confirm_address},
    {{HTTP_GET, PASSWORD}, ROUTE_RAW, .handler = show_question},
    {{HTTP_POST, PASSWORD}, ROUTE_RAW, .handler = ask_for_password},
    {{HTTP_GET, PASSWORD "/:token"}, ROUTE_RAW, .handler = show_password},
    {{HTTP_POST, PASSWORD "/:token"}, ROUTE_RAW, .handler = set_password},
    {0},
};

const struct resource mailed_resource = {
    .type = "pages",
    .routes = routes,
};
