/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-store-watch.c: what is heard of a store that comes, changes and goes.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ap-paths.h"
#include "ap-root.h"
#include "ap-store-watch.h"

#define A "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B "62177883-f1bb-47f0-914d-32a22e3a8805"

typedef struct {
    ApRoot *root;
    ApStoreWatch *watch;
} Fixture;

static void
setup(Fixture *fixture, gconstpointer data)
{
    fixture->root = ap_root_new();
    if (data)
        ap_root_mkdir(fixture->root, data);
    fixture->watch = ap_store_watch_new(fixture->root->fd, NULL);
    g_assert_nonnull(fixture->watch);
}

static void
teardown(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_store_watch_free(fixture->watch);
    ap_root_free(fixture->root);
}

/* Everything that is heard at once, in words. */
static char *
hear(Fixture *fixture)
{
    GString *heard = g_string_new(NULL);
    char uuid[AP_UUID_SIZE];

    for (;;) {
        switch (ap_store_watch_next(fixture->watch, uuid)) {
        case AP_STORE_WATCH_NONE:
            return g_string_free(heard, FALSE);
        case AP_STORE_WATCH_CHANGED:
            g_string_append(heard, g_str_equal(uuid, A) ? "A" : "B");
            break;
        case AP_STORE_WATCH_LOST:
            g_string_append_c(heard, '!');
            break;
        }
    }
}

#define ASSERT_HEARD(fixture, expected)                                                  \
    G_STMT_START                                                                         \
    {                                                                                    \
        g_autofree char *heard = hear(fixture);                                          \
        g_assert_cmpstr(heard, ==, expected);                                            \
    }                                                                                    \
    G_STMT_END

static char *
path_of(Fixture *fixture, const char *name)
{
    return g_build_filename(fixture->root->path, name, NULL);
}

static void
move(Fixture *fixture, const char *from, const char *to)
{
    g_autofree char *source = path_of(fixture, from);
    g_autofree char *target = path_of(fixture, to);

    g_assert_cmpint(rename(source, target), ==, 0);
}

static void
test_files(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    struct pollfd poller = { .fd = ap_store_watch_get_fd(fixture->watch),
                             .events = POLLIN };
    g_autofree char *path = path_of(fixture, AP_PATH_STORE "/" A);
    int fd;

    ASSERT_HEARD(fixture, "");
    ap_root_write(fixture->root, AP_PATH_STORE "/" A, "{}");
    g_assert_cmpint(poll(&poller, 1, 1000), ==, 1);
    ASSERT_HEARD(fixture, "A");
    /* Not while it is written. */
    fd = open(path, O_WRONLY);
    g_assert_cmpint(write(fd, "x", 1), ==, 1);
    ASSERT_HEARD(fixture, "");
    close(fd);
    ASSERT_HEARD(fixture, "A");
    ap_root_write(fixture->root, AP_PATH_STORE "/.swap", "{}");
    ASSERT_HEARD(fixture, "");
    move(fixture, AP_PATH_STORE "/.swap", AP_PATH_STORE "/" B);
    ASSERT_HEARD(fixture, "B");
    move(fixture, AP_PATH_STORE "/" B, "elsewhere");
    ASSERT_HEARD(fixture, "B");
    ap_root_remove(fixture->root, AP_PATH_STORE "/" A);
    ASSERT_HEARD(fixture, "A");
}

/* It is made step by step, each heard in time for the next. */
static void
test_comes(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_mkdir(fixture->root, AP_PATH_ETC "/other");
    ap_root_mkdir(fixture->root, AP_PATH_MDEVCTL);
    ASSERT_HEARD(fixture, "!");
    ap_root_mkdir(fixture->root, AP_PATH_MDEVCTL "/other");
    ASSERT_HEARD(fixture, "");
    ap_root_mkdir(fixture->root, AP_PATH_STORE);
    ASSERT_HEARD(fixture, "!");
    ap_root_write(fixture->root, AP_PATH_STORE "/" A, "{}");
    ASSERT_HEARD(fixture, "A");
}

/* All at once: what was written before anybody could watch is to be looked for. */
static void
test_comes_whole(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_write(fixture->root, AP_PATH_STORE "/" A, "{}");
    ASSERT_HEARD(fixture, "!");
    ap_root_write(fixture->root, AP_PATH_STORE "/" A, "{ }");
    ASSERT_HEARD(fixture, "A");
}

static void
test_goes(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    move(fixture, AP_PATH_MDEVCTL, "away");
    ASSERT_HEARD(fixture, "!");
    ap_root_write(fixture->root, "away/" AP_MATRIX_PARENT_ADDR "/" A, "{}");
    ASSERT_HEARD(fixture, "");
    ap_root_mkdir(fixture->root, AP_PATH_STORE);
    ASSERT_HEARD(fixture, "!");
    ap_root_remove(fixture->root, AP_PATH_STORE);
    ASSERT_HEARD(fixture, "!");
    ap_root_mkdir(fixture->root, AP_PATH_STORE);
    ASSERT_HEARD(fixture, "!");
    ap_root_write(fixture->root, AP_PATH_STORE "/" A, "{}");
    ASSERT_HEARD(fixture, "A");
}

static void
test_many(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *heard = NULL;

    for (guint i = 0; i < 500; i++)
        ap_root_write(fixture->root, i % 2 ? AP_PATH_STORE "/" A : AP_PATH_STORE "/" B,
                      "{}");
    heard = hear(fixture);
    g_assert_cmpuint(strlen(heard), ==, 500);
}

#define ADD(name, dir, test)                                                             \
    g_test_add("/ap-store-watch/" name, Fixture, dir, setup, test, teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("files_heard_when_complete_or_gone", AP_PATH_STORE, test_files);
    ADD("directories_appear_later", AP_PATH_ETC, test_comes);
    ADD("directories_appear_with_content", AP_PATH_ETC, test_comes_whole);
    ADD("directories_go_and_come_again", AP_PATH_STORE, test_goes);
    ADD("many_changes_all_heard", AP_PATH_STORE, test_many);
    return g_test_run();
}
