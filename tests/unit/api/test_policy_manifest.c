/* What is read of a policy set's configuration file, in both of its forms, and what is refused. */
#include "api/policies/policy_manifest.h"

#include "base/arena.h"
#include "json/json_reader.h"
#include "unit/unit.h"

static struct arena *arena;
static struct policy_manifest *manifest;
static struct slug_reader reader;

static void begin(bool opa, const char *base)
{
    arena = arena ? arena : arena_new();
    manifest = policy_manifest_new(arena, opa, base);
    reader = policy_manifest_reader(manifest);
}

static void offer(const char *path, const char *text)
{
    size_t len = strlen(text);
    if (reader.wants(reader.object, path, (int64_t)len))
        reader.take(reader.object, path, text, len);
}

static const struct json_value *document(const char **reason)
{
    const char *ignored, *text = policy_manifest_document(manifest, reason);
    return text ? json_read(arena, text, strlen(text), 32, &ignored) : NULL;
}

static void refused(bool opa, const char *config, const char *part)
{
    const char *reason;
    begin(opa, NULL);
    offer(opa ? "policies.hcl" : "sentinel.hcl", config);
    offer("a.sentinel", "main = true");
    CHECK(document(&reason) == NULL);
    CHECK(reason && strstr(reason, part));
    if (reason && !strstr(reason, part))
        printf("# %s\n", reason);
}

TEST(a_sentinel_set)
{
    const char *reason;
    begin(false, NULL);
    offer("a.sentinel", "main = true");
    offer("lib/m.sentinel", "x = 1");
    offer("d.json", "{}");
    offer("sentinel.hcl",
          "# a set\nsentinel {\n  features = { terraform = true }\n}\npolicy \"a\" {\n"
          "  enforcement_level = \"soft-mandatory\"\n  params = { n = 1, l = [\"x\"] }\n}\n"
          "module \"m\" {\n  source = \"./lib/../lib/./m.sentinel\"\n}\n"
          "import \"static\" \"d\" {\n  source = \"d.json\"\n  format = \"json\"\n}\n"
          "param \"p\" {\n  value = 5\n}\nmock \"tfplan\" {\n  module {\n    source = \"x\"\n  "
          "}\n}\n");
    const struct json_value *found = document(&reason);
    const struct json_value *policy = json_at(json_get(found, "policies"), 0);
    CHECK_STR(json_text(json_get(policy, "name")), "a");
    CHECK_STR(json_text(json_get(policy, "source")), "a.sentinel");
    CHECK_STR(json_text(json_get(policy, "enforcement_level")), "soft-mandatory");
    CHECK_INT(json_integer(json_find(policy, "params", "n", NULL)), 1);
    CHECK_STR(json_text(json_get(json_at(json_get(found, "modules"), 0), "source")),
              "lib/m.sentinel");
    CHECK_STR(json_text(json_get(json_at(json_get(found, "statics"), 0), "name")), "d");
    CHECK_INT(json_integer(json_find(found, "params", "p", NULL)), 5);
}

TEST(the_same_as_json_in_a_folder)
{
    const char *reason;
    begin(false, "/sets/one/");
    offer("sentinel.hcl", "nonsense");
    offer("sets/one/sentinel.json",
          "{\"policy\": {\"a\": {\"source\": \"../a.sentinel\"}}, \"import\": {\"module\": {\"m\": "
          "{\"source\": \"m.sentinel\"}}}, \"sentinel\": {\"features\": {}}}");
    offer("sets/a.sentinel", "main = true");
    offer("sets/one/m.sentinel", "x = 1");
    const struct json_value *found = document(&reason);
    CHECK_STR(json_text(json_get(json_at(json_get(found, "policies"), 0), "source")),
              "sets/a.sentinel");
    CHECK_STR(json_text(json_get(json_at(json_get(found, "policies"), 0), "enforcement_level")),
              "advisory");
    CHECK_STR(json_text(json_get(json_at(json_get(found, "modules"), 0), "source")),
              "sets/one/m.sentinel");
    CHECK_STR(json_text(json_get(found, "base")), "sets/one/");
}

TEST(an_opa_set)
{
    const char *reason;
    begin(true, NULL);
    offer("policies.hcl", "policy \"p\" {\n  query = \"data.p.deny\"\n  enforcement_level = "
                          "\"mandatory\"\n  description = \"d\"\n}\n");
    const struct json_value *policy = json_at(json_get(document(&reason), "policies"), 0);
    CHECK_STR(json_text(json_get(policy, "query")), "data.p.deny");
    CHECK_STR(json_text(json_get(policy, "description")), "d");
    CHECK(json_get(policy, "source") == NULL);
}

TEST(what_is_refused)
{
    refused(false, "policy \"a\" {\n", "line 2");
    refused(false, "policy \"a\" {\n  enforcement_level = var.x\n}\n",
            "line 2: the value of enforcement_level");
    refused(false, "policy \"a\" \"b\" {\n}\n", "needs one name");
    refused(false, "policy \"a\" {\n}\npolicy \"a\" {\n}\n", "two blocks policy a");
    refused(false, "policy \"a\" {\n  source = \"../a.sentinel\"\n}\n", "no file ../a.sentinel");
    refused(false, "policy \"a\" {\n  source = \"git::x\"\n}\n", "outside of the archive");
    refused(false, "policy \"a\" {\n  enforcement_level = \"mandatory\"\n}\n", "is none of");
    refused(false, "import \"plugin\" \"x\" {\n}\n", "Plugins are not supported: import plugin x");
    refused(false, "import \"x\" {\n}\n", "Imports of the kind x");
    refused(false, "param \"x\" {\n}\n", "a value");
    refused(false, "= 1\n", "a block is expected");
    refused(true, "policy \"a\" {\n}\n", "has no query");
    refused(true, "module \"a\" {\n}\n", "not understood");
}

TEST(no_configuration_file)
{
    const char *reason;
    begin(true, "sub");
    offer("policies.hcl", "");
    CHECK(document(&reason) == NULL);
    CHECK_STR(reason, "The archive has no file sub/policies.hcl");
}

UNIT_MAIN
