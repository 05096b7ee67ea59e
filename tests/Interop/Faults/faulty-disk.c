/* A disk that fails on demand, laid between a program and the C library (LD_PRELOAD). While the file named by FAULTY_DISK_SWITCH
 * exists, each write and each sync of a file below FAULTY_DISK_FOLDER fails with EIO with the probability, in per cent, that the
 * file holds. Nothing of a write that fails reaches the file. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int fails(int file)
{
    const char *control = getenv("FAULTY_DISK_SWITCH"), *folder = getenv("FAULTY_DISK_FOLDER");
    char link[64], path[PATH_MAX], percent[8] = "";
    if (!control || !folder)
        return 0;
    int saved = errno, input = open(control, O_RDONLY | O_CLOEXEC);
    if (input < 0) {
        errno = saved;
        return 0;
    }
    ssize_t length = read(input, percent, sizeof percent - 1);
    close(input);
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, sizeof path - 1);
    errno = saved;
    if (length <= 0 || size <= 0)
        return 0;
    path[size] = 0;
    if (strncmp(path, folder, strlen(folder)) || random() % 100 >= atoi(percent))
        return 0;
    errno = EIO;
    return 1;
}

#define REAL(name) static typeof(&name) real; if (!real) real = (typeof(&name))dlsym(RTLD_NEXT, #name)
#define FAULTY(result, name, parameters, ...) \
    result name parameters { REAL(name); return fails(file) ? -1 : real(__VA_ARGS__); }

FAULTY(ssize_t, write, (int file, const void *octets, size_t count), file, octets, count)
FAULTY(ssize_t, pwrite, (int file, const void *octets, size_t count, off_t at), file, octets, count, at)
FAULTY(ssize_t, pwrite64, (int file, const void *octets, size_t count, off64_t at), file, octets, count, at)
FAULTY(ssize_t, pwritev, (int file, const struct iovec *parts, int count, off_t at), file, parts, count, at)
FAULTY(ssize_t, pwritev64, (int file, const struct iovec *parts, int count, off64_t at), file, parts, count, at)
FAULTY(int, ftruncate, (int file, off_t length), file, length)
FAULTY(int, ftruncate64, (int file, off64_t length), file, length)
FAULTY(int, fsync, (int file), file)
FAULTY(int, fdatasync, (int file), file)
