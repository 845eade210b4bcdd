/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-hook-launch.c: the hook that libvirt runs, for every guest.  It reads the
 * description of the guest, and where there is no AP matrix in it, and none was made for
 * it before, that is all: no library is loaded for it.  Else the program beside it does
 * the work, with the same arguments and the same input.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ap-hook-args.h"
#include "ap-hook-scan.h"
#include "ap-paths.h"

#define NAME    "libvirt-ap"
#define WORKER  "guest-hook"
#define HOLDERS "/" AP_PATH_HOLDERS
/* A description has some KiB, and libvirt itself takes ten MiB at most. */
#define INPUT_MAX   (64 * 1024 * 1024)
#define HUGE_PAGE   (2 * 1024 * 1024)
#define RECORD_SIZE (16 * 1024)

typedef struct {
    char *text;
    size_t len;
} Input;

static int
fail(const char *what, int errnum)
{
    fprintf(stderr, NAME ": %s: %s\n", what, strerror(errnum));
    return EXIT_FAILURE;
}

/* Room for the longest description there can be; what is not used of it costs nothing.
 * In huge pages, where there are some: else most of the time goes into page faults. */
static char *
reserve_room(void)
{
    size_t size = INPUT_MAX + HUGE_PAGE;
    char *room = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    size_t misplaced;

    if (room == MAP_FAILED)
        return NULL;
    misplaced = (uintptr_t)room % HUGE_PAGE;
    room += misplaced ? HUGE_PAGE - misplaced : 0;
    (void)madvise(room, INPUT_MAX, MADV_HUGEPAGE);
    return room;
}

/* Reads standard input to its end.  Returns 0 or errno. */
static int
read_input(Input *input)
{
    ssize_t got;

    input->text = reserve_room();
    if (!input->text)
        return errno;
    do {
        got = TEMP_FAILURE_RETRY(
            read(STDIN_FILENO, input->text + input->len, INPUT_MAX - input->len));
        if (got < 0)
            return errno;
        input->len += (size_t)got;
    } while (got > 0);
    return input->len < INPUT_MAX ? 0 : EFBIG;
}

static int
names_guest(int dir, const char *record, const char *uuid)
{
    int fd = openat(dir, record, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char text[RECORD_SIZE];
    ssize_t len;

    if (fd < 0)
        return 0;
    len = TEMP_FAILURE_RETRY(read(fd, text, sizeof(text)));
    close(fd);
    return len > 0 && memmem(text, (size_t)len, uuid, AP_HOOK_UUID_LEN);
}

/* Whether something was done for the guest that has to be undone. */
static int
has_record(const Input *input)
{
    const char *uuid = ap_hook_find_uuid(input->text, input->len);
    DIR *dir = uuid ? opendir(HOLDERS) : NULL;
    struct dirent *entry;
    int found = 0;

    while (dir && !found && (entry = readdir(dir)))
        found = entry->d_name[0] != '.' && names_guest(dirfd(dir), entry->d_name, uuid);
    if (dir)
        closedir(dir);
    return found;
}

static int
is_concerned(ApHookPhase phase, const Input *input)
{
    if (ap_hook_mentions_matrix(input->text, input->len))
        return 1;
    return (phase == AP_HOOK_STOPPED || phase == AP_HOOK_RELEASE) && has_record(input);
}

/* Makes the text standard input once more.  Returns 0 or errno. */
static int
put_back(const Input *input)
{
    int fd = memfd_create(NAME, MFD_CLOEXEC);
    size_t done = 0;

    while (fd >= 0 && done < input->len) {
        ssize_t got =
            TEMP_FAILURE_RETRY(write(fd, input->text + done, input->len - done));

        if (got < 0)
            return errno;
        done += (size_t)got;
    }
    if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0 || dup2(fd, STDIN_FILENO) < 0)
        return errno;
    return 0;
}

/* Becomes the program beside this one, wherever that is; returns errno. */
static int
become_worker(int argc, char **argv, pid_t service)
{
    char **args = calloc((size_t)argc + 2, sizeof(*args));
    char path[PATH_MAX + sizeof(WORKER)];
    char number[16];
    ssize_t len = readlink("/proc/self/exe", path, PATH_MAX);
    char *name;

    if (!args || len < 0)
        return errno;
    path[len] = '\0';
    name = strrchr(path, '/');
    if (!name)
        return ENOENT;
    memcpy(name + 1, WORKER, sizeof(WORKER));
    snprintf(number, sizeof(number), "%d", (int)service);
    args[0] = path;
    args[1] = number;
    memcpy(args + 2, argv + 1, (size_t)(argc - 1) * sizeof(*args));
    execv(path, args);
    return errno;
}

/* Lets a child become the worker and waits for it: whatever becomes of that, libvirt
 * must not take it for a reason to end the guest. */
static void
run_worker_apart(int argc, char **argv)
{
    pid_t service = getppid();
    pid_t child = fork();

    if (child == 0)
        _exit(fail("cannot run " WORKER, become_worker(argc, argv, service)));
    if (child > 0)
        (void)TEMP_FAILURE_RETRY(waitpid(child, NULL, 0));
}

int
main(int argc, char **argv)
{
    ApHookPhase phase = ap_hook_parse_args(argc, argv);
    Input input = { NULL, 0 };
    int errnum;

    if (argc < 2) {
        fprintf(stderr, "usage: " NAME " GUEST OPERATION SUB-OPERATION EXTRA\n"
                        "A hook of libvirt's qemu driver, which runs it.\n");
        return 2;
    }
    if (phase == AP_HOOK_OTHER)
        return EXIT_SUCCESS;
    errnum = read_input(&input);
    if (!errnum && !is_concerned(phase, &input))
        return EXIT_SUCCESS;
    if (!errnum)
        errnum = put_back(&input);
    if (!ap_hook_may_fail(phase)) {
        if (!errnum)
            run_worker_apart(argc, argv);
        return EXIT_SUCCESS;
    }
    if (errnum)
        return fail("cannot read the description of the guest", errnum);
    return fail("cannot run " WORKER, become_worker(argc, argv, getppid()));
}
