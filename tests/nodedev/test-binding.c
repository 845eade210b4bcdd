/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-binding.c: the real module loads stand-ins for libvirt's own in the
 * place of it.  Each case runs in a process of its own, because neither module
 * can be unloaded.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "stand-in.h"

#define LEFT_TO_STOCK "*AP devices are left to libvirt's own driver: *"

/* A stand-in and the module above it. */
typedef struct {
    void *module;
    void *stock;
    const StandInTable *table;
    StandInGetCalled get_called;
    StandInGetRegistered get_registered;
} Loaded;

static char *
built_file(const char *name)
{
    return g_build_filename(g_getenv("NODEDEV_TEST_DIR"), name, NULL);
}

static int
call_register(const Loaded *loaded)
{
    int (*function)(void);

    *(void **)&function = dlsym(loaded->module, "nodedevRegister");
    g_assert_nonnull(function);
    return function();
}

/* Has libvirt's log go to stderr, as a daemon that logs would. */
static void
open_module(Loaded *loaded, const char *stock_path)
{
    g_setenv("LIBVIRT_LOG_OUTPUTS", "3:stderr", TRUE);
    g_setenv("LIBVIRT_AP_STOCK_DRIVER", stock_path, TRUE);
    g_assert_cmpint(virInitialize(), ==, 0);
    loaded->module = dlopen(g_getenv("NODEDEV_MODULE"), RTLD_NOW | RTLD_GLOBAL);
    if (!loaded->module)
        g_error("cannot load the module: %s", dlerror());
}

static void
load(Loaded *loaded, const char *stand_in)
{
    g_autofree char *path = built_file(stand_in);
    StandInGetTable get_table;

    open_module(loaded, path);
    g_assert_cmpint(call_register(loaded), ==, 0);
    loaded->stock = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
    g_assert_nonnull(loaded->stock);
    *(void **)&get_table = dlsym(loaded->stock, "stand_in_get_table");
    *(void **)&loaded->get_called = dlsym(loaded->stock, "stand_in_get_called");
    *(void **)&loaded->get_registered = dlsym(loaded->stock, "stand_in_get_registered");
    loaded->table = get_table();
    g_assert_cmpint(loaded->get_registered(), ==, 1);
}

static void
assert_bound(const Loaded *loaded)
{
#define ASSERT_BOUND(name)                                                               \
    g_assert_true((void *)loaded->table->name == dlsym(loaded->module, #name));
    AP_ENTRY_POINTS(ASSERT_BOUND)
#undef ASSERT_BOUND
#define ASSERT_BOUND_IF_THERE(name)                                                      \
    if (dlsym(loaded->stock, #name))                                                     \
        g_assert_true((void *)loaded->table->name == dlsym(loaded->module, #name));      \
    else                                                                                 \
        g_assert_null(loaded->table->name);
    AP_NEWER_ENTRY_POINTS(ASSERT_BOUND_IF_THERE)
#undef ASSERT_BOUND_IF_THERE
    g_assert_true((void *)loaded->table->nodeDeviceLookupSCSIHostByWWN ==
                  dlsym(loaded->stock, "nodeDeviceLookupSCSIHostByWWN"));
    g_assert_cmpstr(loaded->table->title, ==, "stand-in");
}

/* Whether the page that @address lies in may be written. */
static gboolean
is_writable(const void *address)
{
    g_autofree char *maps = NULL;
    g_auto(GStrv) lines = NULL;
    gsize i;

    g_assert_true(g_file_get_contents("/proc/self/maps", &maps, NULL, NULL));
    lines = g_strsplit(maps, "\n", -1);
    for (i = 0; lines[i]; i++) {
        gsize start, end;
        char mode[5];

        if (sscanf(lines[i], "%zx-%zx %4s", &start, &end, mode) == 3 &&
            (gsize)address >= start && (gsize)address < end)
            return mode[1] == 'w';
    }
    g_assert_not_reached();
}

/* A device that is not AP gets its answer from the stand-in through us. */
static void
assert_hands_over(const Loaded *loaded)
{
    g_assert_null(loaded->table->nodeDeviceLookupByName(NULL, "pci_0000_00_00_0"));
    g_assert_cmpstr(loaded->get_called(), ==, "nodeDeviceLookupByName");
    g_assert_cmpint(loaded->table->nodeNumOfDevices(NULL, "pci", 0), ==, 7);
    g_assert_cmpstr(loaded->get_called(), ==, "nodeNumOfDevices");
    g_assert_null(loaded->table->nodeDeviceCreateXML(NULL, "<device/>", 0));
    g_assert_cmpstr(loaded->get_called(), ==, "nodeDeviceCreateXML");
}

/* In a pass-through even AP devices are the stand-in's. */
static void
assert_passes_through(const Loaded *loaded)
{
    g_assert_null(loaded->table->nodeDeviceLookupByName(NULL, "ap_matrix"));
    g_assert_cmpstr(loaded->get_called(), ==, "nodeDeviceLookupByName");
    g_assert_cmpint(loaded->table->nodeNumOfDevices(NULL, "ap_card", 0), ==, 7);
    g_assert_cmpstr(loaded->get_called(), ==, "nodeNumOfDevices");
    assert_hands_over(loaded);
}

/* Runs the calling test again in a process of its own; FALSE in there. */
static gboolean
in_parent(void)
{
    if (g_test_subprocess())
        return FALSE;
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    return TRUE;
}

static void
assert_warned_once(const char *pattern)
{
    g_test_trap_assert_stderr(pattern);
    g_test_trap_assert_stderr_unmatched("*libvirt-ap: *libvirt-ap: *");
}

static void
test_bound(gconstpointer stand_in)
{
    Loaded loaded = { 0 };

    if (in_parent()) {
        g_test_trap_assert_stderr_unmatched("*libvirt-ap*");
        return;
    }
    load(&loaded, stand_in);
    assert_bound(&loaded);
    assert_hands_over(&loaded);
}

static void
test_protected_again(gconstpointer stand_in)
{
    Loaded loaded = { 0 };

    if (in_parent())
        return;
    load(&loaded, stand_in);
    assert_bound(&loaded);
    g_assert_false(is_writable(loaded.table));
    g_assert_true(is_writable(&loaded));
}

static void
test_passes_through(gconstpointer stand_in)
{
    Loaded loaded = { 0 };

    if (in_parent()) {
        assert_warned_once(LEFT_TO_STOCK "nodeDeviceDestroy*");
        return;
    }
    load(&loaded, stand_in);
    assert_passes_through(&loaded);
    g_assert_null(virGetLastError());
}

/* Two slots that hold the same function: which is which nobody can tell. */
static void
test_folded(void)
{
    Loaded loaded = { 0 };

    if (in_parent()) {
        assert_warned_once(LEFT_TO_STOCK "nodeDeviceIsActive*nodeDeviceIsPersistent*");
        return;
    }
    load(&loaded, "stand-in-symbolic-folded.so");
    assert_passes_through(&loaded);
    g_assert_cmpint(loaded.table->nodeDeviceIsPersistent(NULL), ==, 1);
    g_assert_cmpstr(loaded.get_called(), ==, "nodeDeviceIsActive");
}

static void
test_missing_stock(void)
{
    Loaded loaded = { 0 };

    if (in_parent()) {
        assert_warned_once("*no node devices: *'/nonexistent/x.so' is not there*");
        return;
    }
    open_module(&loaded, "/nonexistent/x.so");
    g_assert_cmpint(call_register(&loaded), ==, 0);
    g_assert_null(virGetLastError());
}

static void
test_broken_stock(void)
{
    Loaded loaded = { 0 };

    if (in_parent())
        return;
    open_module(&loaded, "/proc/self/status");
    g_assert_cmpint(call_register(&loaded), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INTERNAL_ERROR);
}

static void
test_own_file(void)
{
    Loaded loaded = { 0 };

    if (in_parent()) {
        assert_warned_once("*no node devices: *is this module itself*");
        return;
    }
    open_module(&loaded, g_getenv("NODEDEV_MODULE"));
    g_assert_cmpint(call_register(&loaded), ==, 0);
}

static void
test_registered_twice(void)
{
    Loaded loaded = { 0 };

    if (in_parent()) {
        assert_warned_once("*registered already*");
        return;
    }
    load(&loaded, "stand-in-plain.so");
    g_assert_cmpint(call_register(&loaded), ==, 0);
    g_assert_cmpint(loaded.get_registered(), ==, 1);
    assert_bound(&loaded);
}

/* The module of the libvirt that is installed, where one is. */
static void
test_installed_stock(void)
{
    Loaded loaded = { 0 };
    const char *path = g_getenv("NODEDEV_STOCK");

    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_test_skip("libvirt's daemon is not installed");
        return;
    }
    if (in_parent()) {
        g_test_trap_assert_stderr_unmatched("*libvirt-ap*");
        return;
    }
    open_module(&loaded, path);
    g_assert_cmpint(call_register(&loaded), >=, 0);
    loaded.stock = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
#define ASSERT_EXPORTED(name) g_assert_nonnull(dlsym(loaded.stock, #name));
    AP_ENTRY_POINTS(ASSERT_EXPORTED)
#undef ASSERT_EXPORTED
}

/* Nothing else of the module may get in anybody's way. */
static void
test_exports(void)
{
    g_autofree char *command =
        g_strdup_printf("nm -D --defined-only -j %s", g_getenv("NODEDEV_MODULE"));
    g_autofree char *output = NULL;
    g_auto(GStrv) found = NULL;
    gsize n_expected = 1;
    int status;

    g_assert_true(g_spawn_command_line_sync(command, &output, NULL, &status, NULL));
    g_assert_cmpint(status, ==, 0);
    found = g_strsplit(g_strchomp(output), "\n", -1);
    g_assert_true(g_strv_contains((const char *const *)found, "nodedevRegister"));
#define ASSERT_EXPORTED(name)                                                            \
    g_assert_true(g_strv_contains((const char *const *)found, #name));                   \
    n_expected++;
    AP_ENTRY_POINTS(ASSERT_EXPORTED)
    AP_NEWER_ENTRY_POINTS(ASSERT_EXPORTED)
#undef ASSERT_EXPORTED
    g_assert_cmpint(g_strv_length(found), ==, n_expected);
}

/* Somebody else's entry points stand before ours. */
static void
test_interposed(void)
{
    g_autofree char *other = built_file("stand-in-other.so");
    Loaded loaded = { 0 };

    if (in_parent()) {
        assert_warned_once(LEFT_TO_STOCK);
        return;
    }
    g_assert_nonnull(dlopen(other, RTLD_NOW | RTLD_GLOBAL));
    load(&loaded, "stand-in-plain.so");
    g_assert_null(loaded.table->nodeDeviceLookupByName(NULL, "ap_matrix"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/binding/plain_bound_by_linker", "stand-in-plain.so",
                         test_bound);
    g_test_add_data_func("/binding/old_bound_by_linker", "stand-in-old.so", test_bound);
    g_test_add_data_func("/binding/symbolic_old_slots_rewritten",
                         "stand-in-symbolic-old.so", test_bound);
    g_test_add_data_func("/binding/relro_bound_by_linker", "stand-in-relro.so",
                         test_bound);
    g_test_add_data_func("/binding/symbolic_slots_rewritten", "stand-in-symbolic.so",
                         test_bound);
    g_test_add_data_func("/binding/symbolic_relro_slots_rewritten",
                         "stand-in-symbolic-relro.so", test_bound);
    g_test_add_data_func("/binding/symbolic_relro_protected_again",
                         "stand-in-symbolic-relro.so", test_protected_again);
    g_test_add_data_func("/binding/slot_missing_passes_through", "stand-in-no-slot.so",
                         test_passes_through);
    g_test_add_data_func("/binding/symbol_missing_passes_through",
                         "stand-in-no-symbol.so", test_passes_through);
    g_test_add_data_func("/binding/folded_bound_by_linker", "stand-in-folded.so",
                         test_bound);
    g_test_add_func("/binding/symbolic_folded_passes_through", test_folded);
    g_test_add_func("/binding/other_interposer_passes_through", test_interposed);
    g_test_add_func("/binding/stock_missing_daemon_goes_on", test_missing_stock);
    g_test_add_func("/binding/stock_broken_refused", test_broken_stock);
    g_test_add_func("/binding/stock_is_own_file_daemon_goes_on", test_own_file);
    g_test_add_func("/binding/second_register_ignored", test_registered_twice);
    g_test_add_func("/binding/installed_stock_bound", test_installed_stock);
    g_test_add_func("/binding/exports_entry_points_only", test_exports);
    return g_test_run();
}
