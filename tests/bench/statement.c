/* Prints the text of a named statement as the program sends it: what pgbench is given. */
#include <stdio.h>
#include <string.h>

#include "db/embedded.h"

int main(int argc, char **argv)
{
    for (int i = 0; argc == 2 && i < STATEMENT_COUNT; i++) {
        if (strcmp(db_statements[i].name, argv[1]) == 0) {
            puts(db_statements[i].sql);
            return 0;
        }
    }
    fprintf(stderr, "usage: statement NAME\n");
    return 1;
}
