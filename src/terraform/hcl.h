/* Native syntax of Terraform, as far as module_scan.c needs it: a cursor that goes over blocks,
 * strings, comments and expressions. Nothing recurses without a bound. */
#ifndef TERRACE_TERRAFORM_HCL_H
#define TERRACE_TERRAFORM_HCL_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;

struct hcl {
    const char *at, *end;
};

struct hcl_text {
    const char *at;
    size_t len;
};

/* White space and comments; line ends only with lines. */
void hcl_skip_space(struct hcl *c, bool lines);
/* The next byte if it is this one. */
bool hcl_take(struct hcl *c, char byte);
bool hcl_identifier(struct hcl *c, struct hcl_text *out);
/* An identifier or a quoted string, as a block's labels are; out is what stands between the quotes.
 */
bool hcl_label(struct hcl *c, struct hcl_text *out);
/* To the end of an expression: the line's end, or what closes the block, list or call around it.
 * False when it never ends properly. */
bool hcl_expression(struct hcl *c, struct hcl_text *out);
/* Behind the brace that closes the block that c is in. */
bool hcl_skip_block(struct hcl *c);

/* The text that an expression stands for if it is a string without interpolation; NULL otherwise.
 */
const char *hcl_string(struct arena *arena, struct hcl_text expression);
/* An expression as JSON if it is a value without any reference or operator; false otherwise. */
bool hcl_json(struct hcl_text expression, struct buf *out);

#endif
