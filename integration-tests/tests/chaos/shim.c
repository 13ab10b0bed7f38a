/* A full disk and a clock that jumps, for one process: preloaded, and steered by a file of two numbers that
 * the test writes while the process runs. Needs neither root nor a file system of its own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
    int64_t is_full;
    int64_t shift_s;
};

static const volatile struct control calm;
static const volatile struct control *control = &calm;

#define REAL(name, type, ...)                              \
    static type (*real)(__VA_ARGS__);                      \
    if (!real)                                             \
        real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULT_CONTROL");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *seen = mmap(NULL, sizeof(struct control), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (seen != MAP_FAILED)
        control = seen;
}

/* Whether a write makes a file longer than the full disk lets it: what lies within a file has its blocks.
 * An offset of -1 is where the file stands. */
static int is_refused(int file, off_t offset, size_t length) {
    struct stat about;
    if (!control->is_full || fstat(file, &about) != 0 || !S_ISREG(about.st_mode))
        return 0;
    if (offset < 0)
        offset = fcntl(file, F_GETFL) & O_APPEND ? about.st_size : lseek(file, 0, SEEK_CUR);
    return offset + (off_t)length > about.st_size;
}

static ssize_t no_space(void) {
    errno = ENOSPC;
    return -1;
}

ssize_t write(int file, const void *bytes, size_t length) {
    REAL("write", ssize_t, int, const void *, size_t);
    return is_refused(file, -1, length) ? no_space() : real(file, bytes, length);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    REAL("writev", ssize_t, int, const struct iovec *, int);
    size_t length = 0;
    for (int at = 0; at < count; at++)
        length += parts[at].iov_len;
    return is_refused(file, -1, length) ? no_space() : real(file, parts, count);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) {
    REAL("pwrite", ssize_t, int, const void *, size_t, off_t);
    return is_refused(file, offset, length) ? no_space() : real(file, bytes, length, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset) {
    REAL("pwrite64", ssize_t, int, const void *, size_t, off64_t);
    return is_refused(file, offset, length) ? no_space() : real(file, bytes, length, offset);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL("clock_gettime", int, clockid_t, struct timespec *);
    int status = real(clock, now);
    if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += control->shift_s;
    return status;
}

int gettimeofday(struct timeval *now, void *zone) {
    REAL("gettimeofday", int, struct timeval *, void *);
    int status = real(now, zone);
    if (status == 0)
        now->tv_sec += control->shift_s;
    return status;
}

time_t time(time_t *place) {
    REAL("time", time_t, time_t *);
    time_t now = real(NULL) + control->shift_s;
    if (place)
        *place = now;
    return now;
}

/* The kernel waits by its own clock, so a moment told by the shifted one is told back. */
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until) {
    REAL("pthread_cond_timedwait", int, pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    int64_t shift = control->shift_s;
    struct timespec now, own = *until;
    if (shift && clock_gettime(CLOCK_REALTIME, &now) == 0) {
        int64_t ahead = own.tv_sec - (now.tv_sec - shift);
        if (llabs(ahead) > llabs(shift) / 2)
            own.tv_sec -= shift;
    }
    return real(condition, mutex, &own);
}
