/* terrace.fcgi: finds out how it was started. A listening socket from systemd or on descriptor 0, a
 * CGI environment, or `listen` of the configuration, in this order: a configuration that is shared
 * with a daemon must not keep a web server from starting the same file as CGI. */
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "application.h"
#include "base/config.h"
#include "base/log.h"
#include "listener.h"
#include "master.h"

static void usage(void)
{
    fputs("usage: terrace.fcgi [--routes | --reference]\n"
          "Answers HTTP requests behind a web server. Set `listen` in the configuration\n"
          "(TERRACE_CONFIG) or TERRACE_LISTEN to unix:/path or host:port, or start it with\n"
          "spawn-fcgi, by systemd socket activation, or from a web server as FastCGI or CGI.\n",
          stderr);
}

static int run_cgi(const struct config *config)
{
    struct http_application *application = application_new(config);
    int status;

    if (application == NULL) {
        fputs("Status: 503 Service Unavailable\r\n"
              "Content-Type: application/vnd.api+json\r\n\r\n"
              "{\"errors\":[{\"status\":\"503\",\"title\":\"service unavailable\"}]}",
              stdout);
        return 1;
    }
    status = http_server_cgi(application);
    application_free(application);
    return status;
}

/* Set by the shipped mod_fcgid configuration. mod_fcgid starts, counts and ends processes itself
 * and sends each one request at a time, so that workers of our own would only be in its way. */
static bool is_managed(void)
{
    const char *managed = getenv("FCGI_PROCESS_MANAGED");

    return managed != NULL && strcmp(managed, "1") == 0;
}

static int run_listening(const struct config *config, int listen_fd, const char *unlink_address)
{
    struct master_options options = {
        .config = config, .listen_fd = listen_fd, .unlink_address = unlink_address};

    if (is_managed())
        return master_run_single(config, listen_fd);
    application_share();
    return master_run(&options);
}

static void set_log_level(const char *name)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};

    for (int level = LOG_LEVEL_DEBUG; level <= LOG_LEVEL_ERROR; level++) {
        if (name != NULL && strcmp(name, names[level]) == 0)
            log_set_level((enum log_level)level);
    }
}

/* Documents of some hundred KiB come one after the other: their memory is kept, and not given back
 * and taken anew, page by page, for each. Larger pieces are. */
static void keep_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    mallopt(M_TRIM_THRESHOLD, 4 << 20);
}

int main(int argc, char **argv)
{
    static struct config config;
    char error[512];
    int listen_fd;

    if (argc == 2 && strcmp(argv[1], "--routes") == 0) {
        application_print_routes();
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--reference") == 0) {
        application_print_reference();
        return 0;
    }
    if (argc > 1) {
        usage();
        return 2;
    }
    if (!config_load(&config, error, sizeof error)) {
        log_error("configuration not read error=%s", error);
        return 2;
    }
    set_log_level(config.log_level);
    keep_memory();
    signal(SIGPIPE, SIG_IGN);
    listen_fd = listener_inherited();
    if (listen_fd >= 0)
        return run_listening(&config, listen_fd, NULL);
    if (getenv("GATEWAY_INTERFACE") != NULL)
        return run_cgi(&config);
    if (config.listen == NULL || *config.listen == '\0') {
        usage();
        return 2;
    }
    listen_fd = listener_open(config.listen);
    return listen_fd >= 0 ? run_listening(&config, listen_fd, config.listen) : 1;
}
