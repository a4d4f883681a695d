/* A line that is longer than the buffer is none of those that are looked for. */
#include "runner/summary.h"

#include "base/arena.h"
#include "json/json_reader.h"

#include <stdlib.h>
#include <string.h>

#define LINE_DEPTH 32

void summary_begin(struct summary *summary)
{
    memset(summary, 0, sizeof(*summary));
}

/* Colours: ESC [ ... letter. */
static void strip(char *line)
{
    char *to = line;
    for (const char *from = line; *from != '\0';) {
        if (from[0] == '\033' && from[1] == '[') {
            from += 2 + strspn(from + 2, "0123456789;");
            from += *from != '\0';
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

static const struct {
    const char *told;   /* "Resources: 1 added, ..." */
    const char *member; /* of change_summary */
    const char *line;   /* of one resource */
    const char *action; /* of apply_complete */
    size_t offset;
} kinds[] = {
    {" added", "add", ": Creation complete", "create", offsetof(struct counts, additions)},
    {" changed", "change", ": Modifications complete", "update", offsetof(struct counts, changes)},
    {" destroyed", "remove", ": Destruction complete", "delete",
     offsetof(struct counts, destructions)},
    {" imported", "import", ": Import complete", "import", offsetof(struct counts, imports)},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static int64_t *field(struct counts *counts, size_t kind)
{
    return (int64_t *)(void *)((char *)counts + kinds[kind].offset);
}

static void read_told(struct summary *summary, const char *text)
{
    summary->complete = true;
    summary->total = (struct counts){0};
    while (*text != '\0') {
        char *end;
        long number = strtol(text, &end, 10);
        for (size_t i = 0; i < KINDS && end > text; i++)
            if (strncmp(end, kinds[i].told, strlen(kinds[i].told)) == 0)
                *field(&summary->total, i) = number;
        text = strchr(text, ',');
        text = text != NULL ? text + 1 : "";
        text += strspn(text, " ");
    }
}

static void read_text(struct summary *summary, const char *line)
{
    static const char *const endings[] = {"Apply complete! Resources: ",
                                          "Destroy complete! Resources: "};
    for (size_t i = 0; i < 2; i++)
        if (strncmp(line, endings[i], strlen(endings[i])) == 0)
            read_told(summary, line + strlen(endings[i]));
    for (size_t i = 0; i < KINDS; i++) {
        const char *found = strstr(line, kinds[i].line);
        /* "x (local-exec): ..." is what somebody else prints. */
        if (found != NULL && found > line && memchr(line, ' ', (size_t)(found - line)) == NULL)
            ++*field(&summary->done, i);
    }
}

static void read_document(struct summary *summary, const struct json_value *document)
{
    const char *type = json_text(json_get(document, "type"));
    if (type == NULL)
        return;
    if (strcmp(type, "change_summary") == 0) {
        const struct json_value *changes = json_get(document, "changes");
        const char *operation = json_text(json_get(changes, "operation"));
        if (operation == NULL || strcmp(operation, "plan") == 0)
            return;
        summary->complete = true;
        for (size_t i = 0; i < KINDS; i++)
            *field(&summary->total, i) = json_integer(json_get(changes, kinds[i].member));
    } else if (strcmp(type, "apply_complete") == 0) {
        const char *action = json_text(json_find(document, "hook", "action", NULL));
        for (size_t i = 0; i < KINDS && action != NULL; i++)
            if (strcmp(action, kinds[i].action) == 0)
                ++*field(&summary->done, i);
    }
}

static void read_line(struct summary *summary)
{
    summary->line[summary->len] = '\0';
    if (summary->line[0] == '{' && (strstr(summary->line, "\"change_summary\"") != NULL ||
                                    strstr(summary->line, "\"apply_complete\"") != NULL)) {
        struct arena *arena = arena_new();
        const char *reason;
        read_document(summary, json_read(arena, summary->line, summary->len, LINE_DEPTH, &reason));
        arena_free(arena);
    } else if (summary->line[0] != '{') {
        strip(summary->line);
        read_text(summary, summary->line);
    }
    summary->len = 0;
}

void summary_take(void *object, const char *bytes, size_t len)
{
    struct summary *summary = object;
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\n')
            read_line(summary);
        else if (summary->len < SUMMARY_LINE - 1)
            summary->line[summary->len++] = bytes[i];
    }
}

const struct counts *summary_end(struct summary *summary)
{
    if (summary->len > 0)
        read_line(summary);
    return summary->complete ? &summary->total : &summary->done;
}
