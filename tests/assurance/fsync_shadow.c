/*
 * What a power cut would leave behind: a shadow of a directory that holds only what was synced.
 *
 * Loaded with LD_PRELOAD. Whenever fsync or fdatasync of a file below FSYNC_SHADOW_DATA succeeds, the file is copied to
 * the same place below FSYNC_SHADOW_COPY before the call returns, so nobody can have been told of anything that is not
 * in the shadow. Renames and unlinks are mirrored at the next sync, of a directory too. What is never synced (SQLite's
 * -shm, pages of a mapped file) never reaches the shadow. A copy is made aside and renamed, so that a kill in the
 * middle of it leaves the version before.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_PENDING 64

struct change {
    char from[PATH_MAX];
    char to[PATH_MAX]; /* empty for an unlink */
};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static struct change pending[MOST_PENDING];
static int pending_count;
static int (*real_unlink)(const char *);
static int (*real_rename)(const char *, const char *);

static void refuse(const char *what) {
    /* A shadow that misses something would prove nothing: better no server than a wrong proof. */
    fprintf(stderr, "Traceback: fsync_shadow: %s: %s\n", what, strerror(errno));
    _exit(70);
}

/* The place in the shadow of a path below the data directory; 0 for any other path. */
static int shadow_of(const char *path, char *shadow) {
    const char *data = getenv("FSYNC_SHADOW_DATA"), *copy = getenv("FSYNC_SHADOW_COPY");
    size_t length = data ? strlen(data) : 0;
    if (!length || !copy || strncmp(path, data, length) || path[length] != '/')
        return 0;
    return snprintf(shadow, PATH_MAX, "%s%s", copy, path + length) < PATH_MAX;
}

static void copy_file(const char *path, const char *shadow) {
    char aside[PATH_MAX + 32], block[65536];
    ssize_t got;
    snprintf(aside, sizeof aside, "%s.aside-%d", shadow, (int)getpid());
    int from = open(path, O_RDONLY | O_CLOEXEC), to = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (from < 0 || to < 0)
        refuse(aside);
    while ((got = read(from, block, sizeof block)) > 0)
        if (write(to, block, got) != got)
            refuse("write");
    if (got < 0)
        refuse("read");
    close(from);
    close(to);
    if (real_rename(aside, shadow))
        refuse("rename");
}

static void apply_pending(void) {
    for (int i = 0; i < pending_count; i++) {
        if (pending[i].to[0])
            real_rename(pending[i].from, pending[i].to);
        else
            real_unlink(pending[i].from);
    }
    pending_count = 0;
}

static void synced(int fd) {
    char link[64], path[PATH_MAX], shadow[PATH_MAX];
    struct stat kind;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0 || fstat(fd, &kind))
        return;
    path[length] = '\0';
    pthread_mutex_lock(&turn);
    apply_pending();
    if (S_ISREG(kind.st_mode) && kind.st_nlink > 0 && shadow_of(path, shadow))
        copy_file(path, shadow);
    pthread_mutex_unlock(&turn);
}

static void note(const char *from, const char *to) {
    struct change found = {"", ""};
    if (!shadow_of(from, found.from) || (to && !shadow_of(to, found.to)))
        return;
    pthread_mutex_lock(&turn);
    if (pending_count == MOST_PENDING)
        refuse("too many renames before a sync");
    pending[pending_count++] = found;
    pthread_mutex_unlock(&turn);
}

__attribute__((constructor)) static void find_real_calls(void) {
    real_unlink = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
    real_rename = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
}

#define SYNC(name)                                                                                                     \
    int name(int fd) {                                                                                                 \
        static int (*real)(int);                                                                                       \
        if (!real)                                                                                                     \
            real = (int (*)(int))dlsym(RTLD_NEXT, #name);                                                              \
        int result = real(fd);                                                                                         \
        if (!result)                                                                                                   \
            synced(fd);                                                                                                \
        return result;                                                                                                 \
    }

SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
    int result = real_unlink(path);
    if (!result)
        note(path, NULL);
    return result;
}

int rename(const char *from, const char *to) {
    int result = real_rename(from, to);
    if (!result)
        note(from, to);
    return result;
}
