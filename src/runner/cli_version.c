/* Three numbers and perhaps a prerelease; more is not needed to choose among what is installed. */
#include "runner/cli_version.h"

#include <stdlib.h>
#include <string.h>

struct number {
    long part[3];
    int parts; /* that were written */
    const char *prerelease;
};

bool cli_version_is_one(const char *text)
{
    return *text >= '0' && *text <= '9' &&
           text[strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz.-+")] == '\0';
}

static struct number parse(const char *text)
{
    struct number number = {.prerelease = ""};
    while (number.parts < 3 && *text >= '0' && *text <= '9') {
        char *end;
        number.part[number.parts++] = strtol(text, &end, 10);
        text = *end == '.' ? end + 1 : end;
    }
    if (*text == '-')
        number.prerelease = text + 1;
    return number;
}

static int compare_numbers(const struct number *a, const struct number *b)
{
    for (int i = 0; i < 3; i++)
        if (a->part[i] != b->part[i])
            return a->part[i] < b->part[i] ? -1 : 1;
    if (*a->prerelease == '\0' || *b->prerelease == '\0')
        return (*b->prerelease != '\0') - (*a->prerelease != '\0');
    return strcmp(a->prerelease, b->prerelease);
}

int cli_version_compare(const char *a, const char *b)
{
    struct number left = parse(a), right = parse(b);
    return compare_numbers(&left, &right);
}

/* "~> 1.2" stays below 2, "~> 1.2.3" below 1.3. */
static bool is_near(const struct number *version, const struct number *wanted)
{
    int fixed = wanted->parts > 1 ? wanted->parts - 1 : 1;
    for (int i = 0; i < fixed; i++)
        if (version->part[i] != wanted->part[i])
            return false;
    return compare_numbers(version, wanted) >= 0;
}

static bool satisfies_one(const struct number *version, const char *constraint)
{
    size_t sign = strspn(constraint, "<>=!~");
    struct number wanted = parse(constraint + sign + strspn(constraint + sign, " "));
    int order = compare_numbers(version, &wanted);
    if (wanted.parts == 0)
        return false;
    if (sign == 0 || (sign == 1 && *constraint == '='))
        return order == 0;
    if (strncmp(constraint, "~>", 2) == 0)
        return sign == 2 && is_near(version, &wanted);
    if (strncmp(constraint, "!=", 2) == 0)
        return sign == 2 && order != 0;
    if (strncmp(constraint, ">=", 2) == 0)
        return sign == 2 && order >= 0;
    if (strncmp(constraint, "<=", 2) == 0)
        return sign == 2 && order <= 0;
    return sign == 1 && (*constraint == '>' ? order > 0 : *constraint == '<' && order < 0);
}

bool cli_version_satisfies(const char *version, const char *wish)
{
    struct number number = parse(version);
    if (strcmp(version, wish) == 0)
        return true;
    if (*number.prerelease != '\0' || number.parts == 0)
        return false;
    if (strcmp(wish, "latest") == 0)
        return true;
    do {
        wish += strspn(wish, " ");
        char constraint[64];
        size_t len = strcspn(wish, ",");
        if (len >= sizeof(constraint))
            return false;
        memcpy(constraint, wish, len);
        constraint[len] = '\0';
        if (!satisfies_one(&number, constraint))
            return false;
        wish += len;
    } while (*wish++ == ',');
    return true;
}
