/* A library that goes behind the one under test: its connect() returns from the first Unix connection when that has ended. */
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    static int waited;
    struct pollfd ended = {.fd = fd};
    int result = (int)syscall(SYS_connect, fd, address, length);

    if (result == 0 && address->sa_family == AF_UNIX && !__atomic_exchange_n(&waited, 1, __ATOMIC_RELAXED))
        poll(&ended, 1, 10000);
    return result;
}
