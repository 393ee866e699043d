/* Conversations with a daemon that answers: the argument chooses one. */
#include "client.h"

#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/uio.h>

/* The exact calls of the original library over libmnl. */
static void libmnl(void)
{
    struct sockaddr_nl name;
    socklen_t length = sizeof name;
    int before = descriptors();
    int fd = open_socket();

    CHECK(getsockname(fd, (struct sockaddr *)&name, &length) == 0);
    CHECK(length == 12 && name.nl_family == AF_NETLINK && name.nl_pid == (uint32_t)getpid());
    CHECK(resolve(fd, "tcp_estats", 7) == DAEMON_FAMILY);
    CHECK(list(fd, 8) == 3);
    CHECK(list(fd, 9) == 3);
    CHECK(getsockname(fd, (struct sockaddr *)&name, &length) == 0 && length == 12);
    CHECK(name.nl_family == AF_NETLINK && name.nl_pid == (uint32_t)getpid());
    CHECK(close(fd) == 0);
    CHECK(descriptors() == before);
    CHECK(close(fd) == -1 && errno == EBADF);
}

/* A library in the manner of libnl: options, gathered sending, poll, peeking for the size first. */
static void libnl(void)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_pid = (uint32_t)getpid() | 5U << 22};
    struct sockaddr_nl from = {.nl_family = AF_NETLINK};
    struct request request = get_family("tcp_estats", 1);
    struct iovec parts[] = {{&request, 17}, {(char *)&request + 17, request.nl.nlmsg_len - 17}};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = parts, .msg_iovlen = 2};
    struct pollfd polled = {.events = POLLIN};
    char buffer[BUFFER];
    struct iovec part = {buffer, 1};
    socklen_t length;
    int on = 1, size = 32768, value = 0, acknowledged = 0, families = 0;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC);

    CHECK(fd >= 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) == 0);
    CHECK(setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on) == 0);
    CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(recv(fd, buffer, sizeof buffer, 0) == -1 && errno == EAGAIN);
    CHECK(sendmsg(fd, &message, 0) == request.nl.nlmsg_len);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);

    polled.fd = fd;
    while (!acknowledged) {
        ssize_t peeked, received;

        CHECK(poll(&polled, 1, 2000) == 1 && polled.revents == POLLIN);
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        part.iov_len = 1;
        peeked = recvmsg(fd, &message, MSG_PEEK | MSG_TRUNC);
        CHECK(peeked >= 36 && (message.msg_flags & MSG_TRUNC));
        part.iov_len = sizeof buffer;
        received = recvmsg(fd, &message, 0);
        CHECK(received == peeked && message.msg_namelen == 12);
        acknowledged = ((struct nlmsghdr *)buffer)->nlmsg_type == NLMSG_ERROR;
        families += ((struct nlmsghdr *)buffer)->nlmsg_type == GENL_ID_CTRL;
    }
    CHECK(families == 1);
    CHECK(recv(fd, buffer, sizeof buffer, 0) == -1 && errno == EAGAIN);
    CHECK(poll(&polled, 1, 0) == 0);

    /* Options are still those of the netlink socket. */
    CHECK(setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on) == 0);
    length = sizeof value;
    CHECK(getsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &value, &length) == 0 && value == 1);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &length) == 0 && value == AF_NETLINK);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, &length) == 0 && value == 65536);
    length = sizeof from;
    CHECK(getsockname(fd, (struct sockaddr *)&from, &length) == 0 && from.nl_pid == address.nl_pid);
    CHECK(close(fd) == 0);
}

/* send, recv, recvfrom, write and read instead of the calls with an address. */
static void plain_calls(void)
{
    struct sockaddr_storage room;
    struct sockaddr_nl from;
    socklen_t length = sizeof room;
    struct request request = get_family("tcp_estats", 1);
    char buffer[BUFFER];
    unsigned messages;
    int fd = open_socket();

    CHECK(send(fd, &request, request.nl.nlmsg_len, 0) == 36);
    CHECK(recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&room, &length) > 36);
    memcpy(&from, &room, sizeof from);
    CHECK(length == 12 && from.nl_family == AF_NETLINK && from.nl_pid == 0);
    CHECK(recv(fd, buffer, sizeof buffer, 0) == 36);
    request = list_conns(2);
    CHECK(write(fd, &request, 32) == 32);
    CHECK(read(fd, buffer, sizeof buffer) == 3 * 96);
    CHECK(receive_answer(fd, 2, buffer, &messages) == 0 && messages == 0);
    close(fd);
}

/* writev and readv, and two requests and their four answers by a call each, beside a pipe that is none of anybody's business. */
static void many(void)
{
    struct request requests[] = {get_family("tcp_estats", 1), list_conns(2)};
    struct iovec halves[] = {{&requests[0], 17}, {(char *)&requests[0] + 17, requests[0].nl.nlmsg_len - 17}};
    struct iovec whole[] = {{&requests[0], requests[0].nl.nlmsg_len}, {&requests[1], requests[1].nl.nlmsg_len}};
    struct mmsghdr sent[] = {{.msg_hdr = {.msg_iov = &whole[0], .msg_iovlen = 1}}, {.msg_hdr = {.msg_iov = &whole[1], .msg_iovlen = 1}}};
    char buffers[5][BUFFER], text[3];
    struct iovec parts[5], split[] = {{buffers[0], 16}, {buffers[1], BUFFER}}, letters[] = {{"a", 1}, {"bc", 2}}, read_back = {text, 3};
    struct sockaddr_nl from[5];
    struct mmsghdr received[5];
    struct timespec limit = {.tv_sec = 2};
    int ends[2], got = 0;
    int fd = open_socket();

    CHECK(writev(fd, halves, 2) == 36);
    CHECK(readv(fd, split, 2) > 36);
    CHECK(((struct nlmsghdr *)buffers[0])->nlmsg_type == GENL_ID_CTRL && ((struct genlmsghdr *)buffers[1])->cmd == CTRL_CMD_NEWFAMILY);
    CHECK(readv(fd, split, 2) == 36 && ((struct nlmsghdr *)buffers[0])->nlmsg_type == NLMSG_ERROR);

    CHECK(sendmmsg(fd, sent, 2, 0) == 2 && sent[0].msg_len == 36 && sent[1].msg_len == 32);
    memset(received, 0, sizeof received);
    for (int i = 0; i < 5; i++) {
        parts[i] = (struct iovec){buffers[i], BUFFER};
        received[i].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &parts[i], .msg_iovlen = 1};
    }
    CHECK(recvmmsg(fd, received, 4, 0, &limit) == 4);
    for (int i = 0; i < 4; i++)
        CHECK(received[i].msg_hdr.msg_namelen == 12 && from[i].nl_pid == 0 && received[i].msg_len >= 36);
    CHECK(received[2].msg_len == 3 * 96);
    CHECK(recvmmsg(fd, received, 5, MSG_DONTWAIT, NULL) == -1 && errno == EAGAIN);

    /* What is there, but at least one. */
    CHECK(sendmmsg(fd, sent, 1, 0) == 1);
    while (got < 2) {
        int more = recvmmsg(fd, received, 5, MSG_WAITFORONE, NULL);

        CHECK(more >= 1 && got + more <= 2);
        got += more;
    }

    CHECK(pipe(ends) == 0 && writev(ends[1], letters, 2) == 3 && readv(ends[0], &read_back, 1) == 3);
    CHECK(memcmp(text, "abc", 3) == 0);
    CHECK(sendmmsg(ends[0], sent, 1, 0) == -1 && errno == ENOTSOCK);
}

/* Waits for a datagram with select, poll having been used above. */
static void wait_readable(int fd)
{
    struct timeval limit = {.tv_sec = 2};
    fd_set set;

    FD_ZERO(&set);
    FD_SET(fd, &set);
    CHECK(select(fd + 1, &set, NULL, NULL, &limit) == 1);
}

/* The kernel's families on the same socket, before and after the daemon's; and other netlink protocols. */
static void other_families(void)
{
    struct {
        struct nlmsghdr nl;
        struct rtgenmsg rt;
    } dump = {.nl = {.nlmsg_len = sizeof dump, .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP, .nlmsg_seq = 4}};
    struct request nobody = command_to_nobody(5);
    struct request request = get_family("nlctrl", 6);
    struct stat stat;
    char buffer[32768];
    unsigned messages, links = 0;
    int done = 0;
    int fd = open_socket();
    int route = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

    CHECK(resolve(fd, "nlctrl", 1) == GENL_ID_CTRL);
    CHECK(fstat(fd, &stat) == 0 && S_ISSOCK(stat.st_mode));
    CHECK(resolve(fd, "tcp_estats", 2) == DAEMON_FAMILY);
    CHECK(resolve(fd, "nlctrl", 3) == GENL_ID_CTRL);
    CHECK(resolve(fd, "no_such_fam", 3) == -1);

    /* The kernel's answer alone makes the descriptor readable. */
    CHECK(send_request(fd, &request) > 0);
    wait_readable(fd);
    CHECK(receive_answer(fd, 6, buffer, &messages) == 0 && messages == 1);

    CHECK(send_request(fd, &nobody) == 32);
    CHECK(receive_answer(fd, 5, buffer, &messages) == 0 && messages == 0);
    CHECK(list(fd, 7) == 3);

    CHECK(route >= 0 && send(route, &dump, sizeof dump, 0) == sizeof dump);
    while (!done) {
        ssize_t length = recv(route, buffer, sizeof buffer, 0);

        CHECK(length > 0);
        for (struct nlmsghdr *nl = (struct nlmsghdr *)buffer; NLMSG_OK(nl, length); nl = NLMSG_NEXT(nl, length)) {
            links += nl->nlmsg_type == RTM_NEWLINK;
            done |= nl->nlmsg_type == NLMSG_DONE;
        }
    }
    CHECK(links >= 1);
}

/* A program compiled with checked buffers calls other functions; `length` must not be a constant for that. */
static void fortified(int overflow)
{
    struct request request = get_family("tcp_estats", 1);
    char buffer[BUFFER];
    volatile size_t length = sizeof buffer + (overflow ? 1 : 0);
    struct sockaddr_nl from;
    socklen_t from_length = sizeof from;
    int fd = open_socket();

    CHECK(send_request(fd, &request) == 36);
    CHECK(recv(fd, buffer, length, 0) > 36);
    CHECK(recvfrom(fd, buffer, length, 0, (struct sockaddr *)&from, &from_length) == 36 && from_length == 12);
    CHECK(list(fd, 2) == 3);
    request = list_conns(3);
    CHECK(send_request(fd, &request) == 32);
    CHECK(read(fd, buffer, length) == 3 * 96);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    if (strcmp(argv[1], "libmnl") == 0)
        libmnl();
    else if (strcmp(argv[1], "libnl") == 0)
        libnl();
    else if (strcmp(argv[1], "plain calls") == 0)
        plain_calls();
    else if (strcmp(argv[1], "many") == 0)
        many();
    else if (strcmp(argv[1], "other families") == 0)
        other_families();
    else if (strcmp(argv[1], "fortified") == 0)
        fortified(0);
    else if (strcmp(argv[1], "overflow") == 0)
        fortified(1);
    else
        CHECK(!"a known conversation");
    return 0;
}
