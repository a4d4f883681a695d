/* What lets the providers of a run in at a cloud or at Vault (the job's member `credentials`,
 * docs/runner-protocol.md): files in the control folder, environment variables, and tokens of Vault
 * that are asked for here and given back at the end. */
#ifndef TERRACE_RUNNER_CREDENTIALS_H
#define TERRACE_RUNNER_CREDENTIALS_H

#include <stdbool.h>

struct arena;
struct phase;

/* After the environment is set. False: the job can't begin, and says why. */
bool credentials_give(struct phase *phase);
/* Revokes what Vault has given. It needs no answer: tokens end by themselves too. */
void credentials_take_back(struct phase *phase);

/* The text with each `{credentials}/` as the start of a path below the control folder. */
const char *credentials_expand(struct arena *arena, const char *text, const char *control);

#endif
