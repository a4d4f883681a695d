/* The runner's folder. It holds a lock, so that no two runners share it, and `job`, which exists
 * while a job does:
 *
 *   control/  what the CLI needs from the runner, read-only in the sandbox (/run/terrace)
 *   secret/   the SSH key, there for commands that need it only (/run/ssh)
 *   work/     the configuration (/work)
 *   home/ tmp/ shm/ out/   writable: /home/runner, /tmp, /dev/shm, /run/out
 *   files/    what goes to the server and comes from it; never inside the sandbox
 *
 * Whoever the job belongs to writes in the writable ones: the runner itself neither reads nor
 * writes there, as every name could be a link to somewhere else. */
#ifndef TERRACE_RUNNER_FOLDER_H
#define TERRACE_RUNNER_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct folder {
    const char *base;
    int lock; /* descriptor */
};

/* Makes the folder if it is missing, locks it, and removes what a killed runner left. */
bool folder_open(struct folder *folder, const char *base, char *error, size_t error_size);

/* The job's folders, empty. */
bool folder_begin(const struct folder *folder, char *error, size_t error_size);
/* Removes them, whatever rights a job has taken away. */
void folder_end(const struct folder *folder);

/* Absolute path of a name below the job's folder. */
const char *folder_path(const struct folder *folder, struct arena *arena, const char *name);

/* Writes a file that only this user can read. */
bool folder_write(const struct folder *folder, const char *name, const char *text, size_t len);

/* An empty file in files/, open for reading and writing; -1 with errno. */
int folder_file(const struct folder *folder, const char *name);

/* Keeps a file of files/ for the administrator, in errored-states/ of the base; returns where, or
 * NULL. */
const char *folder_keep(const struct folder *folder, struct arena *arena, const char *name,
                        const char *as);

/* Bytes that are free where the folder is. */
long folder_free_space(const struct folder *folder);

#endif
