/* LD_PRELOAD: the i-th call of one kind on a file fails. The test arms it through FAULT_CONTROL, a
 * small file that both sides map: which kind, after how many calls, with what errno (0: a short
 * write, KILL: the process dies there), once or for good; hits counts the calls that failed.
 * Sockets, pipes and the log (1, 2) are left alone. Calls that take a path count only beneath
 * FAULT_FOLDER. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { KILL = 1000 };
enum kind { NONE, WRITE, SYNC, RENAME, OPEN, TRUNCATE, READ };
struct control {
    _Atomic int kind, left, error, is_for_good, hits;
};

static struct control *control;
static const char *folder;

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("FAULT_CONTROL");
    folder = getenv("FAULT_FOLDER");
    int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
    void *at = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED || !folder) {
        (void)fputs("fault: FAULT_CONTROL and FAULT_FOLDER are needed\n", stderr);
        abort();
    }
    control = at;
}

static bool is_ours(int fd)
{
    struct stat st;
    return fd > 2 && fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

/* Whether this call is the one. */
static bool fails(enum kind kind)
{
    if (!control || control->kind != (int)kind)
        return false;
    int left = atomic_fetch_sub(&control->left, 1);
    if (left > 1 || (left < 1 && !control->is_for_good))
        return false;
    atomic_fetch_add(&control->hits, 1);
    if (control->error == KILL)
        (void)kill(getpid(), SIGKILL);
    errno = control->error;
    return true;
}

static bool fails_fd(enum kind kind, int fd)
{
    return control && control->kind == (int)kind && is_ours(fd) && fails(kind);
}

static bool fails_path(enum kind kind, const char *path)
{
    return folder && strncmp(path, folder, strlen(folder)) == 0 && fails(kind);
}

/* The size to write: all of it, half of it (short), or -1: failed. */
static ssize_t allowed(int fd, size_t size)
{
    if (!fails_fd(WRITE, fd))
        return (ssize_t)size;
    return control->error == 0 && size > 1 ? (ssize_t)(size / 2) : -1;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    ssize_t n = allowed(fd, size);
    return n < 0 ? -1 : syscall(SYS_write, fd, bytes, (size_t)n);
}

ssize_t fault_pwrite(int fd, const void *bytes, size_t size, long at) __asm__("pwrite");
ssize_t fault_pwrite(int fd, const void *bytes, size_t size, long at)
{
    ssize_t n = allowed(fd, size);
    return n < 0 ? -1 : syscall(SYS_pwrite64, fd, bytes, (size_t)n, at);
}

ssize_t fault_pwrite64(int fd, const void *bytes, size_t size, long at) __asm__("pwrite64");
ssize_t fault_pwrite64(int fd, const void *bytes, size_t size, long at)
{
    return fault_pwrite(fd, bytes, size, at);
}

ssize_t fault_pread(int fd, void *bytes, size_t size, long at) __asm__("pread");
ssize_t fault_pread(int fd, void *bytes, size_t size, long at)
{
    return fails_fd(READ, fd) ? -1 : syscall(SYS_pread64, fd, bytes, size, at);
}

ssize_t fault_pread64(int fd, void *bytes, size_t size, long at) __asm__("pread64");
ssize_t fault_pread64(int fd, void *bytes, size_t size, long at)
{
    return fault_pread(fd, bytes, size, at);
}

ssize_t read(int fd, void *bytes, size_t size)
{
    return fails_fd(READ, fd) ? -1 : syscall(SYS_read, fd, bytes, size);
}

int fsync(int fd)
{
    return fails_fd(SYNC, fd) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return fails_fd(SYNC, fd) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int fault_ftruncate(int fd, long size) __asm__("ftruncate");
int fault_ftruncate(int fd, long size)
{
    return fails_fd(TRUNCATE, fd) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int fault_ftruncate64(int fd, long size) __asm__("ftruncate64");
int fault_ftruncate64(int fd, long size)
{
    return fault_ftruncate(fd, size);
}

int rename(const char *from, const char *to)
{
    return fails_path(RENAME, from) ? -1 : (int)syscall(SYS_rename, from, to);
}

int fault_open(const char *path, int flags, ...) __asm__("open");
int fault_open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    unsigned mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    return fails_path(OPEN, path) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int fault_open64(const char *path, int flags, ...) __asm__("open64");
int fault_open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    unsigned mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    return fault_open(path, flags, mode);
}
