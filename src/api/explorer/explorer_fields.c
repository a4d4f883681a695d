/* The tables of the explorer: see explorer_fields.h. */
#include "api/explorer/explorer_fields.h"

#include <string.h>

/* In the order of the documents, which is that of the CSV's columns. */
static const struct explorer_field workspace_fields[] = {
    {"all_checks_succeeded", EXPLORER_BOOLEAN},
    {"current_rum_count", EXPLORER_NUMBER},
    {"checks_errored", EXPLORER_NUMBER},
    {"checks_failed", EXPLORER_NUMBER},
    {"checks_passed", EXPLORER_NUMBER},
    {"checks_unknown", EXPLORER_NUMBER},
    {"current_run_applied_at", EXPLORER_DATETIME},
    {"current_run_external_id", EXPLORER_STRING},
    {"current_run_status", EXPLORER_STRING},
    {"drifted", EXPLORER_BOOLEAN},
    {"external_id", EXPLORER_STRING},
    {"module_count", EXPLORER_NUMBER},
    {"modules", EXPLORER_STRING},
    {"organization_name", EXPLORER_STRING},
    {"project_external_id", EXPLORER_STRING},
    {"project_name", EXPLORER_STRING},
    {"provider_count", EXPLORER_NUMBER},
    {"providers", EXPLORER_STRING},
    {"resource_count", EXPLORER_NUMBER},
    {"resources_drifted", EXPLORER_NUMBER},
    {"resources_undrifted", EXPLORER_NUMBER},
    {"source_module_id", EXPLORER_STRING},
    {"state_version_terraform_version", EXPLORER_STRING},
    {"tags", EXPLORER_STRING},
    {"vcs_repo_identifier", EXPLORER_STRING},
    {"workspace_created_at", EXPLORER_DATETIME},
    {"workspace_name", EXPLORER_STRING},
    {"workspace_terraform_version", EXPLORER_STRING},
    {"workspace_updated_at", EXPLORER_DATETIME},
    {0},
};

static const struct explorer_field version_fields[] = {
    {"unique_identifier", EXPLORER_STRING},
    {"version", EXPLORER_STRING},
    {"workspace_count", EXPLORER_NUMBER},
    {"workspaces", EXPLORER_STRING},
    {0},
};

static const struct explorer_field dependency_fields[] = {
    {"name", EXPLORER_STRING},
    {"source", EXPLORER_STRING},
    {"version", EXPLORER_STRING},
    {"registry_type", EXPLORER_STRING},
    {"workspace_count", EXPLORER_NUMBER},
    {"workspaces", EXPLORER_STRING},
    {0},
};

static const struct explorer_field resource_fields[] = {
    {"name", EXPLORER_STRING},
    {"address", EXPLORER_STRING},
    {"provider_type", EXPLORER_STRING},
    {"provider_name", EXPLORER_STRING},
    {"module_name", EXPLORER_STRING},
    {"terraform_version", EXPLORER_STRING},
    {"billable_rum", EXPLORER_BOOLEAN},
    {"source_type", EXPLORER_STRING},
    {"source_id", EXPLORER_STRING},
    {"source_updated_at", EXPLORER_DATETIME},
    {"workspace_name", EXPLORER_STRING},
    {"workspace_external_id", EXPLORER_STRING},
    {"project_name", EXPLORER_STRING},
    {"project_external_id", EXPLORER_STRING},
    {"organization_external_id", EXPLORER_STRING},
    {0},
};

/* Only the first type is documented. */
static const struct explorer_view views[] = {
    {"workspaces", "visibility-workspace", STATEMENT_EXPLORER_WORKSPACES, workspace_fields},
    {"tf_versions", "visibility-tf-version", STATEMENT_EXPLORER_TF_VERSIONS, version_fields},
    {"providers", "visibility-provider", STATEMENT_EXPLORER_PROVIDERS, dependency_fields},
    {"modules", "visibility-module", STATEMENT_EXPLORER_MODULES, dependency_fields},
    {"resources", "visibility-resource", STATEMENT_EXPLORER_RESOURCES, resource_fields},
};

#define OF(kind) (1u << EXPLORER_##kind)
#define VALUED (OF(STRING) | OF(NUMBER) | OF(BOOLEAN))

static const struct explorer_operator operators[] = {
    {"is", VALUED, false},
    {"is_not", OF(STRING) | OF(NUMBER), false},
    {"contains", OF(STRING), false},
    {"does_not_contain", OF(STRING), false},
    {"is_empty", VALUED, true},
    {"is_not_empty", VALUED, true},
    {"gt", OF(NUMBER), false},
    {"lt", OF(NUMBER), false},
    {"gteq", OF(NUMBER), false},
    {"lteq", OF(NUMBER), false},
    {"is_before", OF(DATETIME), false},
    {"is_after", OF(DATETIME), false},
};

const char *explorer_kind_name(enum explorer_kind kind)
{
    static const char *const names[] = {"string", "number", "boolean", "datetime"};
    return names[kind];
}

const struct explorer_view *explorer_view_find(const char *name)
{
    for (size_t i = 0; name && i < sizeof views / sizeof views[0]; i++)
        if (strcmp(views[i].name, name) == 0)
            return &views[i];
    return NULL;
}

/* Documents write field names with underscores, answers with hyphens, and an operator has blanks.
 */
static bool same_word(const char *word, const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++, word++) {
        char c = name[i] == '-' || name[i] == ' ' ? '_' : name[i];
        if (*word != c)
            return false;
    }
    return !*word;
}

const struct explorer_field *explorer_field_find(const struct explorer_view *view, const char *name,
                                                 size_t len)
{
    for (const struct explorer_field *f = view->fields; f->name; f++)
        if (same_word(f->name, name, len))
            return f;
    return NULL;
}

const struct explorer_operator *explorer_operator_find(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (same_word(operators[i].name, name, len))
            return &operators[i];
    return NULL;
}
