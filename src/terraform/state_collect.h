/* Inside src/terraform only: what a state means. The JSON machine of state_scan.c says where it is,
 * and asks what to look into and what to record; everything that is kept is kept here. */
#ifndef TERRACE_TERRAFORM_STATE_COLLECT_H
#define TERRACE_TERRAFORM_STATE_COLLECT_H

#include "base/buf.h"
#include "terraform/state_scan.h"

/* The containers that are looked into. */
enum state_where { TOP, OUTPUTS, OUTPUT, RESOURCES, RESOURCE, INSTANCES, INSTANCE };

/* How deep INSTANCE lies: top, resources, resource, instances, instance. */
#define STATE_KNOWN_DEPTH 5

struct state_field;

struct state_instance {
    const char *index_key;
    const char *deposed;
};

struct state_collect {
    struct arena *arena;
    enum state_where where[STATE_KNOWN_DEPTH + 1]; /* by depth; the object itself has depth 1 */
    const struct state_field *field;               /* meaning of the next value; NULL = none */

    bool recording; /* the machine hands over the bytes of the current value or key */
    bool over;      /* they became too many */
    size_t limit;
    struct buf text;
    struct buf decoded;

    struct state_summary summary;
    struct state_output output;
    struct state_resource resource;
    struct state_instance instance;
    struct state_output *outputs;
    struct state_resource *resources;
    const char **index_keys; /* of the current resource */
    size_t output_cap, resource_cap, index_key_cap;
    size_t instances_kept;
    size_t kept;
};

void state_collect_init(struct state_collect *collect, struct arena *arena);

/* A container opened and lies at depth now. Returns whether to look into it; if not, nothing of its
 * inside is reported but bytes to record. */
bool state_collect_open(struct state_collect *collect, int depth, bool object);
void state_collect_close(struct state_collect *collect, int depth);
/* A comma in the container at depth. */
void state_collect_next(struct state_collect *collect, int depth);

/* A key begins; it ended, and depth is its container's. */
void state_collect_begin_key(struct state_collect *collect);
void state_collect_end_key(struct state_collect *collect, int depth);
/* A value begins with the byte first; it ended, and was recorded. */
void state_collect_begin_value(struct state_collect *collect, unsigned char first);
void state_collect_end_value(struct state_collect *collect);

/* While recording: bytes without the white space between tokens. */
void state_collect_record(struct state_collect *collect, const unsigned char *from,
                          const unsigned char *to);

const struct state_summary *state_collect_end(struct state_collect *collect);

#endif
