/* The configuration file: a message or values within their limits. */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz/fuzz.h"

#include "base/config.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config config;
    char path[64], error[300] = "";
    int fd = memfd_create("config", MFD_CLOEXEC);
    MUST(fd >= 0 && (size == 0 || write(fd, data, size) == (ssize_t)size));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    setenv("TERRACE_CONFIG", path, 1);
    bool good = config_load(&config, error, sizeof(error));
    close(fd);
    MUST(good == (error[0] == '\0'));
    if (good) {
        MUST(config.workers >= 1 && config.workers <= 1024);
        MUST(config.json_depth >= 8 && config.json_depth <= 512);
        MUST(config.database != NULL && config.base_url != NULL && config.log_level != NULL);
    }
    return 0;
}
