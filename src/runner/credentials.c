/* See credentials.h. */
#include "runner/credentials.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "net/net_client.h"
#include "runner/folder.h"
#include "runner/job.h"
#include "runner/phase.h"
#include "runner/runner_config.h"

#define FOLDER "{credentials}/"
/* What stands for it: names of files in the control folder begin so. */
#define START "credentials-"
#define PATIENCE_MS 20000
#define DEPTH 16

const char *credentials_expand(struct arena *arena, const char *text, const char *control)
{
    struct buf out;
    const char *found;

    buf_init(&out, arena);
    for (; (found = strstr(text, FOLDER)) != NULL; text = found + strlen(FOLDER)) {
        buf_add(&out, text, (size_t)(found - text));
        buf_printf(&out, "%s/" START, control);
    }
    buf_adds(&out, text);
    return buf_str(&out);
}

static const char *expand(struct phase *phase, const char *text)
{
    return credentials_expand(phase->arena, text,
                              sandbox_path(&phase->session->sandbox, SANDBOX_CONTROL));
}

static bool write_file(struct phase *phase, const char *name, const char *content)
{
    struct buf text;

    buf_init(&text, NULL);
    buf_adds(&text, content);
    return phase_write(phase, arena_printf(phase->arena, "control/" START "%s", name), &text);
}

/* --- Vault --- */

/* The authorities that the user has given, or the runner's own. */
static struct net_client *client_of(struct phase *phase, const struct job_vault *vault)
{
    const char *file = phase->session->config->ca_file;

    if (vault->authority != NULL && strncmp(vault->authority, FOLDER, strlen(FOLDER)) == 0)
        file = folder_path(
            phase->session->folder, phase->arena,
            arena_printf(phase->arena, "control/" START "%s", vault->authority + strlen(FOLDER)));
    return net_client_new(&(struct net_options){.user_agent = "terrace-runner", .ca_file = file});
}

static const char *url_of(struct phase *phase, const struct job_vault *vault, const char *end)
{
    size_t len = strlen(vault->address);

    while (len > 0 && vault->address[len - 1] == '/')
        len--;
    return arena_printf(phase->arena, "%.*s/v1/auth/%s", (int)len, vault->address, end);
}

static enum net_result ask(struct phase *phase, struct net_client *client,
                           const struct job_vault *vault, const char *url, const char *token,
                           struct buf *body, struct buf *reply)
{
    const char *headers[4] = {"Content-Type: application/json"};
    size_t count = 1;

    if (vault->namespace != NULL)
        headers[count++] = arena_printf(phase->arena, "X-Vault-Namespace: %s", vault->namespace);
    if (token != NULL)
        headers[count++] = arena_printf(phase->arena, "X-Vault-Token: %s", token);
    return net_client_send(client, &(struct net_request){.method = "POST",
                                                         .url = url,
                                                         .headers = headers,
                                                         .body = buf_str(body),
                                                         .body_len = body->len,
                                                         .reply = reply,
                                                         .total_timeout_ms = PATIENCE_MS});
}

/* What Vault says of its refusal, in one line. */
static const char *complaint(struct phase *phase, const struct json_value *reply, int status)
{
    const char *text = json_text(json_at(json_get(reply, "errors"), 0));

    return text != NULL
               ? arena_printf(phase->arena, "%d, %.*s", status, (int)strcspn(text, "\n"), text)
               : arena_printf(phase->arena, "%d", status);
}

/* NULL, with the reason. */
static const char *log_in(struct phase *phase, struct net_client *client,
                          const struct job_vault *vault, const char **reason)
{
    struct buf body, reply;
    struct json_writer w;

    buf_init(&body, phase->arena);
    buf_init(&reply, phase->arena);
    json_writer_init(&w, &body);
    json_object_begin(&w);
    json_member_string(&w, "role", vault->role);
    json_member_string(&w, "jwt", vault->jwt);
    json_object_end(&w);
    const char *url = url_of(phase, vault, arena_printf(phase->arena, "%s/login", vault->path));
    if (ask(phase, client, vault, url, NULL, &body, &reply) != NET_OK) {
        *reason = arena_strdup(phase->arena, net_client_error(client));
        return NULL;
    }
    int status = net_client_status(client);
    const struct json_value *said =
        json_read(phase->arena, buf_str(&reply), reply.len, DEPTH, reason);
    const char *token = json_text(json_find(said, "auth", "client_token", NULL));
    if (status == 200 && token != NULL && *token != '\0')
        return token;
    *reason = complaint(phase, said, status);
    return NULL;
}

static bool give_vault(struct phase *phase, struct job_vault *vault)
{
    struct net_client *client = client_of(phase, vault);
    const char *reason = "";

    vault->token = log_in(phase, client, vault, &reason);
    net_client_free(client);
    if (vault->token == NULL)
        return phase_fail_loudly(phase, "Vault at %s does not let the run in as %s: %s",
                                 vault->address, vault->role, reason);
    if (vault->env != NULL)
        env_set(&phase->env, vault->env, vault->token);
    return write_file(phase, vault->file, vault->token);
}

static void revoke(struct phase *phase, const struct job_vault *vault)
{
    struct net_client *client = client_of(phase, vault);
    struct buf nothing;

    buf_init(&nothing, phase->arena);
    const char *url = url_of(phase, vault, "token/revoke-self");
    if (ask(phase, client, vault, url, vault->token, &nothing, NULL) != NET_OK)
        log_warn("a token of Vault is left to end by itself: %s", net_client_error(client));
    else if (net_client_status(client) / 100 != 2)
        log_warn("a token of Vault is left to end by itself: status %d", net_client_status(client));
    net_client_free(client);
}

/* --- All --- */

bool credentials_give(struct phase *phase)
{
    const struct job_credentials *given = &phase->session->job->credentials;

    if (given->problem != NULL)
        return phase_fail_loudly(phase, "%s", given->problem);
    for (size_t i = 0; i < given->file_count; i++)
        if (!write_file(phase, given->files[i].name, expand(phase, given->files[i].text)))
            return false;
    for (size_t i = 0; i < given->env_count; i++)
        env_set(&phase->env, given->env[i].name, expand(phase, given->env[i].text));
    for (size_t i = 0; i < given->vault_count; i++)
        if (!give_vault(phase, &given->vaults[i]))
            return false;
    return true;
}

void credentials_take_back(struct phase *phase)
{
    const struct job_credentials *given = &phase->session->job->credentials;

    for (size_t i = 0; i < given->vault_count; i++)
        if (given->vaults[i].token != NULL)
            revoke(phase, &given->vaults[i]);
}
