/* The audit trail: what a write did is recorded in the transaction that did it, or it is not done.
 *
 * It comes from the tables. The type is the resource's `audit`, the action the route's, else that
 * of its kind (create, update, destroy) or the name in `.../actions/<name>`; a write without a type
 * or an action is not recorded. The load statement's row says the organization (organization_id,
 * unless the row is the organization itself; what belongs to none, like a user's token, is a line
 * in the log), and may name another thing (audit_id) and details (audit_meta, JSON; a hook that
 * knows better sets context->audit_meta). Reads are not recorded: they must cost no write.
 */
#ifndef TERRACE_JSONAPI_AUDIT_H
#define TERRACE_JSONAPI_AUDIT_H

struct context;

/* After the handler and before the commit. A failure is recorded in the context like any other. */
void audit_record(struct context *context);

#endif
