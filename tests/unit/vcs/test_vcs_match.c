/* Which files concern a workspace (today-workspaces.md 2.4). */
#include "vcs/vcs_match.h"

#include "unit/unit.h"

static const struct {
    const char *pattern, *path;
    bool matches;
} globs[] = {
    {"*.tf", "main.tf", true},
    {"*.tf", "a/main.tf", false},
    {"*.tf", ".tf", true},
    {"*.???", "main.tfv", true},
    {"*.???", "main.tf", false},
    {"/a/*", "a/b", true},
    {"/a/*", "a/b/c", false},
    {"a/**", "a/b/c", true},
    {"a/**/*", "a/b/c", true},
    {"a/**/*", "a/b", true},
    {"**/*.md", "x.md", true},
    {"/**/*.md", "a/b/x.md", true},
    {"**/b/**/*.tf", "a/b/c/d.tf", true},
    {"**/b/**/*.tf", "a/c/d.tf", false},
    {"a/**/z", "a/z", true},
    {"a/**/z", "a/b/c/z", true},
    {"a/**/z", "az", false},
    {"a?c", "a/c", false},
    {"**", "anything/at/all", true},
    {"*/b*d/e", "a/bccd/e", true},
    {"*/b*d/e", "a/bccd/f", false},
    {"", "a", false},
};

TEST(globs_of_the_reference)
{
    for (size_t i = 0; i < sizeof globs / sizeof globs[0]; i++)
        if (vcs_match_glob(globs[i].pattern, globs[i].path) != globs[i].matches) {
            printf("# %s and %s\n", globs[i].pattern, globs[i].path);
            CHECK(false);
        }
}

TEST(no_pattern_takes_long)
{
    static char path[4096];

    memset(path, 'a', sizeof path - 1);
    CHECK(!vcs_match_glob("*a*a*a*a*a*a*a*a*a*a*b", path));
    for (size_t i = 1; i < sizeof path - 1; i += 2)
        path[i] = '/';
    CHECK(!vcs_match_glob("**/a/**/a/**/a/**/a/**/a/**/b", path));
}

TEST(folders)
{
    CHECK(vcs_match_folder("modules", "modules/a.tf"));
    CHECK(vcs_match_folder("/modules/", "modules/a/b.tf"));
    CHECK(!vcs_match_folder("modules", "modulesque/a.tf"));
    CHECK(vcs_match_folder("", "a.tf"));
    CHECK(vcs_match_folder("main.tf", "main.tf"));
}

TEST(triggers)
{
    const char *files[] = {"docs/a.md", "modules/m.tf"}, *one[] = {"modules"}, *glob[] = {"*.tf"};
    struct vcs_triggers triggers = {.working_directory = NULL};

    CHECK(vcs_match_files(&triggers, files, 1));
    CHECK(!vcs_match_files(&triggers, files, 0));
    triggers.working_directory = "live";
    CHECK(!vcs_match_files(&triggers, files, 2));
    triggers.prefixes = one;
    triggers.prefix_count = 1;
    CHECK(vcs_match_files(&triggers, files, 2));
    CHECK(!vcs_match_files(&triggers, files, 1));
    triggers.working_directory = "docs";
    CHECK(vcs_match_files(&triggers, files, 1));
    triggers.patterns = glob;
    triggers.pattern_count = 1;
    CHECK(!vcs_match_files(&triggers, files, 2));
}

int main(int argc, char **argv)
{
    return unit_run(argc > 1 ? argv[1] : getenv("T"));
}
