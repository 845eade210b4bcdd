/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-nodedev-stock.c: what libvirt itself makes of the test documents.
 *
 * The parser and the formatter of libvirt 9.0 are private symbols of its library.
 * Where they are there, each document that we accept has to be accepted by them,
 * and what they print has to be what we print, line by line. They read neither
 * <driver> nor <parent_addr>, so those lines are left out of the comparison.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <libvirt-ap/ap-nodedev-xml.h>

#include "ap-device-priv.h"
#include "ap-golden.h"

#define LIBVIRT_TESTED 9000 /* 9.0.x: version number / 1000 */

enum {
    EXISTING_DEVICE,
    CREATE_DEVICE
};

static struct {
    void *(*parse)(const char *, const char *, int, const char *, void *, void *, bool);
    char *(*format)(const void *);
    void (*free)(void *);
} stock;

static void
print_no_error(void *opaque G_GNUC_UNUSED, virErrorPtr error G_GNUC_UNUSED)
{
}

static gboolean
load_stock(void)
{
    void *library = dlopen("libvirt.so.0", RTLD_NOW);
    unsigned long version = 0;

    if (!library || virInitialize() < 0 || virGetVersion(&version, NULL, NULL) < 0 ||
        version / 1000 != LIBVIRT_TESTED)
        return FALSE;
    virSetErrorFunc(NULL, print_no_error);
    *(void **)&stock.parse = dlsym(library, "virNodeDeviceDefParse");
    *(void **)&stock.format = dlsym(library, "virNodeDeviceDefFormat");
    *(void **)&stock.free = dlsym(library, "virNodeDeviceDefFree");
    return stock.parse && stock.format && stock.free;
}

/* What libvirt prints of @xml; NULL where it refuses it. */
static char *
print_as_stock(const char *xml, int create)
{
    void *def = stock.parse(xml, NULL, create, "QEMU", NULL, NULL, false);
    g_autofree char *printed = NULL;

    if (!def)
        return NULL;
    printed = stock.format(def);
    stock.free(def);
    return g_steal_pointer(&printed);
}

/* Removes what lies between @from and @to, both included, with its line. */
static void
cut(char *xml, const char *from, const char *to)
{
    char *start = strstr(xml, from);
    char *end = start ? strstr(start, to) : NULL;

    if (!end)
        return;
    while (start > xml && start[-1] == ' ')
        start--;
    end += strlen(to);
    end += *end == '\n';
    memmove(start, end, strlen(end) + 1);
}

static void
test_devices_same_as_stock(gconstpointer name)
{
    g_autofree char *file = g_build_filename("nodedev/devices", name, NULL);
    g_autofree char *ours = ap_test_data_read(file);
    g_autofree char *theirs = print_as_stock(ours, EXISTING_DEVICE);

    g_assert_nonnull(theirs);
    cut(ours, "<driver>", "</driver>");
    cut(ours, "<parent_addr>", "</parent_addr>");
    g_assert_cmpstr(ours, ==, theirs);
}

static void
test_wish_same_as_stock(gconstpointer name)
{
    g_autofree char *file = g_build_filename("nodedev/accepted", name, NULL);
    g_autofree char *xml = ap_test_data_read(file);
    g_autofree char *original = print_as_stock(xml, CREATE_DEVICE);
    g_autoptr(ApDevice) wish = ap_nodedev_xml_parse(xml, NULL);
    g_autofree char *ours =
        wish ? ap_nodedev_xml_format(wish, AP_NODEDEV_XML_STOCK) : NULL;
    g_autofree char *theirs = NULL;

    /* What is ours in a document they overlook, and see it in what we print. */
    g_assert_nonnull(original);
    g_assert_nonnull(ours);
    theirs =
        wish->extended ? print_as_stock(ours, CREATE_DEVICE) : g_steal_pointer(&original);
    g_assert_nonnull(theirs);
    cut(ours, "<parent_addr>", "</parent_addr>");
    cut(ours, "<iommuGroup", "/>");
    /* They keep the name "new device", the path and the group of the document. */
    cut(theirs, "<name>", "</name>");
    cut(theirs, "<path>", "</path>");
    cut(theirs, "<iommuGroup", "/>");
    g_assert_cmpstr(ours, ==, theirs);
}

/* What we leave to stock is really none of ours: it refuses it, or makes another
 * device of it. */
static void
test_not_ours_for_stock_either(gconstpointer name)
{
    g_autofree char *file = g_build_filename("nodedev/stock", name, NULL);
    g_autofree char *xml = ap_test_data_read(file);
    g_autofree char *theirs = print_as_stock(xml, CREATE_DEVICE);

    if (!theirs)
        return;
    g_assert_null(strstr(theirs, "<type id='vfio_ap-passthrough'/>"));
    if (strstr(theirs, "<capability type='mdev'>"))
        g_assert_null(strstr(theirs, "<parent>ap_matrix</parent>"));
}

static void
add_documents(const char *directory, void (*test)(gconstpointer))
{
    g_autofree char *path = g_build_filename("nodedev", directory, NULL);
    g_autoptr(GPtrArray) names = ap_test_data_list(path, ".xml");

    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *test_path =
            g_strdup_printf("/nodedev-stock/%s/%s", directory, name);

        g_test_add_data_func_full(test_path, g_strdup(name), test, g_free);
    }
}

static void
test_skipped(void)
{
    g_test_skip("needs the private symbols of libvirt 9.0");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (load_stock()) {
        add_documents("devices", test_devices_same_as_stock);
        add_documents("accepted", test_wish_same_as_stock);
        add_documents("stock", test_not_ours_for_stock_either);
    } else {
        g_test_add_func("/nodedev-stock/skipped", test_skipped);
    }
    return g_test_run();
}
