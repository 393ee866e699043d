/* The file that switches the interface of the patched kernel on, and files that are really there or not. */
#include "client.h"

#include <limits.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define DIRECTORY "/proc/sys/net/ipv4"
#define SWITCH DIRECTORY "/tcp_estats"

/* What programs call that were compiled before glibc 2.33, or with _FORTIFY_SOURCE. */
int __xstat(int version, const char *path, struct stat *status);
int __lxstat(int version, const char *path, struct stat *status);
int __fxstatat(int version, int directory, const char *path, struct stat *status, int flags);
int __open_2(const char *path, int flags);
int __openat_2(int directory, const char *path, int flags);

static int reads_127(int fd)
{
    char text[16] = "";

    return fd >= 0 && read(fd, text, sizeof text) == 4 && strcmp(text, "127\n") == 0 && close(fd) == 0;
}

static void streams(void)
{
    char text[16] = "";
    FILE *file = fopen(SWITCH, "re");

    CHECK(file && fcntl(fileno(file), F_GETFD) == FD_CLOEXEC);
    CHECK(fgets(text, sizeof text, file) && strcmp(text, "127\n") == 0 && !fgets(text, sizeof text, file));
    CHECK(fclose(file) == 0);
    file = fopen64(SWITCH, "r");
    CHECK(file && fcntl(fileno(file), F_GETFD) == 0 && fclose(file) == 0);
    CHECK(!fopen(SWITCH, "w") && errno == EACCES);
    CHECK(!fopen(SWITCH, "r+") && errno == EACCES);
    CHECK(!fopen(SWITCH "_not", "r") && errno == ENOENT);
    file = fopen("/proc/self/status", "r");
    CHECK(file && fgets(text, 6, file) && strcmp(text, "Name:") == 0 && fclose(file) == 0);
}

/* A file of root's, without a length as all in its directory. */
static int is_the_switch(int result, const struct stat *status)
{
    struct stat directory;

    return result == 0 && stat(DIRECTORY, &directory) == 0 && status->st_mode == (S_IFREG | 0444) &&
           status->st_nlink == 1 && status->st_size == 0 && status->st_uid == directory.st_uid &&
           status->st_dev == directory.st_dev;
}

static void looks(void)
{
    struct stat status;
    struct statx extended;
    char path[PATH_MAX], *allocated;

    CHECK(is_the_switch(stat(SWITCH, &status), &status));
    CHECK(is_the_switch(lstat(SWITCH, &status), &status));
    CHECK(is_the_switch(fstatat(AT_FDCWD, SWITCH, &status, 0), &status));
    CHECK(is_the_switch(__xstat(1, SWITCH, &status), &status));
    CHECK(is_the_switch(__lxstat(1, SWITCH, &status), &status));
    CHECK(is_the_switch(__fxstatat(1, AT_FDCWD, SWITCH, &status, 0), &status));
    CHECK(statx(AT_FDCWD, SWITCH, 0, STATX_BASIC_STATS, &extended) == 0 && extended.stx_mode == (S_IFREG | 0444));
    CHECK(faccessat(AT_FDCWD, SWITCH, R_OK, 0) == 0 && faccessat(AT_FDCWD, SWITCH, W_OK, AT_EACCESS) == -1);
    CHECK(eaccess(SWITCH, R_OK) == 0 && euidaccess(SWITCH, X_OK) == -1 && errno == EACCES);

    CHECK(getxattr(SWITCH, "user.label", path, sizeof path) == -1 && errno == ENODATA);
    CHECK(lgetxattr(SWITCH, "user.label", path, sizeof path) == -1 && errno == ENODATA);
    CHECK(lgetxattr(SWITCH "_not", "user.label", path, sizeof path) == -1 && errno == ENOENT);
    CHECK(realpath(SWITCH, path) == path && strcmp(path, SWITCH) == 0);
    allocated = realpath(SWITCH, NULL);
    CHECK(allocated && strcmp(allocated, SWITCH) == 0);
    free(allocated);
    allocated = realpath("/proc/../proc", NULL);
    CHECK(allocated && strcmp(allocated, "/proc") == 0);
    free(allocated);
    CHECK(!realpath(SWITCH "_not", path) && errno == ENOENT);

    CHECK(stat(SWITCH "_not", &status) == -1 && errno == ENOENT);
    CHECK(statx(AT_FDCWD, SWITCH "_not", 0, STATX_BASIC_STATS, &extended) == -1 && errno == ENOENT);
    CHECK(stat(NULL, &status) == -1 && errno == EFAULT);
    CHECK(stat("/proc/self/status", &status) == 0 && S_ISREG(status.st_mode));
}

static void opens(void)
{
    CHECK(reads_127(openat(AT_FDCWD, SWITCH, O_RDONLY)));
    CHECK(reads_127(openat64(AT_FDCWD, SWITCH, O_RDONLY)));
    CHECK(reads_127(__open_2(SWITCH, O_RDONLY)));
    CHECK(reads_127(__openat_2(AT_FDCWD, SWITCH, O_RDONLY)));
    CHECK(openat(AT_FDCWD, SWITCH, O_WRONLY) == -1 && errno == EACCES);
}

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

    opens();
    streams();
    looks();

    /* The third argument arrives. */
    umask(0);
    fd = open("/tmp", O_TMPFILE | O_WRONLY, 0640);
    if (fd >= 0) {
        struct stat status;

        CHECK(fstat(fd, &status) == 0 && (status.st_mode & 0777) == 0640 && close(fd) == 0);
    }
    return 0;
}
