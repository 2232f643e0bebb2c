/* fsync as a broken disk answers it: EIO for the log, once the file that FAIL_IF names is there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fails(int file) {
    char link[64], path[4096];
    const char *flag = getenv("FAIL_IF");
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0 || flag == NULL || access(flag, F_OK) != 0) return 0;
    path[length] = 0;
    if (strstr(path, "ledger.db") == NULL) return 0;
    fprintf(stderr, "a sync of the log fails\n");
    errno = EIO;
    return 1;
}

int fsync(int file) { return fails(file) ? -1 : (int)syscall(SYS_fsync, file); }

int fdatasync(int file) { return fails(file) ? -1 : (int)syscall(SYS_fdatasync, file); }
