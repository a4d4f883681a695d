/* Reads a job. What is missing is an error, what is unknown is ignored: servers are newer than
 * runners. */
#include "runner/job.h"

#include "base/arena.h"
#include "json/json_reader.h"

#include <string.h>

#define JOB_DEPTH 32

struct reader {
    struct arena *arena;
    const char *reason; /* of the first failure */
};

static const char *const kinds[] = {"plan", "apply", "policy", "query"};

const char *job_kind_name(enum job_kind kind)
{
    return kinds[kind];
}

static void miss(struct reader *reader, const char *key)
{
    if (reader->reason == NULL)
        reader->reason = arena_printf(reader->arena, "the job has no usable \"%s\"", key);
}

static const char *need_text(struct reader *reader, const struct json_value *object,
                             const char *key)
{
    const char *text = json_text(json_get(object, key));
    if (text == NULL || *text == '\0') {
        miss(reader, key);
        return "";
    }
    return text;
}

static int64_t need_count(struct reader *reader, const struct json_value *object, const char *key)
{
    const struct json_value *value = json_get(object, key);
    if (value == NULL || json_kind(value) != JSON_INT || json_integer(value) <= 0) {
        miss(reader, key);
        return 1;
    }
    return json_integer(value);
}

static bool take_switch(const struct json_value *object, const char *key, bool otherwise)
{
    const struct json_value *value = json_get(object, key);
    return value != NULL && json_kind(value) == JSON_BOOL ? json_boolean(value) : otherwise;
}

static const char *const *take_texts(struct reader *reader, const struct json_value *object,
                                     const char *key)
{
    const struct json_value *array = json_get(object, key);
    size_t count = array != NULL && json_kind(array) == JSON_ARRAY ? json_length(array) : 0;
    const char **list = arena_alloc(reader->arena, (count + 1) * sizeof(*list));
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        list[used] = json_text(json_at(array, i));
        if (list[used] == NULL)
            miss(reader, key);
        else
            used++;
    }
    list[used] = NULL;
    return list;
}

/* "/a//b/./c/" is a/b/c; a part ".." is refused. */
static const char *clean_path(struct reader *reader, const char *path)
{
    char *clean = arena_alloc(reader->arena, strlen(path) + 2), *to = clean;
    while (*path != '\0') {
        size_t len = strcspn(path, "/");
        if (len == 2 && memcmp(path, "..", 2) == 0 && reader->reason == NULL)
            reader->reason = "the working directory leads out of the configuration";
        if (len > 0 && !(len == 1 && *path == '.')) {
            if (to > clean)
                *to++ = '/';
            memcpy(to, path, len);
            to += len;
        }
        path += len + (path[len] == '/');
    }
    *to = '\0';
    return clean;
}

static void read_variables(struct reader *reader, struct job *job, const struct json_value *array)
{
    size_t count = array != NULL && json_kind(array) == JSON_ARRAY ? json_length(array) : 0;
    struct job_variable *list = arena_alloc(reader->arena, (count + 1) * sizeof(*list));
    for (size_t i = 0; i < count; i++) {
        const struct json_value *one = json_at(array, i);
        const char *key = json_text(json_get(one, "key"));
        const char *value = json_text(json_get(one, "value"));
        list[i] = (struct job_variable){.key = key != NULL ? key : "",
                                        .value = value != NULL ? value : "",
                                        .environment =
                                            strcmp(need_text(reader, one, "category"), "env") == 0,
                                        .hcl = take_switch(one, "hcl", false)};
    }
    job->variables = list;
    job->variable_count = count;
}

static size_t count_of(const struct json_value *array)
{
    return array != NULL && json_kind(array) == JSON_ARRAY ? json_length(array) : 0;
}

/* The name of a file in the folder that it is written to, and nowhere else. */
static const char *need_name(struct reader *reader, const struct json_value *object,
                             const char *key)
{
    const char *name = need_text(reader, object, key);
    if (strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
        strlen(name))
        miss(reader, key);
    return name;
}

static struct job_text *read_texts(struct reader *reader, const struct json_value *array,
                                   bool files, size_t *count)
{
    *count = count_of(array);
    struct job_text *list = arena_alloc(reader->arena, (*count + 1) * sizeof(*list));
    for (size_t i = 0; i < *count; i++) {
        const struct json_value *one = json_at(array, i);
        const char *text = json_text(json_get(one, files ? "text" : "value"));
        list[i] = (struct job_text){.name = files ? need_name(reader, one, "name")
                                                  : need_text(reader, one, "key"),
                                    .text = text != NULL ? text : ""};
    }
    return list;
}

static void read_credentials(struct reader *reader, struct job_credentials *to,
                             const struct json_value *given)
{
    const struct json_value *vaults = json_get(given, "vault");
    to->problem = json_text(json_get(given, "problem"));
    to->files = read_texts(reader, json_get(given, "files"), true, &to->file_count);
    to->env = read_texts(reader, json_get(given, "env"), false, &to->env_count);
    to->vault_count = count_of(vaults);
    to->vaults = arena_alloc(reader->arena, (to->vault_count + 1) * sizeof(*to->vaults));
    for (size_t i = 0; i < to->vault_count; i++) {
        const struct json_value *one = json_at(vaults, i);
        to->vaults[i] = (struct job_vault){.address = need_text(reader, one, "address"),
                                           .path = need_text(reader, one, "path"),
                                           .role = need_text(reader, one, "role"),
                                           .jwt = need_text(reader, one, "jwt"),
                                           .namespace = json_text(json_get(one, "namespace")),
                                           .authority = json_text(json_get(one, "authority")),
                                           .file = need_name(reader, one, "file"),
                                           .env = json_text(json_get(one, "env"))};
    }
}

static void read_run(struct reader *reader, struct job *job, const struct json_value *run)
{
    job->run_id = need_text(reader, run, "id");
    job->is_destroy = take_switch(run, "is_destroy", false);
    job->refresh = take_switch(run, "refresh", true);
    job->refresh_only = take_switch(run, "refresh_only", false);
    job->allow_config_generation = take_switch(run, "allow_config_generation", false);
    job->debugging_mode = take_switch(run, "debugging_mode", false);
    job->target_addrs = take_texts(reader, run, "target_addrs");
    job->replace_addrs = take_texts(reader, run, "replace_addrs");
}

static void read_workspace(struct reader *reader, struct job *job,
                           const struct json_value *workspace)
{
    job->workspace_id = need_text(reader, workspace, "id");
    job->workspace = need_text(reader, workspace, "name");
    job->structured_output = take_switch(workspace, "structured_run_output", false);
    const char *directory = json_text(json_get(workspace, "working_directory"));
    job->working_directory = clean_path(reader, directory != NULL ? directory : "");
}

static void read_kind(struct reader *reader, struct job *job, const struct json_value *document)
{
    const char *kind = need_text(reader, document, "kind");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kind, kinds[i]) == 0) {
            job->kind = (enum job_kind)i;
            return;
        }
    miss(reader, "kind");
}

const struct job *job_read(struct arena *arena, const char *text, size_t len, const char **id,
                           const char **reason)
{
    struct reader reader = {.arena = arena};
    struct job *job = arena_alloc(arena, sizeof(*job));
    *id = NULL;
    const struct json_value *document = json_read(arena, text, len, JOB_DEPTH, reason);
    if (document == NULL)
        return NULL;
    job->id = need_text(&reader, document, "id");
    *id = job->id[0] != '\0' ? job->id : NULL;
    read_kind(&reader, job, document);
    job->lease_seconds = need_count(&reader, document, "lease_seconds");
    job->timeout_seconds = need_count(&reader, document, "timeout_seconds");
    job->server = need_text(&reader, document, "server");
    job->token = job->kind == JOB_POLICY ? "" : need_text(&reader, document, "token");
    job->organization = need_text(&reader, json_get(document, "organization"), "name");
    const char *project = json_text(json_find(document, "project", "name", NULL));
    job->project = project != NULL ? project : "";
    const struct json_value *commit = json_get(document, "commit");
    job->commit_sha = json_text(json_get(commit, "sha"));
    job->commit_branch = json_text(json_get(commit, "branch"));
    job->commit_tag = json_text(json_get(commit, "tag"));
    read_workspace(&reader, job, json_get(document, "workspace"));
    job->terraform_version = need_text(&reader, document, "terraform_version");
    read_run(&reader, job, json_get(document, "run"));
    job->ssh_key = json_text(json_get(document, "ssh_key"));
    read_variables(&reader, job, json_get(document, "variables"));
    read_credentials(&reader, &job->credentials, json_get(document, "credentials"));
    *reason = reader.reason;
    return reader.reason == NULL ? job : NULL;
}
