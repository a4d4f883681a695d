/* What somebody may do with a thing, and why: the rights are computed by the same SQL that decides
 * requests, so that this can be believed (sql/queries/explain.sql). */
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"

static const struct {
    const char *kind;
    enum statement statement;
    const char *rights; /* a regular expression: those that matter for this kind */
} kinds[] = {
    {"workspace", STATEMENT_CTL_EXPLAIN_WORKSPACE, "^(?!org-|project-|team-|policy-delegate)"},
    {"project", STATEMENT_CTL_EXPLAIN_PROJECT, "^(?!org-|team-|policy-delegate)"},
    {"organization", STATEMENT_CTL_EXPLAIN_ORGANIZATION, "^(org-|policy-delegate)"},
    {"team", STATEMENT_CTL_EXPLAIN_TEAM, "^team-"},
};

static void print_rights(const char *who, const char *kind, const struct rows *rows)
{
    printf("%s, %s %s\n", who, kind, rows_get(rows, 0, "label"));
    if (rows_bool(rows, 0, "is_disabled"))
        puts("  the user is disabled: every request is refused until `terracectl user enable`");
    if (rows_bool(rows, 0, "is_refused"))
        puts("  the organization takes no user tokens: they are refused with a 401");
    if (rows_get(rows, 0, "name") == NULL)
        puts("  no right: it answers as if it did not exist");
    for (size_t i = 0; i < rows_count(rows) && rows_get(rows, i, "name") != NULL; i++)
        printf("  %-24s  %s\n", rows_get(rows, i, "name"), rows_get(rows, i, "sources"));
}

int ctl_explain(struct ctl *ctl, const struct ctl_args *args)
{
    const char *who = args->arguments[0], *kind = args->arguments[1], *thing = args->arguments[2];
    struct rows *rows;
    size_t i = 0;

    while (i < sizeof kinds / sizeof kinds[0] && strcmp(kinds[i].kind, kind) != 0)
        i++;
    if (i == sizeof kinds / sizeof kinds[0])
        return ctl_fail("%s: the kinds are workspace, project, organization and team", kind);
    if (!ctl_database(ctl))
        return 1;
    enum db_status status =
        db_query(ctl->db, ctl->arena, kinds[i].statement, &rows, who, thing, kinds[i].rights);
    if (status != DB_OK)
        return ctl_fail_db(ctl, status, "explain");
    if (rows_int(rows, 0, "principals") == 0)
        return ctl_fail("there is no user, team or organization %s", who);
    if (rows_get(rows, 0, "label") == NULL)
        return ctl_fail("there is no %s %s", kind, thing);
    print_rights(who, kind, rows);
    return 0;
}
