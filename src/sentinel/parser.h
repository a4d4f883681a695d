/* Sentinel source to a tree. */
#ifndef TERRACE_SENTINEL_PARSER_H
#define TERRACE_SENTINEL_PARSER_H

#include "sentinel/vm.h"

/* Reads file number `file` of the machine; NULL: vm->error says what is wrong. *header becomes the
 * file's description, or NULL. */
struct node *parser_read(struct vm *vm, unsigned file, const char **header);

#endif
