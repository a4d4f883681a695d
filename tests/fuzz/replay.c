/* Stands in for libFuzzer where there is none: runs a target over its corpus, over every prefix of
 * each file, and over some mutations of it that are the same in every run.
 * fuzz_NAME [folder [mutations a file]]; the folder is $srcdir/tests/fuzz/corpus/NAME otherwise. */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <libgen.h>

/* Prefixes of a longer file would take too long. */
#define PREFIX_LIMIT 4096

static void run(const uint8_t *data, size_t size)
{
    /* A copy of the exact size, so that ASan and valgrind see a read past its end. */
    uint8_t *copy = malloc(size);
    if (size > 0)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static uint32_t draw(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Changes, removes or repeats a few bytes; data has room for twice its size. */
static size_t mutate(uint8_t *data, size_t size, uint32_t *state)
{
    static const char interesting[] = "{}[]\",:\\u0.eE-+tfn \n/*=;#ZT\x01\x7f\x80\xc3\xed\xf4\xff";
    for (uint32_t edits = draw(state) % 4 + 1; edits > 0 && size > 0; edits--) {
        size_t at = draw(state) % size;
        switch (draw(state) % 4) {
        case 0:
            data[at] ^= (uint8_t)(1u << draw(state) % 8);
            break;
        case 1:
            data[at] = (uint8_t)interesting[draw(state) % sizeof(interesting)];
            break;
        case 2:
            memmove(data + at, data + at + 1, size - at - 1);
            size--;
            break;
        default: {
            size_t len = draw(state) % (size - at < 16 ? size - at : 16) + 1;
            memmove(data + at + len, data + at, size - at);
            size += len;
        }
        }
    }
    return size;
}

static void run_file(const char *path, long mutations)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(1);
    }
    size_t size = (size_t)ftell(file);
    uint8_t *data = malloc(size + 1);
    uint8_t *changed = malloc(size + 64);
    rewind(file);
    if (fread(data, 1, size, file) != size) {
        perror(path);
        exit(1);
    }
    fclose(file);
    run(data, size);
    for (size_t len = 0; size <= PREFIX_LIMIT && len < size; len++)
        run(data, len);
    uint32_t state = 2463534242u;
    for (long i = 0; i < mutations; i++) {
        memcpy(changed, data, size);
        run(changed, mutate(changed, size, &state));
    }
    free(data);
    free(changed);
}

int main(int argc, char **argv)
{
    char folder[2048], path[4096];
    const char *srcdir = getenv("srcdir");
    const char *name = strstr(basename(argv[0]), "fuzz_");
    long mutations = argc > 2 ? strtol(argv[2], NULL, 10) : 300;
    snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s", srcdir != NULL ? srcdir : ".",
             name != NULL ? name + strlen("fuzz_") : "");
    DIR *dir = opendir(argc > 1 ? argv[1] : folder);
    if (dir == NULL) {
        perror(argc > 1 ? argv[1] : folder);
        return 1;
    }
    int count = 0;
    run((const uint8_t *)"", 0);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", argc > 1 ? argv[1] : folder, entry->d_name);
        run_file(path, mutations);
        count++;
    }
    closedir(dir);
    printf("%d files\n", count);
    return count == 0;
}
