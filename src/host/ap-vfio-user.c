/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-vfio-user.c: finds the process behind an open VFIO group in proc.
 */
#include <limits.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "ap-i18n.h"
#include "ap-paths.h"
#include "ap-process.h"
#include "ap-sysfs.h"
#include "ap-text.h"
#include "ap-vfio-user.h"

/* A guest with hundreds of disks has a command line of some ten KiB, and its
 * name at the beginning. */
#define CMDLINE_SIZE (64 * 1024)
#define TARGET_SIZE  64

void
ap_vfio_guest_clear(ApVfioGuest *guest)
{
    g_clear_pointer(&guest->name, g_free);
}

typedef struct {
    int root;
    const char *wanted; /* what the link of the descriptor says */
    const char *pid;    /* process that is looked at */
    char *found;        /* process ID that has it */
} Search;

static void
visit_fd(const char *name, gpointer data)
{
    Search *search = data;
    g_autofree char *path = NULL;
    char target[TARGET_SIZE];
    ssize_t len;

    if (search->found)
        return;
    path = g_strconcat(AP_PATH_PROC "/", search->pid, "/fd/", name, NULL);
    len = readlinkat(search->root, path, target, sizeof(target));
    if (len < 0 || len == sizeof(target))
        return;
    target[len] = '\0';
    if (g_str_equal(target, search->wanted))
        search->found = g_strdup(search->pid);
}

static void
visit_process(const char *name, gpointer data)
{
    Search *search = data;
    g_autofree char *path = NULL;

    if (search->found || !g_ascii_isdigit(name[0]))
        return;
    search->pid = name;
    path = g_strconcat(AP_PATH_PROC "/", name, "/fd", NULL);
    /* Processes end while we look, and some are none of our business. */
    (void)ap_sysfs_scan(search->root, path, visit_fd, search, NULL);
}

/* The value of the first option of "guest=NAME,debug-threads=on", or all of
 * "NAME,…", made printable; a comma in the name is doubled.  NULL for none. */
static char *
take_name(const char *arg)
{
    GString *name = g_string_new(NULL);

    g_autofree char *printable = NULL;

    if (g_str_has_prefix(arg, "guest="))
        arg += strlen("guest=");
    for (; *arg; arg++) {
        if (*arg == ',' && *++arg != ',')
            break;
        g_string_append_c(name, *arg);
    }
    printable = ap_text_make_printable(name->str);
    g_string_free(name, TRUE);
    return *printable ? g_steal_pointer(&printable) : NULL;
}

/* Which of the options that matter @arg is; empty for none. */
static const char *
find_option(const char *arg)
{
    if (g_str_equal(arg, "-name"))
        return "-name";
    return g_str_equal(arg, "-uuid") ? "-uuid" : "";
}

void
ap_vfio_user_parse_guest(const char *cmdline, gsize len, ApVfioGuest *guest)
{
    const char *end = cmdline + len;
    const char *option = "";

    memset(guest, 0, sizeof(*guest));
    while (cmdline < end) {
        g_autofree char *arg = g_strndup(cmdline, (gsize)(end - cmdline));

        if (g_str_equal(option, "-name") && !guest->name)
            guest->name = take_name(arg);
        else if (g_str_equal(option, "-uuid"))
            (void)ap_uuid_canonicalise(arg, guest->uuid);
        /* A value is no option, whatever it looks like. */
        option = *option == '-' ? "" : find_option(arg);
        cmdline += strlen(arg) + 1;
    }
}

static void
read_guest(int root, const char *pid, ApVfioGuest *guest)
{
    g_autofree char *path = g_strconcat(AP_PATH_PROC "/", pid, "/cmdline", NULL);
    g_autofree char *text = g_malloc(CMDLINE_SIZE);
    gssize len = ap_sysfs_read_data(root, path, text, CMDLINE_SIZE);

    ap_vfio_user_parse_guest(text, (gsize)MAX(len, 0), guest);
}

/* The process ID; caller frees. */
static char *
find_user(int root, const char *group)
{
    g_autofree char *wanted = g_strconcat("/" AP_PATH_VFIO "/", group, NULL);
    Search search = { .root = root, .wanted = wanted };

    (void)ap_sysfs_scan(root, AP_PATH_PROC, visit_process, &search, NULL);
    return search.found;
}

/* The program that the process @pid runs; FALSE when it has ended. */
static gboolean
read_program(int root, const char *pid, char program[PATH_MAX])
{
    g_autofree char *path = g_strconcat(AP_PATH_PROC "/", pid, "/exe", NULL);
    ssize_t len = readlinkat(root, path, program, PATH_MAX - 1);

    program[MAX(len, 0)] = '\0';
    return len > 0;
}

gboolean
ap_vfio_user_is_fork(int root, const char *group)
{
    g_autofree char *pid = find_user(root, group);
    char ours[PATH_MAX], its[PATH_MAX];

    return pid && ap_process_read_parent(root, pid) == getpid() &&
           read_program(root, "self", ours) && read_program(root, pid, its) &&
           g_str_equal(ours, its);
}

char *
ap_vfio_user_describe(int root, const char *group, ApVfioGuest *guest)
{
    g_autofree char *pid = find_user(root, group);
    g_autofree char *name = pid ? ap_process_read_name(root, pid) : NULL;
    g_auto(ApVfioGuest) its_guest = { 0 };
    char *text = NULL;

    if (pid)
        read_guest(root, pid, &its_guest);
    if (name && its_guest.name)
        text =
            g_strdup_printf(_("guest '%s' (process %s, %s)"), its_guest.name, pid, name);
    else if (name)
        text = g_strdup_printf(_("process %s (%s)"), pid, name);
    else if (pid)
        text = g_strdup_printf(_("process %s"), pid);
    if (guest) {
        *guest = its_guest;
        its_guest.name = NULL;
    }
    return text;
}
