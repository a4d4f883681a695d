/* The API reference as Markdown, from the same tables that the engine runs on: see reference.h. */
#include "api/reference.h"

#include <stdio.h>
#include <string.h>

#include "api/routes.h"
#include "api/resources.h"
#include "db/db.h"

static const struct resource *const resources[] = {
#define RESOURCE(name) &name##_resource,
#include "api/all_resources.def"
#undef RESOURCE
};

#define RESOURCE_COUNT (sizeof resources / sizeof resources[0])

static const char *kind_word(enum attribute_kind kind)
{
    static const char *const words[] = {
        [ATTRIBUTE_STRING] = "string",
        [ATTRIBUTE_INT] = "integer",
        [ATTRIBUTE_BOOL] = "boolean",
        [ATTRIBUTE_TIME] = "time",
        [ATTRIBUTE_STRINGS] = "array of strings",
        [ATTRIBUTE_JSON] = "JSON",
    };
    return words[kind];
}

static const char *access_word(const struct attribute *a)
{
    if (a->flags & ATTRIBUTE_WRITE_ONLY)
        return "write";
    if ((a->flags & ATTRIBUTE_READ_ONLY) || a->constant)
        return "read";
    return a->flags & ATTRIBUTE_CREATE_ONLY ? "read, create" : "read, write";
}

static void print_choices(const char *choices)
{
    printf("one of");
    while (*choices) {
        size_t len = strcspn(choices, "|");
        printf(" `%.*s`", (int)len, choices);
        choices += len;
        choices += *choices == '|';
    }
    printf("; ");
}

static void print_attributes(const struct resource *resource)
{
    if (!resource->attributes)
        return;
    printf("\n| attribute | kind | access | notes |\n|---|---|---|---|\n");
    for (const struct attribute *a = resource->attributes; a->name; a++) {
        printf("| `%s` | %s | %s | ", a->name, kind_word(a->kind), access_word(a));
        if (a->flags & ATTRIBUTE_REQUIRED)
            printf("required; ");
        if (a->flags & ATTRIBUTE_NULLABLE)
            printf("null clears it; ");
        if (a->choices)
            print_choices(a->choices);
        if (a->max)
            printf("at most %zu characters; ", a->max);
        if (a->initial)
            printf("default `%s`; ", a->initial);
        if (a->constant)
            printf("always `%s`; ", a->constant);
        printf("|\n");
    }
}

static void print_relationships(const struct resource *resource)
{
    if (!resource->relationships)
        return;
    printf("\nRelationships:");
    for (const struct relationship *r = resource->relationships; r->name; r++)
        printf("%s `%s`%s", r == resource->relationships ? "" : ",", r->name,
               r->writes ? " (writable)" : "");
    printf(".\n");
}

static void print_permissions(const struct resource *resource)
{
    if (!resource->permissions)
        return;
    printf("\nKeys of `permissions`:");
    for (const struct permission *p = resource->permissions; p->key; p++)
        printf("%s `%s`", p == resource->permissions ? "" : ",", p->key);
    printf(".\n");
}

static void print_inclusions(const struct resource *resource)
{
    if (!resource->inclusions)
        return;
    printf("\n`include`:");
    const char *before = "";
    for (const struct inclusion *i = resource->inclusions; i->name; i++) {
        if (strcmp(before, i->name) != 0)
            printf("%s `%s`", i == resource->inclusions ? "" : ",", i->name);
        before = i->name;
    }
    printf(".\n");
}

static void print_need(permission_mask need)
{
    bool any = false;
    for (int bit = 0; bit < PERMISSION_COUNT; bit++)
        if (need & (UINT64_C(1) << bit)) {
            printf("%s%s", any ? " " : "", permission_name((enum permission_bit)bit));
            any = true;
        }
}

static void print_query(const struct route *r)
{
    for (const struct filter *f = r->filters; f && f->names; f++)
        if (f->kind == FILTER_TAGGED)
            printf("`filter[tagged][i][key]` `filter[tagged][i][value]` ");
        else
            printf("`%.*s` ", (int)strcspn(f->names, "|"), f->names);
}

static void print_routes(const struct resource *resource)
{
    if (!resource->routes)
        return;
    printf("\n| method | path | needs | query |\n|---|---|---|---|\n");
    for (const struct route *r = resource->routes; r->http.pattern; r++) {
        printf("| %s | `%s` | ", routes_method(r->http.method), r->http.pattern);
        if (r->kind == ROUTE_RAW)
            printf(r->principals == PRINCIPALS_SCIM ? "SCIM token" : "no token");
        else
            print_need(r->need);
        printf(" | ");
        print_query(r);
        printf("|\n");
    }
}

void reference_print(void)
{
    printf("# API reference\n\nWritten by `terrace.fcgi --reference` from the tables in "
           "`src/api`; do not edit.\n\nEvery list takes `page[number]` and `page[size]` (20, at "
           "most 100), every read `fields[type]`. A thing that you may not see answers like one "
           "that does not exist: 404. `needs` names the permission bits of docs/permissions.md.\n");
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        const struct resource *resource = resources[i];
        printf("\n## %s\n", resource->type);
        print_routes(resource);
        print_attributes(resource);
        print_relationships(resource);
        print_permissions(resource);
        print_inclusions(resource);
    }
}
