/* What is done between requests, now and then, by whichever worker comes to it: bytes that no row
 * refers to any more are removed, runs whose runner is lost are ended. Plain CGI has no time
 * between requests: there `terracectl collect` does the same from cron. */
#ifndef TERRACE_API_SYSTEM_HOUSEKEEPING_H
#define TERRACE_API_SYSTEM_HOUSEKEEPING_H

struct service;

void housekeeping_idle(struct service *service);

#endif
