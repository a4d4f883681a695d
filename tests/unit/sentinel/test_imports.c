/* The standard imports, and those of Terraform. */
#include "unit/unit.h"

#include "unit/sentinel/policy.h"

static void check_import(const char *import, const char *const (*pairs)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        arena = arena ? arena : arena_new();
        const char *found = shown(arena_printf(arena, "%s\nprint(%s)", import, pairs[i][0]));
        bool good =
            strcmp(pairs[i][1], "error") == 0 ? is_error(found) : strcmp(found, pairs[i][1]) == 0;
        if (!good)
            printf("# %s\n#   gives    %s\n#   expected %s\n", pairs[i][0], found, pairs[i][1]);
        CHECK(good);
    }
}
#define CHECK_IMPORT(import, ...)                                                                  \
    check_import(import, (const char *const[][2]){__VA_ARGS__},                                    \
                 sizeof((const char *const[][2]){__VA_ARGS__}) / sizeof(const char *const[2]))

TEST(import_strings)
{
    CHECK_IMPORT(
        "import \"strings\" as s", {"s.has_prefix(\"abc\", \"ab\")", "true"},
        {"s.has_suffix(\"abc\", \"bc\")", "true"}, {"s.has_suffix(\"c\", \"bc\")", "false"},
        {"s.trim_prefix(\"abc\", \"a\")", "bc"}, {"s.trim_suffix(\"abc\", \"c\")", "ab"},
        {"s.to_upper(\"a\xC3\xA9\")", "A\xC3\x89"}, {"s.to_lower(\"AB\")", "ab"},
        {"s.join([\"a\", [1, 2.5]], \"-\")", "a-1-2.5"},
        {"s.split(\"a,b,\", \",\")", "[\"a\", \"b\", \"\"]"}, {"s.split([1], \",\")", "[1]"},
        {"s.split(\"a\xC3\xA9\", \"\")", "[\"a\", \"\xC3\xA9\"]"},
        {"s.replace(\"aaa\", \"a\", \"b\", 2)", "bba"}, {"s.replace(\"aaa\", \"a\", \"\")", ""},
        {"s.trim(\"xxaxx\", \"x\")", "a"}, {"s.trim_left(\"xxa\", \"x\")", "a"},
        {"s.trim_right(\"axx\", \"x\")", "a"}, {"s.trim_space(\" a\\n\")", "a"},
        {"s.trim(\"\xC3\xA9"
         "a\", \"\xC3\xA9\")",
         "a"},
        {"s.has_prefix(undefined, \"a\")", "undefined"}, {"s.has_prefix(1, \"a\")", "error"},
        {"s.nothing", "undefined"}, {"s.nothing(1)", "undefined"},
        {"s.join([null], \"\")", "error"}, {"s.split(\"\", \",\")", "[\"\"]"});
}

TEST(import_json)
{
    CHECK_IMPORT(
        "import \"json\"",
        {"json.unmarshal(\"{\\\"a\\\": [1, 2.5, null, true, \\\"\\\\u00e9\\\\n\\\"]}\")",
         "{\"a\": [1, 2.5, null, true, \"\xC3\xA9\\n\"]}"},
        {"json.unmarshal(\"{\")", "error"}, {"json.unmarshal(\"1 2\")", "error"},
        {"json.unmarshal(\"01\")", "error"},
        {"json.marshal({\"b\": [1, undefined, null], \"a\": undefined})", "{\"b\":[1,null]}"},
        {"json.marshal(undefined)", "undefined"}, {"json.valid(\"[]\")", "true"},
        {"json.valid(\"[\")", "false"}, {"json.valid(\"nul\")", "false"},
        {"json.marshal(1.0)", "1.0"},
        {"json.unmarshal(\"12345678901234567890\")", "1.2345678901234567e+19"},
        {"json.unmarshal(\"\\\"\\\\ud83d\\\\ude00\\\"\")", "\xF0\x9F\x98\x80"});
}

TEST(import_small)
{
    CHECK_IMPORT("import \"types\"", {"types.type_of(1)", "int"}, {"types.type_of(1.5)", "float"},
                 {"types.type_of(\"\")", "string"}, {"types.type_of([])", "list"},
                 {"types.type_of({})", "map"}, {"types.type_of(null)", "null"},
                 {"types.type_of(undefined)", "undefined"}, {"types.type_of(true)", "bool"},
                 {"types.type_of(types.type_of)", "func"});
    CHECK_IMPORT("import \"units\"", {"units.byte", "1"}, {"units.kilobyte", "1024"},
                 {"units.petabyte", "1125899906842624"}, {"units.none", "undefined"});
    CHECK_IMPORT("import \"base64\"", {"base64.encode(\"hello\")", "aGVsbG8="},
                 {"base64.decode(\"aGVsbG8=\")", "hello"}, {"base64.decode(\"!\")", "error"},
                 {"base64.urlencode(\"\\xfb\\xff\")", "-_8="},
                 {"base64.urldecode(\"-_8=\") is \"\\xfb\\xff\"", "true"},
                 {"base64.decode(\"aGVsbG8\")", "error"});
    CHECK_IMPORT("import \"sockaddr\" as s",
                 {"s.is_contained(\"10.0.0.0/8\", \"10.1.2.3\")", "true"},
                 {"s.is_contained(\"10.0.0.0/9\", \"10.200.0.0/16\")", "false"},
                 {"s.is_contained(\"fd00::/8\", \"fd12::1\")", "true"},
                 {"s.is_equal(\"10.0.0.1\", \"10.0.0.1/32\")", "true"},
                 {"s.is_ipv4(\"1.2.3.4\")", "true"}, {"s.is_ipv6(\"1.2.3.4\")", "false"},
                 {"s.is_ipv4(\"x\")", "false"}, {"s.is_contained(\"x\", \"10.0.0.1\")", "error"});
    CHECK_IMPORT("import \"runtime\"", {"runtime.version is defined", "true"});
}

TEST(import_time)
{
    CHECK_IMPORT(
        "import \"time\"\nt = time.load(\"2024-02-29T23:30:05.5+02:00\")",
        {"t.year, t.month, t.day, t.hour, t.minute, t.second", "2024 2 29 23 30 5"},
        {"t.weekday, t.weekday_name, t.month_name", "4 Thursday February"},
        {"t.unix", "1709242205"}, {"t.unix_nano", "1709242205500000000"},
        {"t.zone, t.zone_string", "7200 +02:00"}, {"t.rfc3339", "2024-02-29T23:30:05+02:00"},
        {"t.add(time.hour).hour", "0"}, {"t.add(time.hour).day", "1"},
        {"t.add(time.hour).sub(t) is time.hour", "true"}, {"t.before(t.add(1))", "true"},
        {"t.after(t)", "false"}, {"t.equal(time.load(\"2024-02-29T21:30:05.5Z\"))", "true"},
        {"time.now.unix", "1700000000"}, {"time.load(0).rfc3339", "1970-01-01T00:00:00Z"},
        {"time.load(-1).rfc3339", "1969-12-31T23:59:59Z"},
        {"time.load(\"2023-02-29T00:00:00Z\")", "error"}, {"time.load(\"x\")", "error"},
        {"t.before(1)", "error"}, {"time.minute", "60000000000"}, {"t.nothing", "undefined"},
        {"time.load(undefined)", "undefined"}, {"t.add(9223372036854775807).year", "2316"});
}

TEST(import_version)
{
    CHECK_IMPORT("import \"version\"\nv = version.new(\"1.2.3-beta.2+x\")",
                 {"v.major, v.minor, v.patch, v.prerelease, v.metadata, v.version",
                  "1 2 3 beta.2 x 1.2.3-beta.2+x"},
                 {"v.lt(\"1.2.3\")", "true"}, {"v.gt(\"1.2.3-beta.1\")", "true"},
                 {"v.cmp(\"1.2.3-beta.10\")", "-1"}, {"version.new(\"1.2\").eq(\"1.2.0\")", "true"},
                 {"version.new(\"1.10.0\").greater_than(version.new(\"1.9.0\"))", "true"},
                 {"version.new(\"x\")", "error"}, {"v.gte(\"1.2.3\")", "false"},
                 {"version.new(\"1.5.7\").satisfies(\"~> 1.5\")", "true"},
                 {"version.new(\"2.0.0\").satisfies(\"~> 1.5\")", "false"},
                 {"version.new(\"1.6.0\").satisfies(\"~> 1.5.0\")", "false"},
                 {"version.new(\"1.5.7\").sat(\">= 1.0, < 1.6, != 1.5.6\")", "true"},
                 {"v.satisfies(\">= 1.0\")", "false"}, {"v.satisfies(\"> 1.2.3-alpha\")", "true"},
                 {"version.new(\"1.0.0\").satisfies(\"what 1\")", "error"},
                 {"version.new(\"1.0.0\").satisfies(\"= 1\")", "true"});
}

TEST(import_decimal)
{
    CHECK_IMPORT("import \"decimal\"\nd = decimal.new", {"d(\"0.1\").add(\"0.2\").string", "0.3"},
                 {"d(\"0.1\").add(\"0.2\").is(\"0.3\")", "true"},
                 {"d(\"100.50\").less_than(100.6)", "true"}, {"d(5).greater_than(\"-5\")", "true"},
                 {"d(10).sub(\"0.01\").string", "9.99"},
                 {"d(\"1.5\").multiply(\"1.5\").string", "2.25"}, {"d(6).divide(3).string", "2"},
                 {"d(1).div(8).string", "0.125"}, {"d(7).mod(3).string", "1"},
                 {"d(\"-7.5\").rem(2).string", "-1.5"}, {"d(1).div(0)", "error"},
                 {"d(\"-2.5\").floor().string", "-3"}, {"d(\"2.1\").ceil().string", "3"},
                 {"d(\"-2.5\").abs().string", "2.5"}, {"d(3).neg().int", "-3"},
                 {"d(\"12.7\").int", "12"}, {"d(\"12.5\").float", "12.5"},
                 {"d(0).sign, d(-1).sign", "0 -1"}, {"d(2).power(10).string", "1024"},
                 {"d(\"x\")", "error"}, {"d(2).sqrt()", "error"}, {"d(\"1e3\").string", "1E+3"},
                 {"decimal.is_nan(decimal.nan())", "true"}, {"decimal.inf().gt(5)", "true"},
                 {"d(1).div(3).mul(3).lt(1)", "true"}, {"d(undefined)", "undefined"},
                 {"d(\"99999999999999999999\").add(1).string", "100000000000000000000"},
                 {"d(\"0.001\").is(0.001)", "true"}, {"d(1).is(1.0)", "true"},
                 {"d(\"1e50\").add(\"1e-60\").gt(\"1e50\")", "false"});
}

TEST(import_collection)
{
    CHECK_IMPORT(
        "import \"collection\"\nimport \"collection/lists\" as lists\nimport \"collection/maps\" "
        "as maps",
        {"collection.filter([1, 2, 3], func(x) { return x > 1 })", "[2, 3]"},
        {"collection.find([1, 2], func(x) { return x is 2 })", "2"},
        {"collection.find([1], func(x) { return false })", "undefined"},
        {"collection.matches([{\"a\": 1, \"b\": 2}, {\"a\": 2}], {\"a\": 1})",
         "[{\"a\": 1, \"b\": 2}]"},
        {"collection.filter([1], func(x) { return 1 })", "error"},
        {"lists.concat([1], [2])", "[1, 2]"},
        {"lists.sort([3, 1, 2], func(a, b) { return a < b })", "[1, 2, 3]"},
        {"lists.sort([\"b\", \"a\"], compare)", "[\"a\", \"b\"]"}, {"lists.sum([1, 2.5])", "3.5"},
        {"lists.difference([1, 2, 2], [1])", "[2]"}, {"lists.union([1, 2], [2, 3])", "[1, 2, 3]"},
        {"lists.intersection([1, 2], [2, 3])", "[2]"},
        {"maps.get({\"a\": {\"b\": [1, 2]}}, \"a.b.1\")", "2"}, {"maps.get({}, \"a.b\", 5)", "5"},
        {"maps.get({}, \"a\")", "undefined"}, {"maps.has({\"a\": null}, \"a\")", "true"},
        {"maps.get({\"a\": [{\"n\": 1}, {\"n\": 2}]}, \"a.*.n\")", "[1, 2]"},
        {"maps.pick({\"a\": 1, \"b\": {\"c\": 2, \"d\": 3}}, [\"b.c\"])", "{\"b\": {\"c\": 2}}"},
        {"maps.omit({\"a\": 1, \"b\": 2}, [\"a\", \"z\"])", "{\"b\": 2}"},
        {"maps.set({\"a\": 1}, \"b.c\", 2)", "{\"a\": 1, \"b\": {\"c\": 2}}"},
        {"maps.unset({\"a\": {\"b\": 1}}, \"a.b\")", "{\"a\": {}}"},
        {"lists.concat(1, [])", "error"});
    CHECK_OUTCOMES({"import \"collection/maps\" as maps\nx = {\"a\": {\"b\": 1}}\ny = maps.set(x, "
                    "\"a.b\", 2)\nmain = x.a.b is 1 and y.a.b is 2",
                    "pass"});
}

static const char plan[] =
    "{\"format_version\":\"1.2\",\"terraform_version\":\"1.9.0\",\"variables\":{\"region\":{"
    "\"value\":\"eu\"}},"
    "\"planned_values\":{\"outputs\":{\"o\":{\"sensitive\":true,\"value\":1}},\"root_module\":{"
    "\"resources\":[{\"address\":\"null_resource.a\",\"mode\":\"managed\",\"type\":\"null_"
    "resource\",\"name\":\"a\",\"provider_name\":\"p\",\"values\":{\"x\":1}}],"
    "\"child_modules\":[{\"address\":\"module.m\",\"resources\":[{\"address\":\"module.m.null_"
    "resource.b[0]\",\"mode\":\"managed\",\"type\":\"null_resource\",\"name\":\"b\",\"index\":0,"
    "\"values\":{}}]}]}},"
    "\"resource_changes\":[{\"address\":\"null_resource.a\",\"mode\":\"managed\",\"type\":\"null_"
    "resource\",\"name\":\"a\",\"provider_name\":\"p\",\"change\":{\"actions\":[\"create\"],"
    "\"before\":null,\"after\":{\"x\":1},\"after_unknown\":{\"id\":true}}},"
    "{\"address\":\"module.m.null_resource.b[0]\",\"module_address\":\"module.m\",\"mode\":"
    "\"managed\",\"type\":\"null_resource\",\"name\":\"b\",\"index\":0,\"deposed\":\"abcd\","
    "\"change\":{\"actions\":[\"delete\"],\"before\":{\"id\":\"1\"},\"after\":null}}],"
    "\"output_changes\":{\"o\":{\"actions\":[\"create\"],\"before\":null,\"after\":1}},"
    "\"prior_state\":{\"terraform_version\":\"1.8.0\",\"values\":{\"root_module\":{\"resources\":[{"
    "\"address\":\"null_resource.b\",\"mode\":\"managed\",\"type\":\"null_resource\",\"name\":"
    "\"b\",\"tainted\":true,\"values\":{\"id\":\"1\"}}]}}},"
    "\"configuration\":{\"provider_config\":{\"null\":{\"name\":\"null\",\"full_name\":\"registry."
    "terraform.io/hashicorp/"
    "null\"}},\"root_module\":{\"resources\":[{\"address\":\"null_resource.a\",\"mode\":"
    "\"managed\",\"type\":\"null_resource\",\"name\":\"a\",\"provider_config_key\":\"null\","
    "\"expressions\":{\"x\":{\"references\":[\"var.region\"]}},\"provisioners\":[{\"type\":\"local-"
    "exec\",\"expressions\":{\"command\":{\"constant_value\":\"true\"}}}],\"count_expression\":{"
    "\"constant_value\":2}}],"
    "\"variables\":{\"region\":{\"default\":\"us\",\"description\":\"where\"}},\"outputs\":{\"o\":{"
    "\"sensitive\":true,\"expression\":{\"references\":[\"null_resource.a\"]}}},"
    "\"module_calls\":{\"m\":{\"source\":\"./"
    "m\",\"expressions\":{\"n\":{\"constant_value\":1}},\"module\":{\"resources\":[{\"address\":"
    "\"null_resource.b\",\"mode\":\"managed\",\"type\":\"null_resource\",\"name\":\"b\"}],"
    "\"variables\":{\"n\":{}}}}}}}}";
static const char run[] = "{\"id\":\"run-1\",\"workspace\":{\"name\":\"prod\"},\"target_addrs\":"
                          "null,\"cost_estimate\":{\"delta_monthly_cost\":\"10.5\"}}";

/* The policy with mocks in the place of the imports, under the names that it knows them by. */
static struct sentinel_result run_with_mocks(struct sentinel_input input, const char *policy)
{
    static const char *const names[][2] = {{"mock-tfplan", "tfplan/v2"},
                                           {"mock-tfstate", "tfstate/v2"},
                                           {"mock-tfconfig", "tfconfig/v2"},
                                           {"mock-tfrun", "tfrun"}};
    struct sentinel_source modules[4];

    arena = arena ? arena : arena_new();
    for (size_t i = 0; i < 4; i++) {
        const char *error = NULL;
        struct buf text;
        buf_init(&text, arena);
        CHECK(sentinel_mock(arena, &input, names[i][1], &text, &error));
        if (error)
            printf("# %s: %s\n", names[i][1], error);
        modules[i] = (struct sentinel_source){names[i][0], names[i][0], buf_str(&text), text.len};
    }
    input.modules = modules;
    input.module_count = 4;
    return run_input(input, arena_printf(arena,
                                         "import \"mock-tfplan\" as tfplan\n"
                                         "import \"mock-tfstate\" as tfstate\n"
                                         "import \"mock-tfconfig\" as tfconfig\n"
                                         "import \"mock-tfrun\" as tfrun\nimport \"decimal\"\n%s",
                                         policy));
}

TEST(import_terraform)
{
    static const char *const expressions[] = {
        "tfplan.terraform_version is \"1.9.0\"",
        "tfplan.variables.region.value is \"eu\" and tfplan.variables.region.name is \"region\"",
        "tfplan.resource_changes[\"null_resource.a\"].change.actions is [\"create\"]",
        "tfplan.resource_changes[\"null_resource.a\"].module_address is \"\"",
        "tfplan.resource_changes[\"null_resource.a\"].index is null and "
        "tfplan.resource_changes[\"null_resource.a\"].deposed is null",
        "tfplan.resource_changes[\"null_resource.a\"].change.before is null",
        "tfplan.resource_changes[\"null_resource.a\"].change.after_unknown.id",
        "tfplan.resource_changes[\"module.m.null_resource.b[0]:abcd\"].module_address is "
        "\"module.m\"",
        "tfplan.planned_values.resources[\"module.m.null_resource.b[0]\"].index is 0",
        "tfplan.planned_values.outputs.o.sensitive and tfplan.planned_values.outputs.o.name is "
        "\"o\"",
        "tfplan.output_changes.o.change.after is 1",
        "tfplan.resource_drift is {}",
        "tfplan.raw.format_version is \"1.2\"",
        "length(filter tfplan.resource_changes as _, rc { rc.mode is \"managed\" and "
        "rc.change.actions contains \"create\" }) is 1",
        "tfplan.nothing is not defined",
        "tfstate.terraform_version is \"1.8.0\" and tfstate.resources[\"null_resource.b\"].tainted "
        "and tfstate.outputs is {}",
        "tfconfig.resources[\"null_resource.a\"].config.x.references is [\"var.region\"]",
        "tfconfig.resources[\"null_resource.a\"].count.constant_value is 2",
        "tfconfig.resources[\"module.m.null_resource.b\"].module_address is \"module.m\"",
        "tfconfig.provisioners[\"null_resource.a:0\"].type is \"local-exec\"",
        "tfconfig.variables.region.default is \"us\" and "
        "tfconfig.variables[\"module.m:n\"].default is null",
        "tfconfig.outputs.o.sensitive and tfconfig.outputs.o.value.references is "
        "[\"null_resource.a\"]",
        "tfconfig.module_calls.m.source is \"./m\"",
        "tfconfig.providers.null.full_name is \"registry.terraform.io/hashicorp/null\"",
        "tfconfig.strip_index(`module.a[0].b.c[\"x]\"].d`) is \"module.a.b.c.d\"",
        "tfrun.workspace.name is \"prod\" and tfrun.target_addrs is null",
        "decimal.new(tfrun.cost_estimate.delta_monthly_cost).lt(11)",
    };
    struct sentinel_input input = {
        .plan = plan, .plan_len = sizeof plan - 1, .run = run, .run_len = sizeof run - 1};

    arena = arena ? arena : arena_new();
    for (size_t i = 0; i < sizeof expressions / sizeof expressions[0]; i++) {
        struct sentinel_result result = run_input(
            input, arena_printf(arena,
                                "import \"tfplan/v2\" as tfplan\nimport \"tfstate/v2\" as "
                                "tfstate\nimport \"tfconfig/v2\" as tfconfig\n"
                                "import \"tfrun\"\nimport \"decimal\"\nmain = rule { %s }",
                                expressions[i]));
        CHECK_INT(result.outcome, SENTINEL_PASS);
        if (result.outcome != SENTINEL_PASS)
            printf("# %s: %s\n", expressions[i], result.error ? result.error : "false");
        result = run_with_mocks(input, arena_printf(arena, "main = rule { %s }", expressions[i]));
        CHECK_INT(result.outcome, SENTINEL_PASS);
        if (result.outcome != SENTINEL_PASS)
            printf("# mocked, %s: %s\n", expressions[i], result.error ? result.error : "false");
    }
}

TEST(mocks_of_what_is_hard_to_write)
{
    static const char hard[] =
        "{\"terraform_version\":\"\\\"\\\\\\n\\t\\u0001\\u00e9 ${x}\",\"variables\":{\"a\\\"b\":{"
        "\"value\":[1e30,-5,0.1,12345678901234567890,null,true,{\"\":[]}]}}}";
    struct sentinel_input input = {
        .plan = hard, .plan_len = sizeof hard - 1, .run = run, .run_len = sizeof run - 1};
    struct sentinel_result result = run_with_mocks(
        input, "import \"tfplan/v2\" as real\nimport \"tfconfig/v2\" as other\n"
               "a = \"module.a[0].b.c[\\\"d]\\\\\\\"[\\\"].e\"\n"
               "main = tfplan.raw is real.raw and tfplan.variables is real.variables "
               "and tfplan.terraform_version is real.terraform_version and "
               "tfconfig.strip_index(a) is other.strip_index(a)");
    struct buf out;
    const char *error;

    CHECK_INT(result.outcome, SENTINEL_PASS);
    if (result.error)
        printf("# %s\n", result.error);
    buf_init(&out, arena);
    CHECK(!sentinel_mock(arena, &input, "tfplan", &out, &error));
    CHECK_STR(error, "there is no such import");
    input.plan = NULL;
    CHECK(!sentinel_mock(arena, &input, "tfstate/v2", &out, &error));
    CHECK_STR(error, "this run has no plan that a policy could look at");
}

TEST(terraform_without_a_plan_is_an_error)
{
    CHECK_OUTCOMES({"import \"tfplan/v2\" as tfplan\nmain = true", "error"},
                   {"import \"tfrun\"\nmain = true", "error"});
    struct sentinel_input input = {.plan = "{", .plan_len = 1, .run = "[]", .run_len = 2};
    struct sentinel_result result = run_input(input, "import \"tfplan/v2\" as tfplan\nmain = true");
    CHECK_INT(result.outcome, SENTINEL_ERROR);
}

TEST(an_empty_plan_is_empty_maps)
{
    struct sentinel_input input = {.plan = "{}", .plan_len = 2};
    struct sentinel_result result =
        run_input(input, "import \"tfplan/v2\" as tfplan\nimport \"tfstate/v2\" as tfstate\nimport "
                         "\"tfconfig/v2\" as tfconfig\n"
                         "main = tfplan.resource_changes is {} and tfstate.resources is {} and "
                         "tfconfig.resources is {} and tfplan.variables is {}");
    CHECK_INT(result.outcome, SENTINEL_PASS);
}

UNIT_MAIN
