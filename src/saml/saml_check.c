/* Asks terrace-saml; see saml.h. */
#define _GNU_SOURCE /* pipe2, environ */
#include "saml/saml.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

#define PROGRAM "terrace-saml"

/* Beside the program that runs. */
static const char *program(struct arena *arena)
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);

    self[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(self, '/');
    return arena_printf(arena, "%.*s/" PROGRAM, slash ? (int)(slash - self) : 0, self);
}

static void write_question(struct buf *out, const struct saml_expected *expected)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_member_string(&w, "response", expected->response);
    json_member_string(&w, "acs_url", expected->self->acs_url);
    json_member_string(&w, "entity_id", expected->self->entity_id);
    json_member_bool(&w, "want_assertions_signed", expected->self->want_assertions_signed);
    json_key(&w, "certificates");
    json_array_begin(&w);
    for (size_t i = 0; i < 2; i++)
        json_string(&w, expected->certificates[i]);
    json_array_end(&w);
    json_object_end(&w);
}

static bool write_all(int fd, const struct buf *text)
{
    for (size_t at = 0; at < text->len;) {
        ssize_t put = write(fd, text->data + at, text->len - at);
        if (put < 0 && errno != EINTR)
            return false;
        at += put > 0 ? (size_t)put : 0;
    }
    return true;
}

static bool read_all(int fd, struct buf *text)
{
    for (;;) {
        char *room = buf_reserve(text, 65536);
        ssize_t got = read(fd, room, 65535);
        if (got == 0)
            return true;
        if (got < 0 && errno != EINTR)
            return false;
        text->len += got > 0 ? (size_t)got : 0;
        text->data[text->len] = '\0';
    }
}

/* The ends of a child's pipes: it has in[0] as input and out[1] as output. */
static bool start(const char *path, const int in[2], const int out[2], pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    char *const arguments[] = {(char *)PROGRAM, NULL};
    char *const nothing[] = {NULL};

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    errno = posix_spawn(pid, path, &actions, NULL, arguments, nothing);
    posix_spawn_file_actions_destroy(&actions);
    return errno == 0;
}

/* Both sides of the talk; false when the child has ended badly. It reads all before it writes. */
static bool talk(const char *path, const struct buf *question, struct buf *answer)
{
    int in[2], out[2], status = -1;
    pid_t pid;

    if (pipe2(in, O_CLOEXEC) != 0)
        return false;
    if (pipe2(out, O_CLOEXEC) != 0) {
        close(in[0]), close(in[1]);
        return false;
    }
    bool started = start(path, in, out, &pid);
    close(in[0]), close(out[1]);
    bool good = started && write_all(in[1], question);
    close(in[1]);
    good = good && read_all(out[0], answer);
    close(out[0]);
    while (started && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

const struct json_value *saml_check(struct arena *arena, const struct saml_expected *expected)
{
    struct buf question, answer;
    const char *path = program(arena);
    const char *reason = "no JSON";
    const struct json_value *said = NULL;

    buf_init(&question, arena);
    buf_init(&answer, arena);
    write_question(&question, expected);
    if (!talk(path, &question, &answer))
        log_error("saml: %s has not answered errno=%s", path, strerror(errno));
    else if (!(said = json_read(arena, buf_str(&answer), answer.len, 8, &reason)))
        log_error("saml: %s has answered nonsense: %s", path, reason);
    return said;
}
