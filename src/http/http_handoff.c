/* Descriptors as SCM_RIGHTS: see http_handoff.h. */
#include "http/http_handoff.h"

#include <string.h>
#include <sys/socket.h>

/* One byte, which only carries the descriptor. */
struct handoff {
    struct msghdr message;
    struct iovec iov;
    char byte;
    union {
        char space[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
};

static void init(struct handoff *handoff)
{
    memset(handoff, 0, sizeof *handoff);
    handoff->iov.iov_base = &handoff->byte;
    handoff->iov.iov_len = 1;
    handoff->message.msg_iov = &handoff->iov;
    handoff->message.msg_iovlen = 1;
    handoff->message.msg_control = handoff->control.space;
    handoff->message.msg_controllen = sizeof handoff->control.space;
}

bool http_handoff_send(int socket, int fd)
{
    struct handoff handoff;
    struct cmsghdr *header;

    init(&handoff);
    header = CMSG_FIRSTHDR(&handoff.message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    return sendmsg(socket, &handoff.message, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

int http_handoff_receive(int socket)
{
    struct handoff handoff;
    struct cmsghdr *header;
    int fd;

    init(&handoff);
    if (recvmsg(socket, &handoff.message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <= 0)
        return -1;
    header = CMSG_FIRSTHDR(&handoff.message);
    if (header == NULL || header->cmsg_type != SCM_RIGHTS)
        return -1;
    memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}
