/* `terrace.fcgi --reference`: docs/api.md, written from the tables of every resource. */
#ifndef TERRACE_API_REFERENCE_H
#define TERRACE_API_REFERENCE_H

void reference_print(void);

#endif
