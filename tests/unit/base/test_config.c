/* Configuration: defaults, file, environment, in this order; messages; printing. */
#include "base/config.h"

#include "unit/unit.h"

#include <unistd.h>

static char path[] = "/tmp/terrace-config-XXXXXX";
static char error[512];
static struct config config;

static bool load(const char *text)
{
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
    return config_load(&config, error, sizeof(error));
}

/* The message names the file, as the path that every test shares. */
static const char *message(void)
{
    size_t len = strlen(path);
    return strncmp(error, path, len) == 0 && error[len] == ':' ? error + len + 1 : error;
}

TEST(defaults)
{
    CHECK(load(""));
    CHECK_STR(error, "");
    CHECK_STR(config.database, "dbname=terrace");
    CHECK_STR(config.listen, "");
    CHECK_STR(config.base_url, "");
    CHECK_STR(config.log_level, "info");
    CHECK_INT(config.workers, 6);
    CHECK_INT(config.worker_requests, 100000);
    CHECK_INT(config.document_limit, 16 * 1024 * 1024);
    CHECK_INT(config.upload_limit, 512L * 1024 * 1024);
    CHECK_INT(config.json_depth, 64);
    CHECK_INT(config.url_lifetime, 25 * 3600);
    CHECK_INT(config.argon2_memory, 19456);
    CHECK(config.prepared_statements);
    CHECK(!config.cost_log);
    CHECK(config.key_file[0] == '/' && config.web_root[0] == '/');
}

TEST(file_sets_every_kind)
{
    CHECK(load("; comment\n# comment\n\n[terrace]\n"
               "database = host=/run/x password=a;b#c \n"
               "workers=16\n  log_level : debug\n"
               "base_url = https://terrace.example.org/sub\n"
               "upload_limit = 2G\ndocument_limit = 64K\n"
               "prepared_statements = off\ncost_log = yes\nlisten =\n"));
    CHECK_STR(error, "");
    CHECK_STR(config.database, "host=/run/x password=a;b#c");
    CHECK_INT(config.workers, 16);
    CHECK_STR(config.log_level, "debug");
    CHECK_STR(config.base_url, "https://terrace.example.org/sub");
    CHECK_INT(config.upload_limit, 2L * 1024 * 1024 * 1024);
    CHECK_INT(config.document_limit, 64 * 1024);
    CHECK(!config.prepared_statements);
    CHECK(config.cost_log);
}

TEST(environment_wins_over_the_file)
{
    setenv("TERRACE_WORKERS", "7", 1);
    setenv("TERRACE_COST_LOG", "1", 1);
    CHECK(load("workers = 3\n"));
    CHECK_INT(config.workers, 7);
    CHECK(config.cost_log);
    unsetenv("TERRACE_WORKERS");
    unsetenv("TERRACE_COST_LOG");
    CHECK(load("workers = 3\n"));
    CHECK_INT(config.workers, 3);
}

TEST(messages_name_file_line_and_option)
{
    CHECK(!load("\nworkers = 0\n"));
    CHECK_STR(message(), "2: workers: \"0\" is not a number from 1 to 1024");
    CHECK(!load("workers = 4\n\n\nwrokers = 4\n"));
    CHECK_STR(message(), "4: unknown option \"wrokers\"");
    CHECK(!load("just words\n"));
    CHECK_STR(message(), "1: expected option = value");
    CHECK(!load("[other]\nworkers = 1\n"));
    CHECK_STR(message(), "2: unknown section [other]");
    CHECK(!load("log_level = loud\n"));
    CHECK_STR(message(), "1: log_level: \"loud\" is none of debug, info, warn, error");
    CHECK(!load("cost_log = maybe\n"));
    CHECK_STR(message(), "1: cost_log: \"maybe\" is neither true nor false");
    CHECK(!load("base_url = https://x/\n"));
    CHECK_STR(message(),
              "1: base_url: \"https://x/\" is not http(s)://host without a slash at the end");
}

TEST(environment_messages_name_the_variable)
{
    setenv("TERRACE_JSON_DEPTH", "deep", 1);
    CHECK(!load(""));
    CHECK_STR(error, "TERRACE_JSON_DEPTH: json_depth: \"deep\" is not a number from 8 to 512");
    unsetenv("TERRACE_JSON_DEPTH");
}

TEST(numbers_are_whole_and_in_range)
{
    static const char *const bad[] = {
        "", "-1", "+1", " ", "1x", "1.0", "0x10", "1K", "99999999999999999999", "1025"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[64];
        snprintf(text, sizeof(text), "workers = %s\n", bad[i]);
        if (load(text))
            CHECK_STR(bad[i], "refused");
    }
    CHECK(!load("upload_limit = 1KK\n"));
    CHECK(!load("upload_limit = K\n"));
    CHECK(!load("upload_limit = 1T\n"));
    CHECK(!load("upload_limit = 9223372036854775807G\n"));
    CHECK(load("upload_limit = 9223372036854775807\n"));
}

TEST(urls_are_checked)
{
    static const char *const bad[] = {"terrace",   "ftp://x",     "https://",
                                      "http://x/", "https://x?y", "https://x y"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[64];
        snprintf(text, sizeof(text), "base_url = %s\n", bad[i]);
        if (load(text))
            CHECK_STR(bad[i], "refused");
    }
    CHECK(load("base_url = http://localhost:8080\n"));
}

TEST(networks_are_checked)
{
    static const char *const bad[] = {"192.0.2.1",    "192.0.2.0/33", "2001:db8::/129",
                                      "/8",           "192.0.2.0/",   "192.0.2/24",
                                      "192.0.2.0/2x", "192.0.2.0/-1", "192.0.2.0/24;x",
                                      "example.org/8"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[64];
        snprintf(text, sizeof(text), "ip_ranges_api = %s\n", bad[i]);
        if (load(text))
            CHECK_STR(bad[i], "refused");
    }
    CHECK_STR(message(), "1: ip_ranges_api: \"example.org/8\" is not a list of networks such as "
                         "192.0.2.0/24");
    CHECK(load("ip_ranges_api = 192.0.2.0/24,2001:db8::/32 0.0.0.0/0\nip_ranges_out =\n"));
    CHECK_STR(config.ip_ranges_api, "192.0.2.0/24,2001:db8::/32 0.0.0.0/0");
    CHECK_STR(config.ip_ranges_out, "");
}

TEST(long_lines_are_read_and_too_long_ones_refused)
{
    static char text[10000];
    char *to = text + snprintf(text, sizeof(text), "database = ");
    memset(to, 'x', 4000);
    snprintf(to + 4000, sizeof(text) / 2, "\nworkers = 2\n");
    CHECK(load(text));
    CHECK_INT(strlen(config.database), 4000);
    CHECK_INT(config.workers, 2);
    memset(to, 'x', 9000);
    to[9000] = '\0';
    CHECK(!load(text));
    CHECK_STR(message(), "1: the line is too long");
}

TEST(file_named_but_absent_is_an_error)
{
    setenv("TERRACE_CONFIG", "/nonexistent/terrace.conf", 1);
    CHECK(!config_load(&config, error, sizeof(error)));
    CHECK_STR(error, "/nonexistent/terrace.conf: No such file or directory");
    setenv("TERRACE_CONFIG", "/tmp", 1);
    CHECK(!config_load(&config, error, sizeof(error)));
    CHECK(strncmp(error, "/tmp:", 5) == 0);
    setenv("TERRACE_CONFIG", "", 1);
    CHECK(config_load(&config, error, sizeof(error)));
    setenv("TERRACE_CONFIG", path, 1);
}

TEST(secrets_are_neither_printed_nor_quoted)
{
    static char printed[8192];
    setenv("TERRACE_WORKERS", "5", 1);
    CHECK(load("database = password=hunter2\nlog_level = warn\n"));
    unsetenv("TERRACE_WORKERS");
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    FILE *file = tmpfile();
    dup2(fileno(file), STDOUT_FILENO);
    config_print(&config);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    rewind(file);
    printed[fread(printed, 1, sizeof(printed) - 1, file)] = '\0';
    fclose(file);

    CHECK(strstr(printed, "hunter2") == NULL);
    CHECK(strstr(printed, "TERRACE_DATABASE, from file)\ndatabase = ***\n") != NULL);
    CHECK(strstr(printed, "from environment)\nworkers = 5\n") != NULL);
    CHECK(strstr(printed, "from file)\nlog_level = warn\n") != NULL);
    CHECK(strstr(printed, "from default)\ncost_log = false\n") != NULL);
    CHECK(strstr(printed, "\nlisten = \n") != NULL);
    /* What is printed can be read again. */
    CHECK(load(printed));
    CHECK_INT(config.workers, 5);
}

int main(int argc, char **argv)
{
    static const char *const inherited[] = {"TERRACE_WORKERS",
                                            "TERRACE_DATABASE",
                                            "TERRACE_LOG_LEVEL",
                                            "TERRACE_COST_LOG",
                                            "TERRACE_KEY_FILE",
                                            "TERRACE_LISTEN",
                                            "TERRACE_BASE_URL",
                                            "TERRACE_WORKER_REQUESTS",
                                            "TERRACE_DOCUMENT_LIMIT",
                                            "TERRACE_UPLOAD_LIMIT",
                                            "TERRACE_JSON_DEPTH",
                                            "TERRACE_URL_LIFETIME",
                                            "TERRACE_PREPARED_STATEMENTS",
                                            "TERRACE_ARGON2_MEMORY",
                                            "TERRACE_WEB_ROOT"};
    for (size_t i = 0; i < sizeof(inherited) / sizeof(inherited[0]); i++)
        unsetenv(inherited[i]);
    int fd = mkstemp(path);
    if (fd < 0)
        abort();
    close(fd);
    setenv("TERRACE_CONFIG", path, 1);
    int failed = unit_run(argc > 1 ? argv[1] : getenv("T"));
    unlink(path);
    return failed;
}
