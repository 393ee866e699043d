/* The file that switches the interface of the patched kernel on, and files that are really there or not. */
#include "client.h"

#include <sys/stat.h>

#define SWITCH "/proc/sys/net/ipv4/tcp_estats"

int main(void)
{
    char text[16] = "";
    int fd;

    CHECK(access(SWITCH, F_OK) == 0);
    CHECK(access(SWITCH, R_OK) == 0);
    CHECK(access(SWITCH, W_OK) == -1 && errno == EACCES);
    CHECK(open(SWITCH, O_WRONLY) == -1 && errno == EACCES);
    CHECK(open(SWITCH, O_RDWR) == -1 && errno == EACCES);
    CHECK(open(SWITCH, O_RDONLY | O_TRUNC) == -1 && errno == EACCES);

    fd = open(SWITCH, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(read(fd, text, sizeof text) == 4 && strcmp(text, "127\n") == 0);
    CHECK(read(fd, text, sizeof text) == 0);
    CHECK(write(fd, "0", 1) == -1);
    CHECK(close(fd) == 0);
    fd = open64(SWITCH, O_RDONLY);
    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == 0 && close(fd) == 0);

    CHECK(access(SWITCH "_not", F_OK) == -1 && errno == ENOENT);
    CHECK(open(SWITCH "_not", O_RDONLY) == -1 && errno == ENOENT);
    CHECK(access(NULL, F_OK) == -1 && errno == EFAULT);
    CHECK(open("/proc/self/status/", O_RDONLY) == -1 && errno == ENOTDIR);
    fd = open("/proc/self/status", O_RDONLY);
    CHECK(fd >= 0 && read(fd, text, 5) == 5 && memcmp(text, "Name:", 5) == 0 && close(fd) == 0);

    /* The third argument arrives. */
    umask(0);
    fd = open("/tmp", O_TMPFILE | O_WRONLY, 0640);
    if (fd >= 0) {
        struct stat status;

        CHECK(fstat(fd, &status) == 0 && (status.st_mode & 0777) == 0640 && close(fd) == 0);
    }
    return 0;
}
