/* The rules of the language, one after the other as the reference has them. */
#include "unit/unit.h"

#include "unit/sentinel/policy.h"

/* --- 1. Lexical grammar --- */

TEST(comments)
{
    CHECK_OUTCOMES({"main = true # a\n", "pass"}, {"main = true // a", "pass"},
                   {"/* a\n b */ main = true", "pass"}, {"main = /* in between */ true", "pass"},
                   {"main = true /* no end", "error"}, {"x = 1 /* a\n */ main = true", "pass"},
                   {"x = 1 /* one line */ main = true", "error"});
}

TEST(numbers)
{
    CHECK_VALUES({"0", "0"}, {"42", "42"}, {"010", "8"}, {"0x1F", "31"}, {"1.5", "1.5"},
                 {"1.", "1.0"}, {".5", "0.5"}, {"1e3", "1000.0"}, {"1.5e-1", "0.15"},
                 {"9223372036854775807", "9223372036854775807"}, {"9223372036854775808", "error"},
                 {"08", "error"}, {"1x", "error"}, {"0x", "error"});
}

TEST(strings)
{
    CHECK_VALUES({"\"a\\tb\\\\\\\"\"", "a\tb\\\""}, {"\"\\x41\\101\"", "AA"},
                 {"\"\\u00e9\"", "\xC3\xA9"}, {"\"\\U0001F600\"", "\xF0\x9F\x98\x80"},
                 {"\"\\ud800\"", "error"}, {"\"\\q\"", "error"}, {"\"\\777\"", "error"},
                 {"`a\\n\nb`", "a\\n\nb"}, {"\"a\nb\"", "error"}, {"\"open", "error"},
                 {"length(\"\xC3\xA9\")", "2"});
}

TEST(line_ends_are_semicolons)
{
    CHECK_OUTCOMES(
        {"a = 1; b = 2; main = a is 1 and b is 2", "pass"}, {"main = true and\n  true", "pass"},
        {"main = true\n  and true", "error"}, {"main = [\n  1,\n  2,\n] is [1, 2]", "pass"},
        {"main = [1,\n2\n] is [1, 2]", "pass"}, {"main = length(\n\"a\",\n) is 1", "pass"},
        {"main = rule {\n  true\n}", "pass"}, {"\r\nmain = true\r\n", "pass"});
}

TEST(reserved_words_are_selectors_after_a_dot)
{
    CHECK_VALUES({"{\"rule\": 1}.rule", "1"}, {"{\"is\": {\"all\": 2}}.is.all", "2"},
                 {"{\"in\": 1}.in + 1", "2"});
}

TEST(what_is_no_source)
{
    CHECK_OUTCOMES({"main = true @", "error"}, {"main = \xFF", "error"}, {"", "error"},
                   {"main =", "error"}, {"\xEF\xBB\xBFmain = true", "pass"},
                   {"main = (true", "error"}, {"main = }", "error"});
}

/* --- 2. Structure --- */

TEST(heads_come_first_and_in_order)
{
    CHECK_OUTCOMES(
        {"import \"strings\"\nimport \"types\" as t\nparam x default 1\nmain = x is 1", "pass"},
        {"param x default 1\nimport \"strings\"\nmain = true", "error"},
        {"x = 1\nimport \"strings\"\nmain = true", "error"},
        {"x = 1\nparam y default 1\nmain = true", "error"},
        {"import \"tfplan/v2\"\nmain = true", "error"},
        {"import \"nothing\"\nmain = true", "error"},
        {"import \"strings\"\nimport \"strings\"\nmain = true", "error"},
        {"param x default 1 + 1\nmain = true", "error"},
        {"param x default [1, {\"a\": -2}]\nmain = x[1].a is -2", "pass"});
}

TEST(parameters)
{
    struct sentinel_data params[] = {
        {"limit", "10", 2}, {"names", "[\"a\"]", 5}, {"unused", "1", 1}};
    struct sentinel_input input = {.params = params, .param_count = 3};
    struct sentinel_result result = run_input(
        input, "param limit\nparam names default []\nmain = limit is 10 and names is [\"a\"]");
    CHECK_INT(result.outcome, SENTINEL_PASS);
    result = run_input(input, "param missing\nmain = true");
    CHECK_INT(result.outcome, SENTINEL_ERROR);
    CHECK(strstr(result.error, "missing") != NULL);
}

TEST(functions_must_return)
{
    CHECK_OUTCOMES(
        {"func f() { x = 1 }\nmain = true", "error"},
        {"func f(a) { if a { return 1 } else { return 2 } }\nmain = f(true) is 1", "pass"},
        {"func f(a) { if a { return 1 } }\nmain = true", "error"},
        {"func f(a) { if a { return 1 }\nreturn 2 }\nmain = f(false) is 2", "pass"},
        {"func f(a) { case a { when 1: return \"one\"\nelse: return \"other\" } }\nmain = f(2) is "
         "\"other\"",
         "pass"},
        {"func f() { return }\nmain = f() is not defined", "pass"},
        {"return 1\nmain = true", "error"}, {"func f() { error(\"never\") }\nmain = true", "pass"},
        {"break\nmain = true", "error"},
        {"for [1] as x { f = func() { break\nreturn 1 } }\nmain = true", "error"});
}

TEST(named_functions)
{
    CHECK_OUTCOMES({"func f(a, b) { return a + b }\nmain = f(1, 2) is 3", "pass"},
                   {"func f() { return 1 }\nf = 2\nmain = true", "error"},
                   {"func f() { return 1 }\nfunc f() { return 2 }\nmain = true", "error"},
                   {"func f(a) { return a }\nmain = f() is 1", "error"},
                   {"func f(a) { return a }\nmain = f(1, 2) is 1", "error"},
                   {"if true { func f() { return 1 } }\nmain = true", "error"},
                   {"func fact(n) { if n < 2 { return 1 }\nreturn n * fact(n - 1) }\nmain = "
                    "fact(10) is 3628800",
                    "pass"},
                   {"x = f()\nfunc f() { return 4 }\nmain = x is 4", "pass"},
                   {"func f(a, a) { return a }\nmain = true", "error"},
                   {"func length(a) { return a }\nmain = true", "error"},
                   {"main = func(a) { return a }(true)", "pass"});
}

/* --- 3. Scope --- */

TEST(scopes)
{
    CHECK_OUTCOMES(
        {"x = 1\nfunc f() { x = 2\nreturn x }\ny = f()\nmain = x is 2 and y is 2", "pass"},
        {"func f() { inner = 2\nreturn inner }\ny = f()\nmain = inner is 2", "undefined"},
        {"if true { x = 1 }\nmain = x is 1", "pass"},
        {"case 1 { when 1: x = 5 }\nmain = x is 5", "pass"},
        {"for [1] as v { inner = v }\nmain = inner is defined", "fail"},
        {"x = 0\nfor [1, 2, 3] as v { x += v }\nmain = x is 6", "pass"},
        {"x = 9\ny = all [1, 2] as x { x < 3 }\nmain = x is 9 and y", "pass"},
        {"main = nothing_at_all", "error"}, {"if false { x = 1 }\nmain = x is not defined", "pass"},
        {"func counter() { n = 0\nreturn func() { n += 1\nreturn n } }\nc = counter()\nc()\nmain = "
         "c() is 2",
         "pass"},
        {"fs = []\nfor [1, 2] as v { append(fs, func() { return v }) }\nmain = fs[0]() is 1 and "
         "fs[1]() is 2",
         "pass"},
        {"length = 1\nmain = true", "error"}, {"true = false\nmain = true", "error"},
        {"for [1] as null { }\nmain = true", "error"},
        {"import \"strings\"\nstrings = 1\nmain = true", "error"},
        {"import \"strings\"\nmain = strings is defined", "error"});
}

TEST(lists_and_maps_are_references)
{
    CHECK_OUTCOMES(
        {"func add(l) { append(l, 2)\nreturn true }\nx = [1]\nadd(x)\nmain = x is [1, 2]", "pass"},
        {"a = {\"k\": 1}\nb = a\nb[\"k\"] = 2\nmain = a.k is 2", "pass"},
        {"a = [1]\nb = a\nb += [2]\nmain = a is [1, 2]", "pass"});
}

/* --- 5. Operators --- */

TEST(precedence)
{
    CHECK_VALUES({"1 + 2 * 3", "7"}, {"(1 + 2) * 3", "9"}, {"10 - 2 - 3", "5"},
                 {"1 + 1 is 2", "true"}, {"true or false and false", "true"},
                 {"undefined else 1 + 2", "3"}, {"not false is false", "false"},
                 {"not (false is false)", "false"}, {"-2 + 3", "1"}, {"1 < 2 and 3 < 4", "true"},
                 {"true xor true or true", "true"}, {"undefined else 1 is 1", "true"});
}

TEST(three_valued_logic)
{
    static const char *const words[] = {"true", "false", "undefined"};
    /* Rows a, columns b: as the table of the reference; what it does not show follows from folding.
     */
    static const char *const and_table[3][3] = {{"true", "false", "undefined"},
                                                {"false", "false", "false"},
                                                {"undefined", "undefined", "undefined"}};
    static const char *const or_table[3][3] = {{"true", "true", "true"},
                                               {"true", "false", "undefined"},
                                               {"true", "undefined", "undefined"}};
    static const char *const xor_table[3][3] = {{"false", "true", "undefined"},
                                                {"true", "false", "undefined"},
                                                {"undefined", "undefined", "undefined"}};

    arena = arena ? arena : arena_new();
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            CHECK_STR(value_of(arena_printf(arena, "%s and %s", words[i], words[j])),
                      and_table[i][j]);
            CHECK_STR(value_of(arena_printf(arena, "%s or %s", words[i], words[j])),
                      or_table[i][j]);
            CHECK_STR(value_of(arena_printf(arena, "%s xor %s", words[i], words[j])),
                      xor_table[i][j]);
        }
    CHECK_VALUES({"true and undefined and false", "undefined"},
                 {"false or undefined or true", "true"}, {"not undefined", "undefined"},
                 {"false and error(\"not evaluated\")", "false"},
                 {"true or error(\"not evaluated\")", "true"}, {"1 and true", "undefined"},
                 {"true and \"x\"", "undefined"}, {"not 1", "undefined"}, {"!true", "false"});
}

TEST(undefined_is_contagious)
{
    CHECK_VALUES({"undefined + 1", "undefined"}, {"-undefined", "undefined"},
                 {"undefined is undefined", "undefined"}, {"undefined is 1", "undefined"},
                 {"1 is not undefined", "undefined"}, {"undefined < 1", "undefined"},
                 {"undefined.a.b", "undefined"}, {"undefined[0]", "undefined"},
                 {"[1][undefined]", "undefined"}, {"undefined[0:1]", "undefined"},
                 {"undefined(1)", "undefined"}, {"undefined is empty", "undefined"},
                 {"undefined is not empty", "undefined"}, {"undefined is defined", "false"},
                 {"undefined is not defined", "true"}, {"null is defined", "true"},
                 {"1 in undefined", "undefined"}, {"undefined contains 1", "undefined"},
                 {"undefined matches \"a\"", "undefined"}, {"\"a\" matches undefined", "undefined"},
                 {"undefined not in [1]", "undefined"});
}

TEST(else_takes_the_place_of_undefined_only)
{
    CHECK_VALUES({"undefined else 1", "1"}, {"null else 1", "null"}, {"false else true", "false"},
                 {"0 else 1", "0"}, {"{}.a.b else \"x\"", "x"}, {"(1 + undefined) else 5", "5"},
                 {"undefined else undefined else 3", "3"});
}

TEST(comparison)
{
    CHECK_VALUES({"1 is 1.0", "true"}, {"1 == 1", "true"}, {"1 != 2", "true"},
                 {"\"1\" is 1", "false"}, {"\"1\" is not 1", "true"}, {"null is null", "true"},
                 {"null is false", "false"}, {"[1, [2]] is [1, [2]]", "true"},
                 {"[1] is [1, 2]", "false"}, {"{1: \"a\"} is {1.0: \"a\"}", "true"},
                 {"{\"a\": 1, \"b\": 2} is {\"b\": 2, \"a\": 1}", "true"}, {"true is true", "true"},
                 {"\"a\" < \"b\"", "true"}, {"2 > 1.5", "true"}, {"1 <= 1", "true"},
                 {"1 >= 2", "false"}, {"\"a\" < 1", "error"}, {"true < false", "error"},
                 {"[1] < [2]", "error"}, {"func() { return 1 } is func() { return 1 }", "error"},
                 {"null < 1", "error"});
}

TEST(membership)
{
    CHECK_VALUES({"1 in [1, 2]", "true"}, {"3 in [1, 2]", "false"}, {"\"k\" in {\"k\": 1}", "true"},
                 {"\"ob\" in \"foobar\"", "true"}, {"[1, 2] contains 2", "true"},
                 {"3 not in [1, 2]", "true"}, {"[1] not contains 1", "false"},
                 {"[1, undefined] contains 2", "undefined"}, {"[undefined, 2] contains 2", "true"},
                 {"1 in 5", "error"}, {"1 in \"a\"", "error"}, {"null in {\"a\": 1}", "error"},
                 {"\"\" in \"a\"", "true"}, {"1.0 in [1]", "true"}, {"1 in null", "error"});
}

TEST(patterns)
{
    CHECK_VALUES({"\"foobar\" matches \"o+b\"", "true"}, {"\"foobar\" matches \"^o\"", "false"},
                 {"\"a\" not matches \"b\"", "true"}, {"1 matches \"a\"", "error"},
                 {"\"a\" matches \"(\"", "error"}, {"\"a\" matches 1", "error"});
}

TEST(emptiness)
{
    CHECK_VALUES({"[] is empty", "true"}, {"{} is empty", "true"}, {"\"\" is empty", "true"},
                 {"[1] is not empty", "true"}, {"1 is empty", "error"}, {"null is empty", "error"});
}

TEST(arithmetic)
{
    CHECK_VALUES({"-7 / 2", "-3"}, {"-7 % 2", "-1"}, {"7 / 2.0", "3.5"}, {"1 + 1.5", "2.5"},
                 {"\"a\" + \"b\"", "ab"}, {"[1] + [2]", "[1, 2]"}, {"1 / 0", "error"},
                 {"1.0 / 0", "error"}, {"1 % 0", "error"}, {"1.5 % 2", "error"},
                 {"1 + \"a\"", "error"}, {"9223372036854775807 + 1", "-9223372036854775808"},
                 {"{} + {}", "error"}, {"null + 1", "error"},
                 {"(-9223372036854775807 - 1) / -1", "-9223372036854775808"}, {"+5", "5"},
                 {"-\"a\"", "error"});
    CHECK_OUTCOMES({"x = 10\nx -= 1\nx *= 2\nx /= 3\nx %= 4\nmain = x is 2", "pass"},
                   {"x = \"a\"\nx += \"b\"\nmain = x is \"ab\"", "pass"});
}

TEST(elements)
{
    CHECK_VALUES(
        {"[1, 2, 3][-1]", "3"}, {"[1, 2, 3][3]", "undefined"}, {"[1, 2, 3][-4]", "undefined"},
        {"\"abc\"[1]", "b"}, {"\"abc\"[9]", "undefined"}, {"[1, 2][1.0]", "2"},
        {"[1][0.5]", "error"}, {"[1][\"a\"]", "error"}, {"null[0]", "undefined"},
        {"null.a", "undefined"}, {"{\"a\": 1}[\"b\"]", "undefined"}, {"{1: 2}[1.0]", "2"},
        {"{\"a\": 1}[null]", "error"}, {"5[0]", "error"}, {"5.a", "error"}, {"[1].a", "error"},
        {"{null: 1}", "error"}, {"\"abc\"[1:2]", "b"}, {"[1, 2, 3][1:]", "[2, 3]"},
        {"[1, 2, 3][:2]", "[1, 2]"}, {"[1, 2][:]", "[1, 2]"}, {"[1][0:2]", "undefined"},
        {"null[0:1]", "undefined"}, {"5[0:1]", "error"}, {"\"abc\"[2:1]", "undefined"},
        {"{true: 1, 2: 3, \"a\": 4}", "{true: 1, 2: 3, \"a\": 4}"});
    CHECK_OUTCOMES({"x = [1, 2]\nx[0] = 9\nx[-1] = 8\nmain = x is [9, 8]", "pass"},
                   {"x = [1]\nx[1] = 2\nmain = true", "error"},
                   {"x = {}\nx[\"a\"] = {}\nx[\"a\"][\"b\"] = 1\nmain = x.a.b is 1", "pass"},
                   {"x = {}\nx.a = 1\nmain = true", "error"},
                   {"x = \"abc\"\nx[0] = \"z\"\nmain = true", "error"},
                   {"x = {\"n\": 1}\nx[\"n\"] += 2\nmain = x.n is 3", "pass"},
                   {"f() = 1\nmain = true", "error"});
}

/* --- 6. Quantifiers and statements --- */

TEST(quantifiers)
{
    CHECK_VALUES(
        {"any [] as x { true }", "false"}, {"all [] as x { false }", "true"},
        {"any [1, 2] as x { x is 2 }", "true"}, {"all [1, 2] as x { x > 1 }", "false"},
        {"any {\"a\": 1} as k { k is \"a\" }", "true"},
        {"all {\"a\": 1} as k, v { v is 1 }", "true"},
        {"any [5] as i, v { i is 0 and v is 5 }", "true"}, {"filter [1, 2] as x { x > 1 }", "[2]"},
        {"filter {\"a\": 1, \"b\": 2} as k, v { v is 2 }", "{\"b\": 2}"},
        {"map {\"a\": 1} as k, v { v }", "[1]"}, {"map [1, 2] as x { x * 2 }", "[2, 4]"},
        {"any undefined as x { true }", "undefined"}, {"all 5 as x { true }", "error"},
        {"all \"abc\" as x { true }", "error"}, {"any [undefined, true] as x { x }", "true"},
        {"any [undefined, false] as x { x }", "undefined"},
        {"all [undefined, false] as x { x }", "undefined"},
        {"all [false, undefined] as x { x }", "false"},
        {"filter [undefined, true] as x { x }", "undefined"},
        {"map [undefined] as x { x }", "[undefined]"},
        {"any [1, 2] as x { all [3, 4] as y { x < y } }", "true"},
        {"all [] as x, x { true }", "error"});
}

TEST(conditions)
{
    CHECK_OUTCOMES(
        {"if 1 is 1 { x = 1 } else { x = 2 }\nmain = x is 1", "pass"},
        {"if undefined { x = 1 } else { x = 2 }\nmain = x is 2", "pass"},
        {"if 1 { x = 1 }\nmain = true", "error"}, {"if null { x = 1 }\nmain = true", "error"},
        {"if false { x = 1 } else if true { x = 2 } else { x = 3 }\nmain = x is 2", "pass"},
        {"if {\"a\": true}.a { x = 1 }\nmain = true", "error"},
        {"if ({\"a\": true}.a) { x = 1 }\nmain = x is 1", "pass"},
        {"if any [1] as x { x is 1 } { y = 1 }\nmain = y is 1", "pass"});
}

TEST(cases)
{
    CHECK_OUTCOMES(
        {"case 3 {\nwhen 1, 2:\n  x = \"low\"\nwhen 3:\n  x = \"three\"\n  y = 1\nelse:\n  x = "
         "\"other\"\n}\nmain = x is \"three\" and y is 1",
         "pass"},
        {"n = 5\ncase {\nwhen n > 3:\n  x = 1\nelse:\n  x = 2\n}\nmain = x is 1", "pass"},
        {"case 1 { when 1: x = 1\nwhen 1: x = 2 }\nmain = x is 1", "pass"},
        {"x = 0\ncase undefined { when 1: x = 1\nelse: x = 2 }\nmain = x is 2", "pass"});
}

TEST(loops)
{
    CHECK_OUTCOMES(
        {"s = 0\nfor [1, 2, 3, 4] as x { if x is 3 { break }\nif x is 1 { continue }\ns += x "
         "}\nmain = s is 2",
         "pass"},
        {"s = \"\"\nfor {\"b\": 2, \"a\": 1} as k, v { s += k + string(v) }\nmain = s is \"a1b2\"",
         "pass"},
        {"func f() { for [1, 2] as x { if x is 2 { return x } }\nreturn 0 }\nmain = f() is 2",
         "pass"},
        {"for undefined as x { y = 1 }\nmain = true", "error"},
        {"for 5 as x { y = 1 }\nmain = true", "error"},
        {"s = 0\nfor [[1, 2], [3]] as l { for l as x { s += x } }\nmain = s is 6", "pass"});
}

/* --- 7. Rules --- */

TEST(rules_are_lazy_and_read_once)
{
    CHECK_OUTCOMES({"x = 1\nr = rule { x is 2 }\nx = 2\nmain = rule { r }", "pass"},
                   {"r = rule { error(\"never read\") }\nmain = true", "pass"},
                   {"n = [0]\nfunc f() { n[0] += 1\nreturn true }\nr = rule { f() }\na = r\nb = "
                    "r\nmain = n[0] is 1 and a and b",
                    "pass"},
                   {"a = rule { b }\nb = rule { a }\nmain = rule { a }", "error"},
                   {"a = rule { 5 }\nmain = a is 5", "pass"});
}

TEST(rules_with_conditions)
{
    CHECK_OUTCOMES(
        {"main = rule when false { false }", "pass"}, {"main = rule when true { false }", "fail"},
        {"main = rule when undefined { true }", "undefined"},
        {"main = rule when 1 { true }", "error"}, {"main = rule when {\"a\": 1} { true }", "error"},
        {"main = rule when false { error(\"x\") }", "pass"});
}

TEST(values_of_rules)
{
    CHECK_OUTCOMES({"r = rule { [1] }\nmain = r is [1]", "pass"},
                   {"r = rule { null }\nmain = r is null", "error"},
                   {"r = rule { func() { return 1 } }\nmain = r is defined", "error"},
                   {"r = rule { undefined }\nmain = r is not defined", "pass"},
                   {"x = [rule { true }]\nmain = true", "error"},
                   {"main = rule { true; false }", "error"},
                   {"x = {}\nx[\"a\"] = rule { true }\nmain = true", "error"});
}

/* --- 8. Outcome --- */

TEST(outcomes)
{
    CHECK_OUTCOMES({"main = true", "pass"}, {"main = false", "fail"}, {"main = \"\"", "pass"},
                   {"main = \"x\"", "fail"}, {"main = 0", "pass"}, {"main = 1", "fail"},
                   {"main = 0.0", "pass"}, {"main = 0.5", "fail"}, {"main = []", "pass"},
                   {"main = [1]", "fail"}, {"main = {}", "pass"}, {"main = {\"a\": 1}", "fail"},
                   {"main = undefined", "undefined"}, {"main = rule { {}.a }", "undefined"},
                   {"main = null", "error"}, {"main = func() { return true }", "error"},
                   {"x = true", "error"}, {"main = rule { true }\nerror(\"stop\")", "error"},
                   {"if false { main = true }", "undefined"});
}

TEST(places_are_told)
{
    struct sentinel_result result = run_policy("a = {}\n\nmain = rule {\n  a.b.c is 1\n}");
    CHECK_INT(result.outcome, SENTINEL_UNDEFINED);
    CHECK_STR(result.error,
              "policy.sentinel:4:5: main is undefined: what it depends on is undefined here");
    result = run_policy("main = rule { 1 +\n  \"a\" }");
    CHECK_STR(result.error, "policy.sentinel:1:17: + cannot be used with int and string");
    result = run_policy("x = 1\nmain = unknown_thing");
    CHECK_STR(result.error, "policy.sentinel:2:8: unknown name unknown_thing");
}

TEST(what_stopped_is_reported)
{
    struct sentinel_result result = run_policy(
        "print(\"before\")\nr = rule { true }\nx = r\nerror(\"because\", 5, [1])\nmain = true");
    CHECK_INT(result.outcome, SENTINEL_ERROR);
    CHECK_STR(result.error, "policy.sentinel:4:1: error: because 5 [1]");
    CHECK_STR(result.printed, "before\n");
    CHECK_INT(result.rule_count, 1);
}

/* --- 9. Builtins --- */

TEST(builtins)
{
    CHECK_VALUES(
        {"length([1, 2])", "2"}, {"length({\"a\": 1})", "1"}, {"length(5)", "error"},
        {"length(undefined)", "undefined"}, {"keys({\"b\": 1, \"a\": 2})", "[\"a\", \"b\"]"},
        {"values({\"a\": 1})", "[1]"}, {"keys(undefined)", "undefined"}, {"keys([1])", "error"},
        {"range(3)", "[0, 1, 2]"}, {"range(1, 3)", "[1, 2]"}, {"range(3, 0, -1)", "[3, 2, 1]"},
        {"range(0, 5, 2)", "[0, 2, 4]"}, {"range(1, 2, 0)", "error"}, {"range(5, 1)", "[]"},
        {"print()", "\ntrue"}, {"length()", "error"}, {"length(1, 2)", "error"},
        {"append([1], 2)", "error"}, {"delete({}, \"a\")", "error"}, {"compare(1, 2)", "-1"},
        {"compare(\"b\", \"a\")", "1"}, {"compare(1, 1.0)", "0"}, {"compare(1, \"a\")", "error"});
    CHECK_OUTCOMES({"x = []\nappend(x, 1)\nmain = x is [1]", "pass"},
                   {"append(1, 2)\nmain = true", "error"},
                   {"append(undefined, 2)\nmain = true", "error"},
                   {"x = {\"a\": 1}\ndelete(x, \"a\")\ndelete(x, \"b\")\nmain = x is {}", "pass"},
                   {"x = append([], 1)\nmain = true", "error"});
}

TEST(conversions)
{
    CHECK_VALUES({"int(\"0x10\")", "16"}, {"int(\"010\")", "8"}, {"int(\"-5\")", "-5"},
                 {"int(1.9)", "1"}, {"int(-1.9)", "-1"}, {"int(true)", "1"},
                 {"int(\"x\")", "undefined"}, {"int(null)", "undefined"}, {"int([1])", "undefined"},
                 {"float(\"1.5\")", "1.5"}, {"float(2)", "2.0"}, {"float(\"x\")", "undefined"},
                 {"string(5)", "5"}, {"string(1.5)", "1.500000"}, {"string(true)", "true"},
                 {"string([1])", "undefined"}, {"bool(\"T\")", "true"},
                 {"bool(\"False\")", "false"}, {"bool(\"yes\")", "undefined"}, {"bool(0)", "false"},
                 {"bool(0.5)", "true"}, {"bool(undefined)", "undefined"});
}

TEST(printing)
{
    CHECK_VALUES({"\"a\", 1, null, undefined", "a 1 null undefined"},
                 {"[\"a\", {\"b\": [1.5, true]}]", "[\"a\", {\"b\": [1.5, true]}]"});
}

/* --- The trace --- */

TEST(rules_are_traced_in_the_order_of_reading)
{
    struct sentinel_result result =
        run_policy("# About the policy.\n# It has two lines.\n\n"
                   "# One.\none = rule { true }\nunused = rule { true }\n\n"
                   "# The main\n# rule.\nmain = rule { one and [1] is [1] }\n");
    struct buf text;

    CHECK_INT(result.outcome, SENTINEL_PASS);
    CHECK_STR(result.description, "About the policy.\nIt has two lines.");
    CHECK_INT(result.rule_count, 2);
    if (result.rule_count == 2) {
        CHECK_STR(result.rules[0].name, "main");
        CHECK_STR(result.rules[0].description, "The main\nrule.");
        CHECK_INT(result.rules[0].line, 10);
        CHECK_INT(result.rules[0].column, 1);
        CHECK_STR(result.rules[1].name, "one");
        CHECK_STR(result.rules[1].description, "One.");
    }
    buf_init(&text, arena);
    sentinel_trace(&text, &result);
    CHECK(strstr(buf_str(&text),
                 "\"rules\":{\"main\":{\"desc\":\"The "
                 "main\\nrule.\",\"ident\":\"main\",\"position\":{\"filename\":"
                 "\"policy.sentinel\",\"line\":10,\"column\":1},\"value\":true}") != NULL);
}

TEST(a_trailing_comment_describes_nothing)
{
    struct sentinel_result result = run_policy("x = 1 # about x\nmain = rule { x is 1 }");
    CHECK_STR(result.rules[0].description, "");
    CHECK_STR(result.description, "");
}

/* --- Limits --- */

static void check_limit(struct sentinel_limits limits, const char *source, const char *word)
{
    struct sentinel_result result = run_input((struct sentinel_input){.limits = limits}, source);
    CHECK_INT(result.outcome, SENTINEL_ERROR);
    CHECK(result.error && strstr(result.error, word));
    if (result.error && !strstr(result.error, word))
        printf("# %s\n", result.error);
}

TEST(limits)
{
    check_limit((struct sentinel_limits){.steps = 10000},
                "for range(1000000) as x { y = x }\nmain = true", "steps");
    check_limit((struct sentinel_limits){.memory = 4 << 20},
                "x = \"aaaaaaaaaaaaaaaa\"\nfor range(40) as i { x = x + x }\nmain = true",
                "memory");
    check_limit((struct sentinel_limits){.memory = 4 << 20},
                "l = [1]\nfor range(40) as i { l += l }\nmain = true", "memory");
    check_limit((struct sentinel_limits){0}, "func f(n) { return f(n + 1) }\nmain = f(0)", "deep");
    check_limit((struct sentinel_limits){.milliseconds = 20},
                "func f() { for range(10000) as x { for range(10000) as y { z = y } }\nreturn 1 "
                "}\nmain = f()",
                "long");
    check_limit((struct sentinel_limits){0}, "x = []\nappend(x, x)\nprint(x)\nmain = true", "deep");
    check_limit((struct sentinel_limits){0},
                "x = []\nappend(x, x)\ny = []\nappend(y, y)\nmain = x is y", "deep");
    check_limit(
        (struct sentinel_limits){.steps = 100000},
        "l = []\nfor range(100) as x { append(l, x) }\nfor l as x { append(l, x) }\nmain = true",
        "");
}

TEST(deep_nesting_is_refused)
{
    char source[20100];
    static const char *const opens[] = {"(", "[", "not ", "-", "{1:", "func(){return "};

    for (size_t k = 0; k < sizeof opens / sizeof opens[0]; k++) {
        size_t len = (size_t)snprintf(source, sizeof source, "main = ");
        while (len < sizeof source - 40)
            len += (size_t)snprintf(source + len, sizeof source - len, "%s", opens[k]);
        struct sentinel_result result = run_policy(source);
        CHECK_INT(result.outcome, SENTINEL_ERROR);
    }
    size_t len = (size_t)snprintf(source, sizeof source, "main = 0");
    for (int i = 0; i < 500; i++)
        len += (size_t)snprintf(source + len, sizeof source - len, " + 0");
    struct sentinel_result result = run_policy(source);
    CHECK_INT(result.outcome, SENTINEL_PASS);
}

/* --- Modules --- */

TEST(modules)
{
    static const char text[] =
        "import \"strings\"\nlist = [1, 2]\nr = rule { length(list) is 2 }\nhidden = 1\n"
        "func up(s) { return strings.to_upper(s) }\ncount = [0]\nfunc bump() { count[0] += "
        "1\nreturn count[0] }";
    static const char again[] = "import \"m\"\nvalue = m.bump()";
    static const char loop[] = "import \"loop\"\nx = 1";
    static const char bad[] = "x = ";
    struct sentinel_source modules[] = {{"m", "m.sentinel", text, sizeof text - 1},
                                        {"again", "again.sentinel", again, sizeof again - 1},
                                        {"loop", "loop.sentinel", loop, sizeof loop - 1},
                                        {"bad", "bad.sentinel", bad, sizeof bad - 1},
                                        {"strings", "strings.sentinel", bad, sizeof bad - 1}};
    static const struct sentinel_data statics[] = {{"data", "{\"a\": [1, null]}", 16}};
    struct sentinel_input input = {
        .modules = modules, .module_count = 5, .statics = statics, .static_count = 1};
    static const struct {
        const char *source;
        enum sentinel_outcome outcome;
    } rows[] = {
        {"import \"m\"\nmain = m.up(\"a\") is \"A\" and m.r and m.list is [1, 2]", SENTINEL_PASS},
        {"import \"m\"\nx = m.list\nappend(x, 3)\nmain = m.list is [1, 2]", SENTINEL_PASS},
        {"import \"m\"\nmain = m.nothing", SENTINEL_UNDEFINED},
        {"import \"m\"\nimport \"again\"\nmain = again.value is 1 and m.bump() is 2",
         SENTINEL_PASS},
        {"import \"m\" as other\nmain = other.hidden is 1", SENTINEL_PASS},
        {"import \"loop\"\nmain = true", SENTINEL_ERROR},
        {"import \"bad\"\nmain = true", SENTINEL_ERROR},
        {"import \"strings\"\nmain = strings.has_prefix(\"ab\", \"a\")", SENTINEL_PASS},
        {"import \"data\"\nmain = data.a is [1, null]", SENTINEL_PASS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sentinel_result result = run_input(input, rows[i].source);
        CHECK_INT(result.outcome, rows[i].outcome);
        if (result.outcome != rows[i].outcome)
            printf("# %s: %s\n", rows[i].source, result.error ? result.error : "");
    }
    struct sentinel_result result = run_input(input, "import \"bad\"\nmain = true");
    CHECK(result.error && strncmp(result.error, "bad.sentinel:1:", 15) == 0);
}

TEST(what_is_not_supported_is_named)
{
    static const char *const names[] = {"http", "tfplan", "tfconfig", "tfstate"};
    arena = arena ? arena : arena_new();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct sentinel_result result =
            run_policy(arena_printf(arena, "import \"%s\"\nmain = true", names[i]));
        CHECK_INT(result.outcome, SENTINEL_ERROR);
        CHECK(strstr(result.error, names[i]) != NULL);
    }
}

UNIT_MAIN
