/* Where a password comes from: standard input, a prompt on the terminal, or nowhere: then one is
 * made up and shown. */
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/ids.h"
#include "ctl/ctl.h"

#define MAX_PASSWORD 1024
#define MIN_PASSWORD 8
#define GENERATED_LENGTH 24

static char *read_line(struct ctl *ctl)
{
    char line[MAX_PASSWORD + 2];
    size_t len;

    if (fgets(line, sizeof(line), stdin) == NULL)
        return NULL;
    len = strcspn(line, "\r\n");
    if (len > MAX_PASSWORD)
        return NULL;
    return arena_strndup(ctl->arena, line, len);
}

static char *ask(struct ctl *ctl, const char *prompt)
{
    struct termios before;
    struct termios silent;
    char *line;

    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return NULL;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    fputs(prompt, stderr);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    line = read_line(ctl);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', stderr);
    return line;
}

static const char *check(const char *password)
{
    if (password == NULL) {
        ctl_fail("no password was given");
        return NULL;
    }
    if (strlen(password) < MIN_PASSWORD) {
        ctl_fail("a password has at least %d characters", MIN_PASSWORD);
        return NULL;
    }
    return password;
}

static const char *make_up(struct ctl *ctl)
{
    char *password = arena_alloc(ctl->arena, GENERATED_LENGTH + 1);

    ids_secret(password, GENERATED_LENGTH);
    return password;
}

const char *ctl_password(struct ctl *ctl, bool from_stdin, bool *generated)
{
    const char *password;
    const char *again;

    *generated = false;
    if (from_stdin)
        return check(read_line(ctl));
    if (isatty(STDIN_FILENO)) {
        password = ask(ctl, "Password (empty: make one up): ");
        if (password == NULL || password[0] != '\0') {
            if (check(password) == NULL)
                return NULL;
            again = ask(ctl, "Again: ");
            if (again != NULL && strcmp(password, again) == 0)
                return password;
            ctl_fail("the passwords differ");
            return NULL;
        }
    }
    *generated = true;
    return make_up(ctl);
}
