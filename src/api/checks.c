/* Checks of attribute values: see checks.h. */
#include "api/checks.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define MIN_PASSWORD_CHARACTERS 10
/* Longer is no safer, and hashing reads all of it. */
#define MAX_PASSWORD_BYTES 1024

static const char name_characters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const char *check_name(struct context *context, const char *value)
{
    (void)context;
    if (value[strspn(value, name_characters)] != '\0')
        return "is invalid. It can only include letters, numbers, -, and _.";
    return NULL;
}

const char *check_spaced_name(struct context *context, const char *value)
{
    (void)context;
    size_t len = strlen(value);
    for (const char *at = value; *at; at++)
        if (*at != ' ' && !strchr(name_characters, *at))
            return "may only contain letters, numbers, spaces, - and _";
    if (len && (value[0] == ' ' || value[len - 1] == ' '))
        return "may only contain spaces between other characters";
    return NULL;
}

const char *check_email(struct context *context, const char *value)
{
    (void)context;
    const char *at = strchr(value, '@');
    const char *host = at ? at + 1 : "";
    if (!at || at == value || !*host || strchr(host, '@') || host[0] == '.' ||
        value[strcspn(value, " \t\r\n,;<>\"()")] != '\0')
        return "is invalid";
    return NULL;
}

const char *check_password(const char *value)
{
    size_t characters = 0;
    for (const char *c = value; *c; c++)
        characters += ((unsigned char)*c & 0xC0) != 0x80;
    if (characters == 0)
        return "can't be blank";
    if (characters < MIN_PASSWORD_CHARACTERS)
        return "is too short (minimum is 10 characters)";
    if (strlen(value) > MAX_PASSWORD_BYTES)
        return "is too long (maximum is 1024 bytes)";
    return NULL;
}

const char *check_duration(struct context *context, const char *value)
{
    static const char problem[] =
        "has an incorrect format, we expect up to 4 numeric digits and 1 unit ('d' or 'h')";
    (void)context;
    size_t digits = strspn(value, "0123456789");
    if (digits < 1 || digits > 4 || strspn(value, "0") == digits)
        return problem;
    if ((value[digits] != 'd' && value[digits] != 'h') || value[digits + 1])
        return problem;
    return NULL;
}

/* One `[operator] 1[.2[.3]][-pre][+meta]`; advances *at past it. */
static int version_term(const char **at)
{
    static const char *const operators[] = {"~>", ">=", "<=", "!=", "=", ">", "<"};
    const char *c = *at + strspn(*at, " ");
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (strncmp(c, operators[i], strlen(operators[i])) == 0) {
            c += strlen(operators[i]);
            break;
        }
    c += strspn(c, " ");
    c += *c == 'v';
    int parts = 0;
    while (isdigit((unsigned char)*c)) {
        parts++;
        c += strspn(c, "0123456789");
        if (*c != '.' || !isdigit((unsigned char)c[1]))
            break;
        c++;
    }
    if (parts < 1 || parts > 3)
        return 0;
    if (*c == '-' || *c == '+')
        c += 1 + strspn(c + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-+");
    c += strspn(c, " ");
    *at = c;
    return 1;
}

const char *check_terraform_version(struct context *context, const char *value)
{
    (void)context;
    if (strcmp(value, "latest") == 0)
        return NULL;
    const char *at = value;
    while (version_term(&at)) {
        if (*at != ',')
            return *at ? "is invalid" : NULL;
        at++;
    }
    return "is invalid";
}
