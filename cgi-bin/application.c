/* The program behind the front: database, keys and routes, wired to the engine. */
#include "application.h"

#include <stdlib.h>
#include <string.h>

#include "api/reference.h"
#include "api/routes.h"
#include "api/system/housekeeping.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "db/db.h"
#include "http/http_router.h"
#include "jsonapi/engine.h"
#include "jsonapi/rate_limit.h"

static void serve(void *context, struct http_request *const *batch, size_t count)
{
    engine_serve(context, batch, count);
}

static bool is_quick(void *context, const struct http_request *request)
{
    return engine_is_quick(context, request);
}

static void idle(void *context)
{
    engine_idle(context);
    housekeeping_idle(context);
}

/* A schema that this program does not know is refused; a database that is away is waited for. */
static bool schema_is_good(struct db *db)
{
    switch (db_schema_check(db)) {
    case DB_SCHEMA_CURRENT:
    case DB_SCHEMA_UNAVAILABLE:
        return true;
    case DB_SCHEMA_BEHIND:
        log_error("the database schema is older than this program: run terracectl migrate");
        return false;
    case DB_SCHEMA_UNKNOWN:
        log_error("the database schema is newer than this program: restart to run the new one");
        return false;
    }
    return false;
}

void application_share(void)
{
    rate_limit_share();
}

struct http_application *application_new(const struct config *config)
{
    struct http_application *application = calloc(1, sizeof *application);
    struct service *service = calloc(1, sizeof *service);
    char error[256];

    if (!application || !service)
        abort();
    crypto_init();
    application->context = service;
    application->serve = serve;
    application->is_quick = is_quick;
    application->idle = idle;
    service->config = config;
    service->router = http_router_new();
    routes_add(service->router);
    service->db = db_open(config->database, config->prepared_statements);
    service->keyring = keyring_load(config->key_file, error, sizeof error);
    if (!service->keyring)
        log_error("%s", error);
    if (!service->keyring || !schema_is_good(service->db)) {
        application_free(application);
        return NULL;
    }
    return application;
}

void application_free(struct http_application *application)
{
    if (!application)
        return;
    struct service *service = application->context;
    engine_close(service);
    db_close(service->db);
    http_router_free(service->router);
    keyring_free((struct keyring *)service->keyring);
    free(service);
    free(application);
}

void application_print_routes(void)
{
    routes_print();
}

void application_print_reference(void)
{
    reference_print();
}
