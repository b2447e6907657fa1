/* Logs, in the order in which they happen: what is written to SQLite's log, when it is synced to the disk, and the
   first byte of each request. Preloaded into the command under test; every function goes on to the C library's own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void note(const char *what, size_t length) {
    int log = syscall(SYS_openat, AT_FDCWD, getenv("DISK_LOG"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    char line[200];
    int size = snprintf(line, sizeof line, "%.*s\n", (int)(length > 150 ? 150 : length), what);
    syscall(SYS_write, log, line, size);
    syscall(SYS_close, log);
}

static int is_log(int descriptor) {
    char link[40], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path);
    return length > 4 && !strncmp(path + length - 4, "-wal", 4);
}

static void written(int descriptor) { if (is_log(descriptor)) note("written", 7); }
static void sent(const char *data, size_t length) {
    const char *end = memchr(data, '\r', length);
    if (end && (!strncmp(data, "P", 1) || !strncmp(data, "GET ", 4) || !strncmp(data, "DELETE ", 7)))
        note(data, end - data);
}

#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, name)

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{ REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t); written(fd); return real(fd, data, size, at); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{ REAL(ssize_t, "pwrite", int, const void *, size_t, off_t); written(fd); return real(fd, data, size, at); }
ssize_t write(int fd, const void *data, size_t size)
{ REAL(ssize_t, "write", int, const void *, size_t); written(fd); return real(fd, data, size); }
int fdatasync(int fd)
{ REAL(int, "fdatasync", int); int done = real(fd); if (is_log(fd)) note("synced", 6); return done; }
int fsync(int fd)
{ REAL(int, "fsync", int); int done = real(fd); if (is_log(fd)) note("synced", 6); return done; }
ssize_t send(int fd, const void *data, size_t size, int flags)
{ REAL(ssize_t, "send", int, const void *, size_t, int); sent(data, size); return real(fd, data, size, flags); }
