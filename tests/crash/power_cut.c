/* LD_PRELOAD: what a power cut leaves. Each fsync or fdatasync copies what it makes durable into
 * POWER_CUT_SHADOW: of a file its bytes (inode-N), of a folder its list of names (folder-N). What
 * was never synced is not there. crash.py puts the folder together as the next start would find it.
 *
 * The strictest disk: nothing reaches it by itself. It does not model a disk that tears a sector or
 * writes out of order; that is what SQLite's checksums are for. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void fail(const char *what)
{
    perror(what);
    abort();
}

/* The program may have opened it for writing only. */
static void copy_file(int written_fd, const char *to)
{
    char self[64];
    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", written_fd);
    int fd = open(self, O_RDONLY | O_CLOEXEC);
    static char bytes[1 << 16];
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || out < 0)
        fail(to);
    ssize_t got;
    while ((got = read(fd, bytes, sizeof bytes)) > 0)
        if (write(out, bytes, (size_t)got) != got)
            fail(to);
    if (got < 0)
        fail(self);
    (void)close(fd);
    (void)close(out);
}

static void copy_names(int fd, const char *to)
{
    char self[64];
    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    DIR *d = opendir(self);
    FILE *out = fopen(to, "w");
    if (!d || !out)
        fail(to);
    for (struct dirent *entry; (entry = readdir(d));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)fprintf(out, "%c %lu %s\n", entry->d_type == DT_DIR ? 'd' : 'f',
                          (unsigned long)entry->d_ino, entry->d_name);
    (void)closedir(d);
    (void)fclose(out);
}

/* In one rename, so that a kill never leaves half a copy. */
static int make_durable(int fd)
{
    const char *shadow = getenv("POWER_CUT_SHADOW");
    struct stat st;
    char part[4096], whole[4096];
    if (!shadow || fstat(fd, &st) != 0)
        fail("power_cut");
    int is_folder = S_ISDIR(st.st_mode);
    (void)snprintf(whole, sizeof whole, "%s/%s-%lu", shadow, is_folder ? "folder" : "inode",
                   (unsigned long)st.st_ino);
    (void)snprintf(part, sizeof part, "%s/part", shadow);
    pthread_mutex_lock(&mutex);
    if (is_folder)
        copy_names(fd, part);
    else
        copy_file(fd, part);
    if (rename(part, whole) != 0)
        fail(whole);
    pthread_mutex_unlock(&mutex);
    return 0;
}

int fsync(int fd);
int fsync(int fd)
{
    return make_durable(fd);
}

int fdatasync(int fd);
int fdatasync(int fd)
{
    return make_durable(fd);
}
