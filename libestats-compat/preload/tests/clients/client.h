/* What the client programs share: requests laid out by hand as the original library sent them, and a check that ends the
 * program with the place where it failed. */
#ifndef CLIENT_H
#define CLIENT_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHECK(condition)                                                                          \
    do {                                                                                          \
        if (!(condition)) {                                                                       \
            int saved = errno;                                                                    \
            fprintf(stderr, "%s:%d: %s (errno %d, %s)\n", __FILE__, __LINE__, #condition, saved,  \
                    strerror(saved));                                                             \
            _exit(1);                                                                             \
        }                                                                                         \
    } while (0)

/* A client that waits for what never comes is ended, so that the test fails rather than hangs. */
__attribute__((constructor)) static void limit_run_time(void)
{
    alarm(30);
}

#define BUFFER 4096
#define DAEMON_FAMILY 1024

struct request {
    struct nlmsghdr nl;
    struct genlmsghdr genl;
    char attributes[64];
};

/* GETFAMILY for a name: 36 bytes for "tcp_estats". */
static inline struct request get_family(const char *name, uint32_t seq)
{
    struct request request = {.nl = {.nlmsg_type = GENL_ID_CTRL, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK, .nlmsg_seq = seq},
                              .genl = {.cmd = CTRL_CMD_GETFAMILY, .version = 1}};
    struct nlattr *attribute = (struct nlattr *)request.attributes;

    attribute->nla_type = CTRL_ATTR_FAMILY_NAME;
    attribute->nla_len = (uint16_t)(NLA_HDRLEN + strlen(name) + 1);
    strcpy(request.attributes + NLA_HDRLEN, name);
    request.nl.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + GENL_HDRLEN + NLA_ALIGN(attribute->nla_len));
    return request;
}

/* LIST_CONNS from cid 0: a nest (14) holding the cid (6), 32 bytes. */
static inline struct request list_conns(uint32_t seq)
{
    struct request request = {.nl = {.nlmsg_len = 32, .nlmsg_type = DAEMON_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK, .nlmsg_seq = seq},
                              .genl = {.cmd = 0}};
    uint16_t nest[] = {12, 14 | NLA_F_NESTED, 8, 6, 0, 0};

    memcpy(request.attributes, nest, sizeof nest);
    return request;
}

/* What the original library sends as a command after a look-up that failed: it takes 0 for the family's id. */
static inline struct request command_to_nobody(uint32_t seq)
{
    struct request request = list_conns(seq);

    request.nl.nlmsg_type = 0;
    return request;
}

static inline int open_socket(void)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);

    CHECK(fd >= 0);
    CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

static inline ssize_t send_request(int fd, const struct request *request)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

    return sendto(fd, request, request->nl.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel);
}

/* One recvmsg as libmnl calls it, with what libmnl demands of the result. */
static inline ssize_t receive(int fd, void *buffer)
{
    struct sockaddr_nl from;
    struct iovec part = {.iov_base = buffer, .iov_len = BUFFER};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1};
    ssize_t length;

    memset(&from, 0xff, sizeof from);
    length = recvmsg(fd, &message, 0);
    if (length >= 0) {
        CHECK(message.msg_namelen == 12);
        CHECK(from.nl_family == AF_NETLINK && from.nl_pid == 0 && from.nl_groups == 0);
        CHECK(!(message.msg_flags & MSG_TRUNC));
    }
    return length;
}

/* Receives up to the acknowledgement of `seq`. Returns its error number, and the number of data messages before it. All
 * datagrams are received at the start of `buffer`. */
static inline int receive_answer(int fd, uint32_t seq, void *buffer, unsigned *messages)
{
    for (*messages = 0;;) {
        ssize_t length = receive(fd, buffer);

        CHECK(length > 0);
        for (struct nlmsghdr *nl = buffer; NLMSG_OK(nl, length); nl = NLMSG_NEXT(nl, length)) {
            CHECK(nl->nlmsg_seq == 0 || nl->nlmsg_seq == seq);
            if (nl->nlmsg_type == NLMSG_ERROR)
                return ((struct nlmsgerr *)NLMSG_DATA(nl))->error;
            ++*messages;
        }
    }
}

/* The id of a family, read as the original library does: from the buffer that the acknowledgement has overwritten. */
static inline int resolve(int fd, const char *name, uint32_t seq)
{
    struct request request = get_family(name, seq);
    char buffer[BUFFER];
    unsigned messages;
    uint16_t id;

    CHECK(send_request(fd, &request) == request.nl.nlmsg_len);
    if (receive_answer(fd, seq, buffer, &messages) != 0)
        return -1;
    CHECK(messages == 1);
    /* Name of up to 11 characters: attribute of 16 bytes at 20, then the id's header, then the id. */
    memcpy(&id, buffer + 20 + NLA_ALIGN(NLA_HDRLEN + strlen(name) + 1) + NLA_HDRLEN, sizeof id);
    return id;
}

/* Number of connections that LIST_CONNS returns. */
static inline unsigned list(int fd, uint32_t seq)
{
    struct request request = list_conns(seq);
    char buffer[BUFFER];
    unsigned messages;

    CHECK(send_request(fd, &request) == 32);
    CHECK(receive_answer(fd, seq, buffer, &messages) == 0);
    return messages;
}

/* Number of descriptors of this process, hidden ones included. */
static inline int descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 4096; fd++) {
        char path[64];
        char target[64];

        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        count += readlink(path, target, sizeof target) >= 0;
    }
    return count;
}

#endif
