/* The table of VCS providers: see vcs_provider.h. */
#include "vcs/vcs_provider.h"

#include <stddef.h>
#include <string.h>

#define DATA_CENTER_KEY "Consumer Key for Bitbucket Data Center"
#define SERVER_KEY "Consumer Key for BitBucket Server"

const struct vcs_provider vcs_providers[] = {
    {"github", "GitHub", VCS_GITHUB, "github", NULL},
    {"github_enterprise", "GitHub Enterprise", VCS_GITHUB, "github", NULL},
    {"gitlab_hosted", "GitLab.com", VCS_GITLAB, "gitlab", NULL},
    {"gitlab_community_edition", "GitLab Community Edition", VCS_GITLAB, "gitlab", NULL},
    {"gitlab_enterprise_edition", "GitLab Enterprise Edition", VCS_GITLAB, "gitlab", NULL},
    {"bitbucket_hosted", "Bitbucket Cloud", VCS_BITBUCKET, "bitbucket", NULL},
    {"bitbucket_data_center", "Bitbucket Data Center", VCS_BITBUCKET_SERVER, "bitbucket",
     DATA_CENTER_KEY},
    {"bitbucket_server", "Bitbucket Server", VCS_BITBUCKET_SERVER, "bitbucket", SERVER_KEY},
    {"bitbucket_server_legacy", "Bitbucket Server (legacy)", VCS_BITBUCKET_SERVER, "bitbucket",
     SERVER_KEY},
    {"ado_services", "Azure DevOps Services", VCS_NOT_OFFERED, "ado", NULL},
    {"ado_server", "Azure DevOps Server", VCS_NOT_OFFERED, "ado", NULL},
    {.name = NULL},
};

const struct vcs_provider *vcs_provider_find(const char *name)
{
    for (const struct vcs_provider *p = vcs_providers; name && p->name; p++)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}
