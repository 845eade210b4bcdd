/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-vfio-user.c: who has a VFIO group open.
 */
#include <string.h>
#include <unistd.h>

#include "ap-root.h"
#include "ap-vfio-user.h"

#define UUID       "c7a5fdbd-cdaf-9455-926a-d65c16db1809"
#define UUID_UPPER "C7A5FDBD-CDAF-9455-926A-D65C16DB1809"
#define ARGS(text) text, sizeof(text)

static const struct {
    const char *cmdline;
    gsize len;
    const char *guest;
    const char *uuid;
} cmdlines[] = {
    { ARGS("/usr/bin/qemu-system-s390x\0-name\0guest=g1,debug-threads=on\0-S"), "g1",
      "" },
    { ARGS("qemu\0-name\0g1\0-uuid\0" UUID "\0-S"), "g1", UUID },
    { ARGS("qemu\0-uuid\0" UUID_UPPER "\0-name\0g1"), "g1", UUID },
    { ARGS("qemu\0-name\0g1\0-uuid\0g1"), "g1", "" },
    { ARGS("qemu\0-name\0g1\0-uuid"), "g1", "" },
    { ARGS("qemu\0-name\0-uuid\0" UUID), "-uuid", "" },
    { ARGS("qemu\0-name\0guest=a,,b,,,c=d"), "a,b,", "" },
    { ARGS("qemu\0-name\0"), NULL, "" },
    { ARGS("qemu\0-name"), NULL, "" },
    { ARGS("qemu\0-S"), NULL, "" },
    { ARGS("qemu\0-name\0guest=\xff\n"), "\xef\xbf\xbd?", "" },
    { "", 0, NULL, "" },
};

static void
test_cmdline(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cmdlines); i++) {
        g_auto(ApVfioGuest) guest = { 0 };

        ap_vfio_user_parse_guest(cmdlines[i].cmdline, cmdlines[i].len, &guest);
        g_assert_cmpstr(guest.name, ==, cmdlines[i].guest);
        g_assert_cmpstr(guest.uuid, ==, cmdlines[i].uuid);
    }
}

static void
assert_user(ApRoot *root, const char *group, const char *expected)
{
    g_autofree char *user = ap_vfio_user_describe(root->fd, group, NULL);

    g_assert_cmpstr(user, ==, expected);
}

static void
test_found(void)
{
    static const char cmdline[] = "qemu\0-name\0guest=g1,debug-threads=on\0-S";
    g_autoptr(ApRoot) root = ap_root_new();

    ap_root_link(root, "proc/1/fd/0", "/dev/null");
    ap_root_link(root, "proc/self/fd/3", "/dev/vfio/7");
    ap_root_link(root, "proc/4711/fd/0", "socket:[1]");
    ap_root_link(root, "proc/4711/fd/30", "/dev/vfio/7");
    assert_user(root, "77", NULL);
    assert_user(root, "7", "process 4711");
    ap_root_write(root, "proc/4711/comm", "qemu-system-s39\n");
    assert_user(root, "7", "process 4711 (qemu-system-s39)");
    ap_root_write(root, "proc/4711/comm", "a\n\033b\n");
    assert_user(root, "7", "process 4711 (a??b)");
    ap_root_write(root, "proc/4711/comm", "qemu-system-s39\n");
    ap_root_write_data(root, "proc/4711/cmdline", cmdline, sizeof(cmdline));
    assert_user(root, "7", "guest 'g1' (process 4711, qemu-system-s39)");
}

/* A process with the group open, of that parent and that program. */
static void
add_user(ApRoot *root, pid_t parent, const char *program)
{
    g_autofree char *stat =
        g_strdup_printf("4711 (a) b) S %d 1 1 0 -1 4194560", (int)parent);

    ap_root_link(root, "proc/4711/fd/30", "/dev/vfio/7");
    ap_root_link(root, "proc/4711/exe", program);
    ap_root_write(root, "proc/4711/stat", stat);
}

static void
test_fork(void)
{
    static const struct {
        gboolean is_child;
        const char *program;
        gboolean is_fork;
    } users[] = {
        { TRUE, "/usr/sbin/libvirtd", TRUE },
        { FALSE, "/usr/sbin/libvirtd", FALSE },
        { TRUE, "/usr/bin/mdevctl", FALSE },
    };

    for (gsize i = 0; i < G_N_ELEMENTS(users); i++) {
        g_autoptr(ApRoot) root = ap_root_new();

        ap_root_link(root, "proc/self/exe", "/usr/sbin/libvirtd");
        g_assert_false(ap_vfio_user_is_fork(root->fd, "7"));
        add_user(root, users[i].is_child ? getpid() : 1, users[i].program);
        g_assert_cmpint(ap_vfio_user_is_fork(root->fd, "7"), ==, users[i].is_fork);
        g_assert_false(ap_vfio_user_is_fork(root->fd, "77"));
    }
}

static void
test_no_proc(void)
{
    g_autoptr(ApRoot) root = ap_root_new();

    assert_user(root, "7", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-vfio-user/cmdline_guest", test_cmdline);
    g_test_add_func("/ap-vfio-user/process_found_and_named", test_found);
    g_test_add_func("/ap-vfio-user/child_without_program_is_fork", test_fork);
    g_test_add_func("/ap-vfio-user/no_proc_nobody", test_no_proc);
    return g_test_run();
}
