/* A daemon that is absent, dies, or is silent: the argument chooses. */
#include "client.h"

#include <signal.h>
#include <sys/time.h>
#include <time.h>

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Only the request for tcp_estats fails; the rest of the socket's life is as ever. */
static void absent(void)
{
    struct request family = get_family("tcp_estats", 1);
    struct request command = list_conns(2);
    int before = descriptors();
    int fd = open_socket();

    CHECK(send_request(fd, &family) == -1 && errno == ECONNREFUSED);
    CHECK(send_request(fd, &command) == -1 && errno == ECONNREFUSED);
    CHECK(resolve(fd, "nlctrl", 3) == GENL_ID_CTRL);
    CHECK(close(fd) == 0);
    CHECK(descriptors() == before);
}

/* The first connection ends after the request; the next request makes a new one. */
static void hangs_up(void)
{
    struct request request = get_family("tcp_estats", 1);
    struct request nobody = command_to_nobody(2);
    char buffer[BUFFER];
    int fd = open_socket();
    int joined;

    CHECK(send_request(fd, &request) == 36);
    CHECK(receive(fd, buffer) == -1 && errno == ECONNRESET);
    CHECK(receive(fd, buffer) == -1 && errno == ECONNRESET);
    /* The original library does not notice that its look-up has failed. It must not get an empty list now. */
    CHECK(send_request(fd, &nobody) == -1 && errno == ECONNREFUSED);
    CHECK(resolve(fd, "nlctrl", 2) == GENL_ID_CTRL);
    joined = descriptors();
    CHECK(resolve(fd, "tcp_estats", 3) == DAEMON_FAMILY);
    CHECK(list(fd, 4) == 3);
    CHECK(descriptors() == joined);
}

/* The first connection never answers. The program's own timeout is kept to; else there is a limit. */
static void silent(void)
{
    struct timeval timeout = {.tv_usec = 200000};
    struct request request = get_family("tcp_estats", 1);
    struct request nobody = command_to_nobody(2);
    char buffer[BUFFER];
    int fd = open_socket();
    double start;

    CHECK(send_request(fd, &request) == 36);
    CHECK(recv(fd, buffer, sizeof buffer, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0);
    start = now();
    CHECK(receive(fd, buffer) == -1 && errno == EAGAIN);
    CHECK(now() - start >= 0.2 && now() - start < 2);

    timeout.tv_usec = 0;
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0);
    start = now();
    CHECK(receive(fd, buffer) == -1 && errno == EAGAIN);
    CHECK(now() - start >= 4.9 && now() - start < 8);

    CHECK(send_request(fd, &nobody) == -1 && errno == ECONNREFUSED);
    /* What was asked before is not answered any more: the next answer belongs to the next request. */
    CHECK(resolve(fd, "tcp_estats", 2) == DAEMON_FAMILY);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signal)
{
    (void)signal;
    alarms++;
}

/* The answer takes a while, in which signals arrive whose handler would interrupt system calls. */
static void slow(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerval interval = {{.tv_usec = 20000}, {.tv_usec = 20000}};
    int fd = open_socket();

    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    CHECK(setitimer(ITIMER_REAL, &interval, NULL) == 0);
    CHECK(resolve(fd, "tcp_estats", 1) == DAEMON_FAMILY);
    CHECK(alarms >= 3);
}

/* The daemon is killed while the answer is awaited. The test closes standard input when nothing is left of the daemon: until
 * then its listener may still take a connection. */
static void killed(void)
{
    struct request request = get_family("tcp_estats", 1);
    char buffer[BUFFER];
    int fd = open_socket();

    CHECK(send_request(fd, &request) == 36);
    CHECK(receive(fd, buffer) == -1 && errno == ECONNRESET);
    CHECK(read(STDIN_FILENO, buffer, 1) == 0);
    CHECK(send_request(fd, &request) == -1 && errno == ECONNREFUSED);
}

/* The first connection has ended before the request is sent on it, as one does that a dying daemon's listener took. */
static void stillborn(void)
{
    struct request request = get_family("tcp_estats", 1);
    int fd = open_socket();

    CHECK(send_request(fd, &request) == -1 && errno == ECONNREFUSED);
    CHECK(resolve(fd, "tcp_estats", 2) == DAEMON_FAMILY);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    if (strcmp(argv[1], "absent") == 0)
        absent();
    else if (strcmp(argv[1], "hangs up") == 0)
        hangs_up();
    else if (strcmp(argv[1], "silent") == 0)
        silent();
    else if (strcmp(argv[1], "slow") == 0)
        slow();
    else if (strcmp(argv[1], "killed") == 0)
        killed();
    else if (strcmp(argv[1], "stillborn") == 0)
        stillborn();
    else
        CHECK(!"a known failure");
    return 0;
}
