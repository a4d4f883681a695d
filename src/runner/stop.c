/* A counter is all that a handler may touch. */
#include "runner/stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t count;

static void note(int number)
{
    (void)number;
    count++;
}

void stop_setup(void)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGQUIT};
    struct sigaction action = {.sa_handler = note};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaction(signals[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int stop_count(void)
{
    return count;
}
