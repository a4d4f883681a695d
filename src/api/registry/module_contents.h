/* What a module's archive holds, gathered as it streams by: of the root, each modules/<name> and
 * each examples/<name> its README and what its .tf files declare (today-registry-vcs.md 1.4). */
#ifndef TERRACE_API_REGISTRY_MODULE_CONTENTS_H
#define TERRACE_API_REGISTRY_MODULE_CONTENTS_H

#include "archive/slug.h"

struct arena;
struct module_contents;

/* name: the module's, which is the root's. */
struct module_contents *module_contents_new(struct arena *arena, const char *name);
struct slug_reader module_contents_reader(struct module_contents *contents);

/* JSON: {root, submodules} with the providers and dependencies of each, for the list of versions.
 */
const char *module_contents_summary(struct module_contents *contents);
/* JSON: {root, submodules, examples} with everything, and `interface`: what a call of the root must
 * know besides. */
const char *module_contents_document(struct module_contents *contents);

#endif
