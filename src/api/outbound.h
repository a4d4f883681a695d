/* A POST to a URL that the request's document gives, tried before anything is written. */
#ifndef TERRACE_API_OUTBOUND_H
#define TERRACE_API_OUTBOUND_H

#include "hooks/hook.h"

struct context;

/* For a hook or handler of a write. NULL: the transaction has been left to ask (recorded), return
 * at once; in the next try the same question has its answer. The strings live in the arena. */
const struct hook_answer *outbound_send(struct context *context, const struct hook *hook);

#endif
