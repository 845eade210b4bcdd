/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The AP part of the tree: every file, link and directory with what is in it, and
 * what has changed since the last look.
 */
#include "replay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_FILE (1 << 20)
/* A queue that is being reset or set up is waited for: so often, so long; not so often
 * when nothing may come of it. */
#define SETTLE_TRIES  400
#define RESTING_TRIES 100
#define SETTLE_MS     10

static const char *const places[] = {
    "/dev/vfio",
    "/sys/bus/ap",
    "/sys/bus/matrix",
    "/sys/bus/mdev",
    "/sys/class/mdev_bus",
    "/sys/class/vfio",
    "/sys/class/vfio-dev",
    "/sys/devices/ap",
    "/sys/devices/vfio_ap",
    "/sys/devices/virtual/vfio",
    "/sys/kernel/iommu_groups",
};

static void
tree_add(Tree *tree, const char *path, char *value)
{
    if (tree->count == tree->room) {
        tree->room = tree->room ? 2 * tree->room : 512;
        tree->entries = need(realloc(tree->entries, tree->room * sizeof(Entry)));
    }
    tree->entries[tree->count].path = need(strdup(path));
    tree->entries[tree->count].value = value;
    tree->count++;
}

void
tree_free(Tree *tree)
{
    size_t i;

    for (i = 0; i < tree->count; i++) {
        free(tree->entries[i].path);
        free(tree->entries[i].value);
    }
    free(tree->entries);
    memset(tree, 0, sizeof(*tree));
}

static bool
is_moving(const char *text)
{
    return strstr(text, "Reset in progress") || strstr(text, "Reset Timer armed") ||
           strstr(text, "Interrupt pending");
}

/*
 * Files that ask the card.  To read them shows more than what is in them: while no
 * queue of the card can be asked, newer kernels look whether one has come, and scan
 * the bus.  That they are there has to do.
 */
static bool
asks_the_card(const char *name)
{
    static const char *const names[] = { "API_ordinalnr", "FW_version", "mkvps",
                                         "op_modes", "serialnr" };
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

/* What the file holds, or why it cannot be read. */
static char *
read_value(int dir, const char *name, mode_t mode)
{
    static char content[MAX_FILE];
    char *text, *value;
    ssize_t len, got = 0;
    int error = 0;
    int fd;

    if (!(mode & 0444) || !S_ISREG(mode) || asks_the_card(name)) {
        need(asprintf(&value, "f %o", mode & 0777) < 0 ? NULL : value);
        return value;
    }
    fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        error = errno;
    for (len = 0; !error && len < MAX_FILE; len += got) {
        got = read(fd, content + len, MAX_FILE - len);
        if (got < 0)
            error = errno;
        if (got <= 0)
            break;
    }
    if (fd >= 0)
        close(fd);
    if (error) {
        need(asprintf(&value, "f %o !%s", mode & 0777, strerrorname_np(error)) < 0
                 ? NULL
                 : value);
        return value;
    }
    text = escaped(content, len);
    need(asprintf(&value, "f %o %s", mode & 0777, text) < 0 ? NULL : value);
    free(text);
    return value;
}

static char *
link_value(int dir, const char *name)
{
    char target[4096];
    ssize_t len = readlinkat(dir, name, target, sizeof(target) - 1);
    char *value;

    target[len < 0 ? 0 : len] = '\0';
    need(asprintf(&value, "l %s", target) < 0 ? NULL : value);
    return value;
}

static void
tree_read_dir(Tree *tree, int parent, const char *name, const char *path)
{
    /* Of a device only the name and the permissions count. */
    const mode_t unread = strncmp(path, "/dev/", 5) ? 0 : S_IFMT;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    if (!dir)
        return;
    tree_add(tree, path, need(strdup("d")));
    while ((entry = readdir(dir))) {
        char *below = NULL;
        struct stat st;

        if (entry->d_name[0] == '.' ||
            fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
            continue;
        need(asprintf(&below, "%s/%s", path, entry->d_name) < 0 ? NULL : below);
        if (S_ISDIR(st.st_mode))
            tree_read_dir(tree, fd, entry->d_name, below);
        else if (S_ISLNK(st.st_mode))
            tree_add(tree, below, link_value(fd, entry->d_name));
        else
            tree_add(tree, below, read_value(fd, entry->d_name, st.st_mode & ~unread));
        free(below);
    }
    closedir(dir);
}

static int
compare_entries(const void *a, const void *b)
{
    return strcmp(((const Entry *)a)->path, ((const Entry *)b)->path);
}

static void
tree_read_once(Tree *tree)
{
    size_t i;

    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        tree_read_dir(tree, AT_FDCWD, places[i], places[i]);
    qsort(tree->entries, tree->count, sizeof(Entry), compare_entries);
}

static const char *
tree_value(const Tree *tree, const char *path)
{
    const Entry wanted = { .path = (char *)path };
    const Entry *found = tree->count ? bsearch(&wanted, tree->entries, tree->count,
                                               sizeof(Entry), compare_entries)
                                     : NULL;

    return found ? found->value : "";
}

/* Waits until the file shows something that stays, while there are tries left. */
static void
settle(const char *path, unsigned int *tries)
{
    const struct timespec pause = { .tv_nsec = SETTLE_MS * 1000000L };
    bool moving = true;

    while (moving && *tries) {
        char *value;

        (*tries)--;
        nanosleep(&pause, NULL);
        value = read_value(AT_FDCWD, path, S_IFREG | 0444);
        moving = is_moving(value);
        free(value);
    }
}

/* The value of another file of the same device. */
static const char *
sibling(const Tree *tree, const char *path, const char *name)
{
    char other[PATH_MAX];

    snprintf(other, sizeof(other), "%.*s/%s", (int)(strrchr(path, '/') - path), path,
             name);
    return tree_value(tree, other);
}

/* Whether the kernel may be at work on the queue.  It is not on one that is in standby or
 * broken, or has no driver, or one that does not let the kernel: that counts no requests.
 */
static bool
is_worked_on(const Tree *tree, const char *path)
{
    return is_moving(tree_value(tree, path)) &&
           strstr(sibling(tree, path, "config"), " 1") &&
           strstr(sibling(tree, path, "chkstop"), " 0") &&
           *sibling(tree, path, "driver") &&
           !strstr(sibling(tree, path, "request_count"), " -");
}

/* Whether that may be so for long: it was before, or the reset has not begun. */
static bool
may_rest(const Tree *tree, const Tree *before, const char *path)
{
    return is_worked_on(before, path) ||
           strstr(sibling(tree, path, "interrupt"), "Interrupts enabled");
}

/* A look while the kernel works, which it does in its own time, tells nothing.  The
 * simulated one has done all when an operation ends. */
void
tree_read(Tree *tree, const Tree *before)
{
    unsigned int tries = SETTLE_TRIES;
    unsigned int resting_tries = RESTING_TRIES;
    bool waited = false;
    size_t i;

    tree_read_once(tree);
    for (i = 0; i < tree->count && !is_simulated(); i++) {
        const char *path = tree->entries[i].path;

        if (!is_worked_on(tree, path))
            continue;
        settle(path, may_rest(tree, before, path) ? &resting_tries : &tries);
        waited = true;
    }
    if (!waited)
        return;
    tree_free(tree);
    tree_read_once(tree);
}

void
tree_tell_differences(const Tree *old, const Tree *new)
{
    size_t i = 0, j = 0;

    while (i < old->count || j < new->count) {
        int order = i == old->count ? 1
                    : j == new->count
                        ? -1
                        : compare_entries(&old->entries[i], &new->entries[j]);

        if (order < 0)
            printf("- %s\n", old->entries[i].path);
        else if (order > 0)
            printf("+ %s %s\n", new->entries[j].path, new->entries[j].value);
        else if (strcmp(old->entries[i].value, new->entries[j].value) != 0)
            printf("~ %s %s\n", new->entries[j].path, new->entries[j].value);
        i += order <= 0;
        j += order >= 0;
    }
}
