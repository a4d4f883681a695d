/* Signals that end the runner: the first lets it finish the job in hand, the second interrupts the
 * job, the third kills it. */
#ifndef TERRACE_RUNNER_STOP_H
#define TERRACE_RUNNER_STOP_H

/* SIGTERM, SIGINT and SIGQUIT are counted from now on; SIGPIPE is ignored. */
void stop_setup(void);
int stop_count(void);

#endif
