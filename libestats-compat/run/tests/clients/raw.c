/* Clients that call the kernel past the C library, as Go programs do: the argument chooses one. */
#include "client.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

/* Room for any address, as Go has it. */
struct any { struct sockaddr_nl nl; char rest[100]; };

static int raw_socket(int flags)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    int fd = (int)syscall(SYS_socket, AF_NETLINK, SOCK_RAW | flags, NETLINK_GENERIC);

    CHECK(fd >= 0);
    CHECK(syscall(SYS_bind, fd, &address, sizeof address) == 0);
    return fd;
}

static ssize_t raw_send(int fd, const struct request *request)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

    return syscall(SYS_sendto, fd, request, request->nl.nlmsg_len, 0, &kernel, sizeof kernel);
}

/* One datagram, which has to be from the kernel. */
static ssize_t raw_receive(int fd, void *buffer)
{
    struct any from;
    socklen_t length = sizeof from;
    ssize_t received;

    memset(&from, 0xff, sizeof from);
    received = syscall(SYS_recvfrom, fd, buffer, BUFFER, 0, &from, &length);
    if (received >= 0)
        CHECK(length == 12 && from.nl.nl_family == AF_NETLINK && from.nl.nl_pid == 0 && from.nl.nl_groups == 0);
    return received;
}

/* Receives the answer to a list with epoll; edges are enough. */
static void *with_epoll(void *socket)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    int fd = *(int *)socket, epoll = epoll_create1(0);
    char buffer[BUFFER];
    ssize_t length = 0;

    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
    for (int seen = 0; seen < 2;) {
        length = raw_receive(fd, buffer);
        if (length >= 0)
            CHECK(length == (seen++ ? 36 : 3 * 96));
        else
            CHECK(errno == EAGAIN && epoll_wait(epoll, &event, 1, -1) >= 0);
    }
    CHECK(raw_receive(fd, buffer) == -1 && errno == EAGAIN);
    return NULL;
}

/* Receives it in calls that wait. */
static void *waiting(void *socket)
{
    char buffer[BUFFER];

    CHECK(raw_receive(*(int *)socket, buffer) == 3 * 96);
    CHECK(raw_receive(*(int *)socket, buffer) == 36);
    return NULL;
}

/* Threads that may wait before or after the request is sent, all at the same time. */
static void threads(void)
{
    enum { THREADS = 8 };
    struct request request = list_conns(1);
    pthread_t thread[THREADS];
    int fds[THREADS];

    for (int i = 0; i < THREADS; i++) {
        fds[i] = raw_socket(i % 2 ? SOCK_NONBLOCK : 0);
        CHECK(pthread_create(&thread[i], NULL, i % 2 ? with_epoll : waiting, &fds[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++)
        CHECK(raw_send(fds[i], &request) == 32);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(thread[i], NULL) == 0 && close(fds[i]) == 0);
}

/* Both requests by one call, and what comes by another. */
static void many(void)
{
    struct request requests[] = {get_family("tcp_estats", 1), list_conns(2)};
    struct sockaddr_nl from[4];
    char buffers[4][BUFFER];
    struct iovec parts[4];
    struct mmsghdr sent[2], received[4];
    unsigned lengths[4], count = 0;
    int fd = raw_socket(0);

    memset(sent, 0, sizeof sent);
    for (int i = 0; i < 2; i++) {
        parts[i] = (struct iovec){&requests[i], requests[i].nl.nlmsg_len};
        sent[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    /* A call may take fewer than it is given. */
    for (int done = 0; done < 2;) {
        int now = (int)syscall(SYS_sendmmsg, fd, sent + done, 2 - done, 0);

        CHECK(now >= 1 && sent[done].msg_len == parts[done].iov_len);
        done += now;
    }
    while (count < 4) {
        int now;

        memset(received, 0, sizeof received);
        for (int i = 0; i < 4; i++) {
            parts[i] = (struct iovec){buffers[i], BUFFER};
            received[i].msg_hdr =
                (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &parts[i], .msg_iovlen = 1};
        }
        now = (int)syscall(SYS_recvmmsg, fd, received, 4 - count, MSG_WAITFORONE, NULL);
        CHECK(now >= 1);
        for (int i = 0; i < now; i++) {
            CHECK(received[i].msg_hdr.msg_namelen == 12 && from[i].nl_pid == 0);
            lengths[count++] = received[i].msg_len;
        }
    }
    CHECK(lengths[0] > 36 && lengths[1] == 36 && lengths[2] == 3 * 96 && lengths[3] == 36);
}

/* SO_RCVTIMEO, on a socket on which the daemon was asked before. */
static void limited(void)
{
    struct timeval limit = {.tv_usec = 50000};
    char buffer[BUFFER];
    int fd = raw_socket(0);

    CHECK(resolve(fd, "tcp_estats", 1) == DAEMON_FAMILY);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
    CHECK(raw_receive(fd, buffer) == -1 && errno == EAGAIN);
    CHECK(list(fd, 2) == 3);
}

static void nothing(int number)
{
    (void)number;
}

/* A handler without SA_RESTART: the timer goes on until the wait has begun and ended. */
static void interrupted(void)
{
    struct sigaction action = {.sa_handler = nothing};
    struct itimerval often = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
    char buffer[BUFFER];
    int fd = raw_socket(0);

    CHECK(resolve(fd, "tcp_estats", 1) == DAEMON_FAMILY);
    CHECK(sigaction(SIGVTALRM, &action, NULL) == 0 && sigaction(SIGALRM, &action, NULL) == 0);
    CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
    CHECK(raw_receive(fd, buffer) == -1 && errno == EINTR);
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
    CHECK(list(fd, 2) == 3);
}

/* A duplicate, a child, and what the child becomes, all with the socket of the first. */
static void forked(const char *program)
{
    struct request request = list_conns(1);
    char buffer[BUFFER], number[16];
    unsigned messages;
    int status, first = raw_socket(0), fd = (int)syscall(SYS_dup, first);
    int cloexec = fcntl(first, F_DUPFD_CLOEXEC, 3);

    CHECK(fd >= 0 && fd != first && cloexec >= 0 && (fcntl(cloexec, F_GETFD) & FD_CLOEXEC));
    CHECK(raw_send(fd, &request) == 32);
    CHECK(close(fd) == 0);
    if (fork() == 0) {
        CHECK(receive_answer(cloexec, 1, buffer, &messages) == 0 && messages == 3);
        CHECK(list(first, 2) == 3);
        snprintf(number, sizeof number, "%d", first);
        execl(program, program, "inherited", number, NULL);
        CHECK(!"executed");
    }
    CHECK(wait(&status) > 0 && status == 0);
    CHECK(list(cloexec, 4) == 3);
}

/* What the kernel says of its own family, but for the port of the one who asks. */
static void nlctrl(void)
{
    struct request request = get_family("nlctrl", 1);
    unsigned char buffer[BUFFER];
    int fd = raw_socket(0);

    CHECK(raw_send(fd, &request) == request.nl.nlmsg_len);
    for (int i = 0; i < 2; i++) {
        ssize_t length = raw_receive(fd, buffer);

        CHECK(length >= 36);
        ((struct nlmsghdr *)buffer)->nlmsg_pid = 0;
        for (ssize_t at = 0; at < length; at++)
            printf("%02x", buffer[at]);
        puts("");
    }
}

/* A daemon that is not there, goes away, or says nothing. */
static void refused(void)
{
    struct request request = get_family("tcp_estats", 1), nobody = command_to_nobody(2);
    char buffer[BUFFER];
    int fd = raw_socket(SOCK_NONBLOCK);

    CHECK(raw_send(fd, &request) == -1 && (errno == ECONNREFUSED || errno == ECONNRESET || errno == ETIMEDOUT));
    CHECK(raw_receive(fd, buffer) == -1 && errno == EAGAIN);
    CHECK(raw_send(fd, &nobody) == -1 && errno == ECONNREFUSED);
}

int main(int argc, char **argv)
{
    CHECK(argc >= 2);
    if (strcmp(argv[1], "threads") == 0)
        threads();
    else if (strcmp(argv[1], "many") == 0)
        many();
    else if (strcmp(argv[1], "timeout") == 0)
        limited();
    else if (strcmp(argv[1], "signal") == 0)
        interrupted();
    else if (strcmp(argv[1], "fork") == 0)
        forked(argv[0]);
    else if (strcmp(argv[1], "inherited") == 0)
        CHECK(argc == 3 && list(atoi(argv[2]), 3) == 3);
    else if (strcmp(argv[1], "nlctrl") == 0)
        nlctrl();
    else if (strcmp(argv[1], "refused") == 0)
        refused();
    else
        CHECK(!"a known case");
    return 0;
}
