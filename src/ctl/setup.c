/* The steps of an installation and of an upgrade: schema and key file. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "ctl/ctl.h"

int ctl_migrate(struct ctl *ctl, const struct ctl_args *args)
{
    char error[512];
    const char *database = args->options[1] != NULL ? args->options[1] : ctl->config.database;

    if (db_migrate(database, args->options[0], error, sizeof(error)) == 0)
        return 0;
    ctl_fail("%s", error);
    if (strstr(error, "42501") != NULL)
        fputs("Migrate as the role that owns the tables: --database \"dbname=... user=...\"\n",
              stderr);
    return 1;
}

int ctl_key_init(struct ctl *ctl, const struct ctl_args *args)
{
    char error[512];

    (void)args;
    if (access(ctl->config.key_file, F_OK) == 0)
        return ctl_fail("%s is there already, and is never replaced", ctl->config.key_file);
    if (keyring_create(ctl->config.key_file, error, sizeof(error)) != 0)
        return ctl_fail("%s", error);
    printf("key file %s made: keep a copy of it, apart from the database's backups;\n"
           "without it nothing that is sealed can be read again\n",
           ctl->config.key_file);
    return 0;
}
