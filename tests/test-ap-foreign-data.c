/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-foreign-data.c: the test data of libvirt and of mdevctl for AP devices
 * mean to us what they mean there.
 *
 * The data is theirs and not here: AP_TEST_LIBVIRT_SOURCE and AP_TEST_MDEVCTL_SOURCE
 * name unpacked sources of them.  Documents of ours in the same shapes are in
 * data/foreign, in directories of the same names.
 */
#include <string.h>

#include <json-glib/json-glib.h>

#include <libvirt-ap/ap-host.h>
#include <libvirt-ap/ap-nodedev-xml.h>

#include "ap-device-priv.h"
#include "ap-golden.h"
#include "ap-name.h"
#include "ap-root.h"
#include "ap-store-format.h"
#include "ap-store.h"

#define AP_TYPE "vfio_ap-passthrough"
#define NO_MASK "0x0000000000000000000000000000000000000000000000000000000000000000"

static char *
read_file(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

/* Calls @check for each file of @top/@directory that has a name as @prefix…@suffix;
 * returns how many it took. */
static guint
for_each_file(const char *top,
              const char *directory,
              const char *prefix,
              const char *suffix,
              gboolean (*check)(const char *name, const char *text))
{
    g_autofree char *path = g_build_filename(top, directory, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(path, 0, &error);
    const char *name;
    guint n = 0;

    g_assert_no_error(error);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *text = NULL;

        if (!g_str_has_prefix(name, prefix) || !g_str_has_suffix(name, suffix))
            continue;
        g_test_message("%s/%s", path, name);
        text = read_file(path, name);
        n += check(name, text);
    }
    return n;
}

/* Their documents are of devices that no driver is shown for. */
static void
add_device(ApRoot *root, const ApName *name, gboolean typed)
{
    g_autofree char *domains = g_strdup_printf("%04x", name->domain);
    g_autofree char *card =
        g_strdup_printf("sys/devices/ap/card%02x/driver", name->adapter);

    if (name->kind != AP_DEVICE_MATRIX_PARENT) {
        ap_root_add_card(root, name->adapter, domains, NULL);
        ap_root_remove(root, card);
    } else if (typed) {
        ap_root_add_matrix_parent(root, NO_MASK, NO_MASK);
        ap_root_remove(root, "sys/devices/vfio_ap/matrix/driver");
    } else {
        ap_root_mkdir(root, "sys/devices/vfio_ap/matrix");
    }
}

/* A machine that has just the device @name, and for the parent of matrices the type
 * if @typed; its description is what @text is. */
static void
assert_described(const char *name, gboolean typed, const char *text)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(ApDevice) device = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = NULL;
    ApName parsed;

    g_assert_true(ap_name_parse(name, &parsed));
    add_device(root, &parsed, typed);
    device = ap_host_lookup(host, name, &error);
    g_assert_no_error(error);
    xml = ap_nodedev_xml_format(device, AP_NODEDEV_XML_STOCK);
    g_assert_cmpstr(xml, ==, text);
}

static gboolean
check_hardware(const char *file, const char *text)
{
    gboolean typed = strstr(text, "mdev_types") != NULL;
    g_autofree char *name = g_strndup(file, strlen(file) - strlen(".xml"));

    if (g_str_has_prefix(name, "ap_matrix"))
        assert_described("ap_matrix", typed, text);
    else
        assert_described(name, FALSE, text);
    return TRUE;
}

/* Without what is not part of a wish. */
static char *
strip(const char *xml)
{
    g_autoptr(GRegex) regex = g_regex_new("^ *<(name|path|parent_addr|iommuGroup)\\b.*\n",
                                          G_REGEX_MULTILINE, 0, NULL);

    return g_regex_replace(regex, xml, -1, 0, "", 0, NULL);
}

static gboolean
check_matrix(const char *file G_GNUC_UNUSED, const char *text)
{
    gboolean is_ours = strstr(text, AP_TYPE) != NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) wish = NULL;
    g_autofree char *xml = NULL;
    g_autofree char *ours = NULL;
    g_autofree char *theirs = strip(text);

    g_assert_cmpint(ap_nodedev_xml_classify(text) == AP_NODEDEV_XML_AP_MATRIX, ==,
                    is_ours);
    if (!is_ours)
        return FALSE;
    wish = ap_nodedev_xml_parse(text, &error);
    g_assert_no_error(error);
    xml = ap_nodedev_xml_format(wish, AP_NODEDEV_XML_STOCK);
    ours = strip(xml);
    g_assert_cmpstr(ours, ==, theirs);
    return TRUE;
}

/* The definition @object of the matrix @uuid, described; caller frees. */
static char *
describe_definition(const char *uuid, JsonNode *object)
{
    g_autofree char *text = json_to_string(object, FALSE);
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) device = ap_store_parse(uuid, text, strlen(text), &error);

    g_assert_no_error(error);
    return ap_nodedev_xml_format(device, AP_NODEDEV_XML_STOCK);
}

/* Each matrix that mdevctl lists in @text, an array with an object of parents, is
 * described somewhere in @described (NULL: anyhow).  Returns how many there are. */
static guint
check_list(const char *text, const char *described)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) error = NULL;
    JsonObject *parents;
    JsonArray *matrices;
    guint n;

    json_parser_load_from_data(parser, text, -1, &error);
    g_assert_no_error(error);
    parents =
        json_array_get_object_element(json_node_get_array(json_parser_get_root(parser)),
                                      0);
    if (!json_object_has_member(parents, AP_MATRIX_PARENT_ADDR))
        return 0;
    matrices = json_object_get_array_member(parents, AP_MATRIX_PARENT_ADDR);
    n = json_array_get_length(matrices);
    for (guint i = 0; i < n; i++) {
        JsonObject *entry = json_array_get_object_element(matrices, i);
        g_autoptr(GList) uuids = json_object_get_members(entry);
        g_autofree char *xml =
            describe_definition(uuids->data, json_object_get_member(entry, uuids->data));

        g_assert_true(!described || strstr(described, xml));
    }
    return n;
}

static void
check_libvirt(const char *top)
{
    g_autofree char *data = g_build_filename(top, "tests", "nodedevmdevctldata", NULL);
    g_autofree char *list = read_file(data, "mdevctl-list-multiple.json");
    g_autofree char *described = read_file(data, "mdevctl-list-multiple.out.xml");

    g_assert_cmpuint(for_each_file(top, "tests/nodedevschemadata", "ap_", ".xml",
                                   check_hardware),
                     >=, 4);
    g_assert_cmpuint(for_each_file(top, "tests/nodedevschemadata", "mdev_", ".xml",
                                   check_matrix),
                     >=, 1);
    g_assert_cmpuint(check_list(list, described), >=, 1);
}

/* A file as it is in the store is written again byte for byte, but for a line feed at
 * its end; one that holds a list is what mdevctl prints. */
static gboolean
check_definition(const char *file G_GNUC_UNUSED, const char *text)
{
    g_autofree char *expected = g_strchomp(g_strdup(text));
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) device = NULL;
    g_autofree char *written = NULL;

    if (!strstr(text, AP_TYPE))
        return FALSE;
    if (*text == '[')
        return check_list(text, NULL) > 0;
    device = ap_store_parse("783e6dbb-ea0e-411f-94e2-717eaad438bf", text, strlen(text),
                            &error);
    g_assert_no_error(error);
    written = ap_store_format(device, NULL);
    g_assert_cmpstr(written, ==, expected);
    return TRUE;
}

/* Where the data of mdevctl has definitions; of some other types are among them. */
static const struct {
    const char *directory;
    const char *suffix;
} definitions[] = {
    { "define", "" },        { "invalid-files", "device.json" }, { "list", ".json" },
    { "load-json", "" },     { "modify", ".expected" },          { "modify", ".json" },
    { "undefine", ".json" },
};

/* It has moved from tests to testdata. */
static void
check_mdevctl(const char *top)
{
    g_autofree char *new = g_build_filename(top, "testdata", NULL);
    g_autofree char *old = g_build_filename(top, "tests", NULL);
    const char *data = g_file_test(new, G_FILE_TEST_IS_DIR) ? new : old;

    for (gsize i = 0; i < G_N_ELEMENTS(definitions); i++)
        g_assert_cmpuint(for_each_file(data, definitions[i].directory, "",
                                       definitions[i].suffix, check_definition),
                         >=, 1);
}

static void
test_our_libvirt_shapes(void)
{
    g_autofree char *top = ap_test_data_path("foreign/libvirt");

    check_libvirt(top);
}

static void
test_our_mdevctl_shapes(void)
{
    g_autofree char *top = ap_test_data_path("foreign/mdevctl");

    check_mdevctl(top);
}

/* On each of the directories that @variable has, separated by colons. */
static void
run_on_sources(const char *variable, void (*check)(const char *top))
{
    const char *value = g_getenv(variable);
    g_auto(GStrv) tops = g_strsplit(value ? value : "", ":", -1);
    g_autofree char *reason = g_strdup_printf("%s names no unpacked source", variable);

    if (!tops[0])
        g_test_skip(reason);
    for (guint i = 0; tops[i]; i++)
        check(tops[i]);
}

static void
test_libvirts_data(void)
{
    run_on_sources("AP_TEST_LIBVIRT_SOURCE", check_libvirt);
}

static void
test_mdevctls_data(void)
{
    run_on_sources("AP_TEST_MDEVCTL_SOURCE", check_mdevctl);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/foreign-data/our_libvirt_shapes", test_our_libvirt_shapes);
    g_test_add_func("/foreign-data/our_mdevctl_shapes", test_our_mdevctl_shapes);
    g_test_add_func("/foreign-data/libvirts_own", test_libvirts_data);
    g_test_add_func("/foreign-data/mdevctls_own", test_mdevctls_data);
    return g_test_run();
}
