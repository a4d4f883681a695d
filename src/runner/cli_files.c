/* HCL, written with care for what users may put into names and values. */
#include "runner/cli_files.h"

#include "base/buf.h"
#include "runner/cli.h"
#include "runner/job.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* What modules may call any server that runs them. */
#define GENERIC_HOST "localterraform.com"

static void quote(struct buf *out, const char *text)
{
    buf_addc(out, '"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c == '\n')
            buf_adds(out, "\\n");
        else if (c == '\r')
            buf_adds(out, "\\r");
        else if (c == '\t')
            buf_adds(out, "\\t");
        else if (c < 0x20 || c == 0x7f)
            buf_printf(out, "\\u%04x", c);
        else if ((c == '$' || c == '%') && text[1] == '{')
            buf_printf(out, "%c%c", c, c);
        else
            buf_addc(out, (char)c);
    }
    buf_addc(out, '"');
}

/* host:port of a base URL */
static void add_host(struct buf *out, const char *server)
{
    const char *host = strstr(server, "://");
    host = host != NULL ? host + 3 : server;
    buf_add(out, host, strcspn(host, "/"));
}

static void add_service(struct buf *out, const char *name, const char *server, const char *path)
{
    buf_printf(out, "    \"%s\" = \"%s%s\"\n", name, server, path);
}

/* Also what discovery would tell, so that a server without TLS can be used. */
static void add_host_block(struct buf *out, const struct job *job, const char *host)
{
    buf_printf(out, "credentials \"%s\" {\n  token = ", host);
    quote(out, job->token);
    buf_printf(out, "\n}\nhost \"%s\" {\n  services = {\n", host);
    add_service(out, "modules.v1", job->server, "/api/registry/v1/modules/");
    add_service(out, "providers.v1", job->server, "/api/registry/v1/providers/");
    add_service(out, "state.v2", job->server, "/api/v2/");
    add_service(out, "tfe.v2", job->server, "/api/v2/");
    add_service(out, "tfe.v2.1", job->server, "/api/v2/");
    add_service(out, "tfe.v2.2", job->server, "/api/v2/");
    buf_adds(out, "  }\n}\n");
}

/* Names of folders as deep as a provider's address: host/namespace/type. */
static void add_providers(struct buf *out, const char *folder, const char *address, int depth,
                          int *count)
{
    DIR *list = opendir(folder);
    for (struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
        char path[PATH_MAX], name[1024];
        struct stat status;
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        snprintf(name, sizeof(name), "%s%s%s", address, depth > 1 ? "/" : "", entry->d_name);
        if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
            continue;
        if (depth < 3) {
            add_providers(out, path, name, depth + 1, count);
            continue;
        }
        buf_adds(out, (*count)++ > 0 ? ", " : "");
        quote(out, name);
    }
    if (list != NULL)
        closedir(list);
}

/* What the mirror holds comes from it alone: no registry is asked, so none needs to be reachable.
 */
static void add_mirror(struct buf *out, const struct cli_folders *folders)
{
    struct buf names;
    int count = 0;
    buf_init(&names, NULL);
    add_providers(&names, folders->mirror_there, "", 1, &count);
    if (count > 0) {
        buf_adds(out, "provider_installation {\n  filesystem_mirror {\n    path = ");
        quote(out, folders->mirror);
        buf_printf(out, "\n    include = [%s]\n  }\n", buf_str(&names));
        buf_printf(out, "  direct {\n    exclude = [%s]\n  }\n}\n", buf_str(&names));
    }
    buf_free(&names);
}

void cli_files_configuration(const struct job *job, const struct cli *cli,
                             const struct cli_folders *folders, struct buf *out)
{
    struct buf host;
    buf_init(&host, NULL);
    add_host(&host, job->server);
    buf_adds(out, "disable_checkpoint = true\n");
    add_host_block(out, job, buf_str(&host));
    if (strcmp(buf_str(&host), GENERIC_HOST) != 0)
        add_host_block(out, job, GENERIC_HOST);
    if (folders->plugins != NULL) {
        buf_adds(out, "plugin_cache_dir = ");
        quote(out, folders->plugins);
        buf_addc(out, '\n');
    }
    if (folders->mirror != NULL && cli_at_least(cli, 0, 13, 0))
        add_mirror(out, folders);
    buf_free(&host);
}

void cli_files_override(const struct job *job, const struct cli *cli, struct buf *out)
{
    struct buf host;
    buf_init(&host, NULL);
    add_host(&host, job->server);
    buf_adds(out, cli_at_least(cli, 1, 1, 0) ? "terraform {\n  cloud {\n"
                                             : "terraform {\n  backend \"remote\" {\n");
    buf_adds(out, "    hostname     = ");
    quote(out, buf_str(&host));
    buf_adds(out, "\n    organization = ");
    quote(out, job->organization);
    buf_adds(out, "\n    workspaces {\n      name = ");
    quote(out, job->workspace);
    buf_adds(out, "\n    }\n  }\n}\n");
    buf_free(&host);
}

static bool is_identifier(const char *name)
{
    bool first = true;
    for (; *name != '\0'; name++, first = false) {
        unsigned char c = (unsigned char)*name;
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
        bool other = (c >= '0' && c <= '9') || c == '-';
        if (!letter && (first || !other))
            return false;
    }
    return !first;
}

static bool is_declared(const char *declared, const char *name)
{
    size_t len = strlen(name);
    while (declared != NULL && *declared != '\0') {
        size_t line = strcspn(declared, "\n");
        if (line == len && memcmp(declared, name, len) == 0)
            return true;
        declared += line + (declared[line] == '\n');
    }
    return declared == NULL;
}

void cli_files_variables(const struct job *job, const char *declared, struct buf *out)
{
    for (size_t i = 0; i < job->variable_count; i++) {
        const struct job_variable *variable = &job->variables[i];
        if (variable->environment || !is_identifier(variable->key) ||
            !is_declared(declared, variable->key))
            continue;
        buf_printf(out, "%s = ", variable->key);
        if (variable->hcl)
            buf_adds(out, variable->value);
        else
            quote(out, variable->value);
        buf_addc(out, '\n');
    }
}
