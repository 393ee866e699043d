/* What programs do with descriptors and processes around a conversation: the argument chooses. */
#include "client.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int succeeded(pid_t child)
{
    int status;

    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A socket opened and used before fork serves the child and then, whatever the child did, the parent. */
static void forks(void)
{
    int fd = open_socket();
    pid_t child;

    CHECK(resolve(fd, "tcp_estats", 1) == DAEMON_FAMILY);
    child = fork();
    if (child == 0) {
        int own = open_socket();

        CHECK(list(fd, 2) == 3);
        CHECK(resolve(own, "tcp_estats", 3) == DAEMON_FAMILY);
        CHECK(close(fd) == 0 && close(own) == 0);
        CHECK(fcntl(fd, F_GETFD) == -1);
        _exit(0);
    }
    CHECK(succeeded(child));
    CHECK(list(fd, 4) == 3);
}

/* What a child of vfork closes is closed in the child only, though it shares the memory. */
static void vforks(void)
{
    int fd = open_socket();
    int joined;
    pid_t child;

    CHECK(resolve(fd, "tcp_estats", 1) == DAEMON_FAMILY);
    joined = descriptors();
    child = vfork();
    if (child == 0) {
        close(fd);
        dup2(2, fd);
        _exit(0);
    }
    CHECK(succeeded(child));
    CHECK(list(fd, 2) == 3);
    CHECK(descriptors() == joined);
}

static void duplicates(void)
{
    struct request request = get_family("tcp_estats", 1);
    char buffer[BUFFER];
    unsigned messages;
    int before = descriptors();
    int fd = open_socket();
    int early = dup(fd);
    int late, chosen, high;

    /* Made before the first request: sent on the one, received on the other. */
    CHECK(early >= 0 && send_request(fd, &request) == 36);
    CHECK(receive_answer(early, 1, buffer, &messages) == 0 && messages == 1);
    CHECK(list(early, 2) == 3);

    late = dup(fd);
    CHECK(late >= 0 && list(late, 3) == 3);
    CHECK(close(fd) == 0);
    CHECK(list(late, 4) == 3);

    chosen = open("/dev/null", O_RDWR);
    CHECK(chosen >= 0 && dup2(late, chosen) == chosen);
    CHECK(close(late) == 0);
    CHECK(list(chosen, 5) == 3);
    CHECK(dup3(chosen, early, O_CLOEXEC) == early && fcntl(early, F_GETFD) == FD_CLOEXEC);
    CHECK(list(early, 6) == 3);
    CHECK(dup2(early, early) == early && list(early, 7) == 3);

    high = fcntl(chosen, F_DUPFD_CLOEXEC, 200);
    CHECK(high >= 200 && close(chosen) == 0 && close(early) == 0);
    CHECK(list(high, 8) == 3);
    CHECK(resolve(high, "nlctrl", 9) == GENL_ID_CTRL);

    /* Something else in its place. */
    CHECK(dup2(2, high) == high);
    CHECK(send_request(high, &request) == -1 && errno == ENOTSOCK);
    CHECK(close(high) == 0);
    CHECK(descriptors() == before);
}

/* The highest number that the kernel allows by itself, or that this process may have. */
static void highest(void)
{
    struct rlimit limit = {1 << 20, 1 << 20};
    int fd = open_socket();
    int last;

    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
        limit.rlim_cur = limit.rlim_max;
        CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    }
    last = (int)limit.rlim_max - 1;
    CHECK(dup2(fd, last) == last);
    CHECK(resolve(last, "tcp_estats", 1) == DAEMON_FAMILY);
    CHECK(list(fd, 2) == 3 && close(fd) == 0);
    fd = dup(last);
    CHECK(fd >= 0 && list(fd, 3) == 3);
    CHECK(dup2(fd, last) == last && close(fd) == 0);
    CHECK(list(last, 4) == 3 && close(last) == 0);
    CHECK(dup2(2, last + 1) == -1 && errno == EBADF);
}

/* Hidden descriptors are neither the program's to close nor left behind. */
static void ranges(void)
{
    int before, fd;

    CHECK(close_range(3, ~0U, 0) == 0);
    before = descriptors();
    fd = open_socket();
    CHECK(resolve(fd, "tcp_estats", 1) == DAEMON_FAMILY);
    CHECK(close_range((unsigned)fd + 1, ~0U, 0) == 0);
    CHECK(list(fd, 2) == 3);
    for (int other = fd + 1; other < 4096; other++)
        CHECK(close(other) == -1 && errno == EBADF);
    CHECK(list(fd, 3) == 3);
    closefrom(fd + 1);
    CHECK(list(fd, 4) == 3);
    CHECK(close_range((unsigned)fd, ~0U, 0) == 0);
    CHECK(fcntl(fd, F_GETFD) == -1 && errno == EBADF);
    CHECK(descriptors() == before);
}

/* Too few descriptors left: the request fails, the socket lives on. */
static void exhausted(void)
{
    struct request request = get_family("tcp_estats", 1);
    int fd = open_socket();
    struct rlimit limit = {256, 256};
    int last = -1, fillers[256], count = 0;

    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    while (count < 256 && (last = open("/dev/null", O_RDONLY)) >= 0)
        fillers[count++] = last;
    CHECK(last == -1 && errno == EMFILE);
    CHECK(send_request(fd, &request) == -1 && errno == ECONNREFUSED);
    CHECK(resolve(fd, "nlctrl", 2) == GENL_ID_CTRL);
    while (count > 0)
        close(fillers[--count]);
    CHECK(resolve(fd, "tcp_estats", 3) == DAEMON_FAMILY);
}

static void *converse(void *unused)
{
    (void)unused;
    for (uint32_t round = 0; round < 50; round++) {
        int fd = open_socket();

        CHECK(resolve(fd, "tcp_estats", 2 * round) == DAEMON_FAMILY);
        CHECK(list(fd, 2 * round + 1) == 3);
        CHECK(close(fd) == 0);
    }
    return NULL;
}

static void threads(void)
{
    pthread_t threads[8];
    int before = descriptors();

    for (int i = 0; i < 8; i++)
        CHECK(pthread_create(&threads[i], NULL, converse, NULL) == 0);
    for (int i = 0; i < 8; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(descriptors() == before);
}

static void *first_request(void *fd)
{
    struct request request = get_family("tcp_estats", 1);

    CHECK(send_request(*(int *)fd, &request) == 36);
    return NULL;
}

/* Two threads send the first request on one socket at once: one join, two answers. */
static void race(void)
{
    int before = descriptors();

    for (int round = 0; round < 100; round++) {
        char buffer[BUFFER];
        unsigned messages;
        pthread_t threads[2];
        int fd = open_socket();

        for (int i = 0; i < 2; i++)
            CHECK(pthread_create(&threads[i], NULL, first_request, &fd) == 0);
        for (int i = 0; i < 2; i++)
            CHECK(pthread_join(threads[i], NULL) == 0);
        for (int i = 0; i < 2; i++)
            CHECK(receive_answer(fd, 1, buffer, &messages) == 0 && messages == 1);
        CHECK(close(fd) == 0);
        CHECK(descriptors() == before);
    }
}

static void *wait_for_ever(void *fd)
{
    char buffer[BUFFER];

    recv(*(int *)fd, buffer, sizeof buffer, 0);
    return NULL;
}

/* A thread that waits in an interposed call can be cancelled, on sockets of both kinds. */
static void cancelled(void)
{
    int pair[2], joined = open_socket();
    int *waited[] = {&pair[0], &joined};

    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    CHECK(resolve(joined, "tcp_estats", 1) == DAEMON_FAMILY);
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        void *result;

        CHECK(pthread_create(&thread, NULL, wait_for_ever, waited[i]) == 0);
        usleep(50000);
        CHECK(pthread_cancel(thread) == 0);
        CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
    }
    CHECK(list(joined, 2) == 3);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {{"fork", forks},         {"vfork", vforks},     {"duplicates", duplicates}, {"ranges", ranges},
                 {"exhausted", exhausted}, {"highest", highest}, {"threads", threads}, {"race", race},             {"cancelled", cancelled}};

    CHECK(argc == 2);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strcmp(argv[1], cases[i].name) == 0) {
            cases[i].run();
            return 0;
        }
    CHECK(!"a known case");
}
