/* What a job needs before its first command: the environment of our own commands and of the user's,
 * and the files that the CLI is given. */
#include "runner/phase.h"

#include "base/arena.h"
#include "base/buf.h"
#include "runner/cli_files.h"
#include "runner/credentials.h"
#include "runner/folder.h"
#include "runner/job.h"
#include "runner/runner_config.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SEARCH_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Environment */

static void set_tools(struct phase *phase)
{
    static const char *const proxies[] = {"http_proxy", "https_proxy", "no_proxy",
                                          "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"};
    const struct sandbox *sandbox = &phase->session->sandbox;
    struct env *env = &phase->tools;
    env_init(env, phase->arena);
    env_set(env, "PATH",
            arena_printf(phase->arena, SEARCH_PATH ":%s", sandbox_path(sandbox, SANDBOX_CLI)));
    env_set(env, "HOME", sandbox_path(sandbox, SANDBOX_HOME));
    env_set(env, "TMPDIR", sandbox_path(sandbox, SANDBOX_TMP));
    env_set(env, "USER", "runner");
    env_set(env, "LANG", "C.UTF-8");
    for (size_t i = 0; i < sizeof(proxies) / sizeof(proxies[0]); i++)
        env_inherit(env, proxies[i]);
    if (phase->session->config->ca_file[0] != '\0') {
        const char *bundle =
            arena_printf(phase->arena, "%s/ca.pem", sandbox_path(sandbox, SANDBOX_CONTROL));
        env_set(env, "SSL_CERT_FILE", bundle);
        env_set(env, "GIT_SSL_CAINFO", bundle);
        env_set(env, "CURL_CA_BUNDLE", bundle);
    }
}

/* Both as a variable of the environment and as an input variable of that name, as the vendor's. */
static void set_fact(struct phase *phase, const char *name, const char *value)
{
    if (!value)
        return;
    env_set(&phase->env, name, value);
    env_set(&phase->env, arena_printf(phase->arena, "TF_VAR_%s", name), value);
}

/* TF_TOKEN_terrace_example_org would take precedence over the run's own token. */
static bool is_token_of_server(const struct phase *phase, const char *key)
{
    if (strncmp(key, "TF_TOKEN_", 9) != 0)
        return false;
    const char *host = strstr(phase->session->job->server, "://");
    host = host != NULL ? host + 3 : phase->session->job->server;
    const char *name = key + 9;
    while (*host != '\0' && *host != '/' && *name != '\0') {
        if (*host == '-' && name[0] == '_' && name[1] == '_')
            name += 2;
        else if (*host == '.' ? *name == '_' : strncasecmp(host, name, 1) == 0)
            name++;
        else
            return false;
        host++;
    }
    return (*host == '\0' || *host == '/') && *name == '\0';
}

/* What says which state is used, and how: the run's business, not the user's. */
static const char *const reserved[] = {
    "TF_WORKSPACE", "TF_CLOUD_ORGANIZATION", "TF_CLOUD_HOSTNAME", "TF_CLOUD_PROJECT",
    "TF_DATA_DIR",  "TF_CLI_CONFIG_FILE",    "TERRAFORM_CONFIG"};

static void set_user_variables(struct phase *phase)
{
    const struct job *job = phase->session->job;
    for (size_t i = 0; i < job->variable_count; i++) {
        const struct job_variable *variable = &job->variables[i];
        if (variable->environment && !is_token_of_server(phase, variable->key))
            env_set(&phase->env, variable->key, variable->value);
    }
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        env_unset(&phase->env, reserved[i]);
}

static void set_environment(struct phase *phase)
{
    const struct job *job = phase->session->job;
    struct env *env = &phase->env;
    env_copy(env, &phase->tools);
    set_user_variables(phase);
    set_fact(phase, "TFC_RUN_ID", job->run_id);
    set_fact(phase, "TFC_WORKSPACE_ID", job->workspace_id);
    set_fact(phase, "TFC_WORKSPACE_NAME", job->workspace);
    set_fact(phase, "TFC_WORKSPACE_SLUG",
             arena_printf(phase->arena, "%s/%s", job->organization, job->workspace));
    set_fact(phase, "TFC_PROJECT_NAME", job->project);
    set_fact(phase, "TFC_CONFIGURATION_VERSION_GIT_BRANCH", job->commit_branch);
    set_fact(phase, "TFC_CONFIGURATION_VERSION_GIT_COMMIT_SHA", job->commit_sha);
    set_fact(phase, "TFC_CONFIGURATION_VERSION_GIT_TAG", job->commit_tag);
    env_set(env, "TFE_RUN_ID", job->run_id);
    env_set(env, "TF_CLI_CONFIG_FILE",
            arena_printf(phase->arena, "%s/terraformrc",
                         sandbox_path(&phase->session->sandbox, SANDBOX_CONTROL)));
    env_set(env, "TF_FORCE_LOCAL_BACKEND", "1");
    env_set(env, "TF_IN_AUTOMATION", "1");
    env_set(env, "TF_INPUT", "0");
    env_set(env, "CHECKPOINT_DISABLE", "1");
    if (job->debugging_mode)
        env_set(env, "TF_LOG", "TRACE");
}

/* Files */

bool phase_write(struct phase *phase, const char *name, struct buf *text)
{
    bool good = folder_write(phase->session->folder, name, buf_str(text), text->len);
    buf_free(text);
    return good || phase_fail(phase, "The runner's disk can't be written.");
}

static void append_file(struct buf *out, const char *path)
{
    char bytes[16384];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    for (ssize_t n; fd >= 0 && (n = read(fd, bytes, sizeof(bytes))) > 0;)
        buf_add(out, bytes, (size_t)n);
    if (fd >= 0)
        close(fd);
    if (out->len > 0 && out->data[out->len - 1] != '\n')
        buf_addc(out, '\n');
}

/* Go's programs trust either the system's authorities or a file, so the file has both. */
static bool write_authorities(struct phase *phase)
{
    static const char *const systems[] = {"/etc/ssl/certs/ca-certificates.crt",
                                          "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};
    struct buf text;
    const char *own = phase->session->config->ca_file;
    if (own[0] == '\0')
        return true;
    buf_init(&text, NULL);
    for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]) && text.len == 0; i++)
        append_file(&text, systems[i]);
    append_file(&text, own);
    return phase_write(phase, "control/ca.pem", &text);
}

static bool write_ssh_key(struct phase *phase)
{
    const char *key = phase->session->job->ssh_key;
    struct buf text;
    if (key == NULL)
        return true;
    buf_init(&text, NULL);
    buf_adds(&text, key);
    if (text.len > 0 && text.data[text.len - 1] != '\n')
        buf_addc(&text, '\n'); /* ssh refuses a key without it */
    return phase_write(phase, "secret/ssh_key", &text);
}

static bool write_accounts(struct phase *phase)
{
    struct buf text;
    buf_init(&text, NULL);
    buf_printf(&text, "runner:x:1000:1000::%s:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
               sandbox_path(&phase->session->sandbox, SANDBOX_HOME));
    if (!phase_write(phase, "control/passwd", &text))
        return false;
    buf_adds(&text, "runner:x:1000:\nnogroup:x:65534:\n");
    return phase_write(phase, "control/group", &text);
}

static bool write_control(struct phase *phase)
{
    const struct runner_config *config = phase->session->config;
    const struct sandbox *sandbox = &phase->session->sandbox;
    struct cli_folders folders = {0};
    struct buf text;
    buf_init(&text, NULL);
    if (config->provider_mirror[0] != '\0') {
        folders.mirror = sandbox_path(sandbox, SANDBOX_MIRROR);
        folders.mirror_there = config->provider_mirror;
    }
    if (config->plugin_cache[0] != '\0')
        folders.plugins = sandbox_path(sandbox, SANDBOX_PLUGINS);
    cli_files_configuration(phase->session->job, &phase->cli, &folders, &text);
    if (!phase_write(phase, "control/terraformrc", &text))
        return false;
    cli_files_override(phase->session->job, &phase->cli, &text);
    return phase_write(phase, "control/override", &text) && write_authorities(phase) &&
           write_ssh_key(phase);
}

bool phase_setup_tools(struct phase *phase)
{
    set_tools(phase);
    return write_accounts(phase);
}

bool phase_setup(struct phase *phase)
{
    if (!phase_setup_tools(phase))
        return false;
    set_environment(phase);
    return write_control(phase) && credentials_give(phase);
}
