/* Regular expressions in the syntax of RE2, of which a policy only wants to know whether they match
 * somewhere. All states go forward together, so that no pattern makes a text take long. */
#ifndef TERRACE_SENTINEL_REGEX_H
#define TERRACE_SENTINEL_REGEX_H

#include "sentinel/vm.h"

/* False: *reason says what is wrong with the pattern or not supported in it, or, with vm->error,
 * the evaluation stops. Both are strings. */
bool regex_match(struct vm *vm, struct value pattern, struct value text, place at, bool *found,
                 const char **reason);

#endif
