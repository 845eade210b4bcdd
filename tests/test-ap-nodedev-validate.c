/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-nodedev-validate.c: our schema, our parser, libvirt's schema, the
 * examples in xml/ and the test documents say the same.
 */
#include <string.h>

#include <glib/gstdio.h>

#include <libvirt-ap/ap-nodedev-xml.h>

#include "ap-golden.h"

static char *
source_path(const char *name)
{
    const char *root = g_getenv("AP_TEST_SOURCE_ROOT");

    g_assert_nonnull(root);
    return g_build_filename(root, name, NULL);
}

static char *
our_schema(void)
{
    return source_path("schemas/ap-nodedev.rng");
}

static char *
libvirt_schema(void)
{
    const char *path = g_getenv("AP_TEST_LIBVIRT_SCHEMA");

    g_assert_nonnull(path);
    return g_strdup(path);
}

static char *
read_file(const char *path)
{
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

static void
assert_valid(const char *xml, const char *schema)
{
    g_autoptr(GError) error = NULL;
    gboolean valid = ap_nodedev_xml_validate(xml, schema, &error);

    g_assert_no_error(error);
    g_assert_true(valid);
}

/* Runs @check on each document of tests/data/nodedev/@directory. */
static void
for_each_document(const char *directory,
                  void (*check)(const char *name, const char *xml, const char *schema),
                  const char *schema)
{
    g_autofree char *path = g_build_filename("nodedev", directory, NULL);
    g_autoptr(GPtrArray) names = ap_test_data_list(path, ".xml");

    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *file = g_build_filename(path, name, NULL);
        g_autofree char *xml = ap_test_data_read(file);

        g_test_message("%s", file);
        check(name, xml, schema);
    }
}

static void
check_valid(const char *name G_GNUC_UNUSED, const char *xml, const char *schema)
{
    assert_valid(xml, schema);
}

/* A schema says nothing about the document type; that one is refused before. */
static void
check_invalid(const char *name, const char *xml, const char *schema)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(ap_nodedev_xml_validate(xml, schema, &error));
    if (g_str_has_prefix(name, "doctype"))
        g_assert_error(error, AP_ERROR, AP_ERROR_XML);
    else
        g_assert_error(error, AP_ERROR, AP_ERROR_SCHEMA);
}

static void
test_accepted_valid(void)
{
    g_autofree char *schema = our_schema();

    for_each_document("accepted", check_valid, schema);
}

static void
test_refused_invalid(void)
{
    g_autofree char *schema = our_schema();

    for_each_document("refused", check_invalid, schema);
}

static void
test_formatted_valid_for_libvirt(void)
{
    g_autofree char *schema = libvirt_schema();

    for_each_document("devices", check_valid, schema);
}

static GPtrArray *
list_examples(void)
{
    g_autofree char *path = source_path("xml");
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir)))
        if (g_str_has_suffix(name, ".xml"))
            g_ptr_array_add(names, g_strdup(name));
    g_assert_cmpuint(names->len, >, 0);
    return names;
}

static void
check_example(const char *name)
{
    g_autofree char *relative = g_build_filename("xml", name, NULL);
    g_autofree char *path = source_path(relative);
    g_autofree char *xml = read_file(path);
    g_autofree char *ours = our_schema();
    g_autofree char *theirs = libvirt_schema();
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) wish = ap_nodedev_xml_parse(xml, &error);

    g_test_message("%s", name);
    g_assert_no_error(error);
    g_assert_nonnull(wish);
    assert_valid(xml, ours);
    assert_valid(xml, theirs);
    g_assert_nonnull(strstr(xml, "<!--"));
}

static void
test_examples_valid(void)
{
    g_autoptr(GPtrArray) names = list_examples();

    for (guint i = 0; i < names->len; i++)
        check_example(g_ptr_array_index(names, i));
}

/* Each example is described and installed. */
static void
test_examples_listed(void)
{
    g_autoptr(GPtrArray) names = list_examples();
    g_autofree char *readme_path = source_path("xml/README.rst");
    g_autofree char *build_path = source_path("xml/meson.build");
    g_autofree char *readme = read_file(readme_path);
    g_autofree char *build = read_file(build_path);

    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *described = g_strdup_printf("``%s``", name);
        g_autofree char *installed = g_strdup_printf("'%s'", name);

        g_test_message("%s", name);
        g_assert_nonnull(strstr(readme, described));
        g_assert_nonnull(strstr(build, installed));
    }
}

static void
test_message_has_line_and_schema(void)
{
    g_autofree char *schema = our_schema();
    g_autofree char *xml = ap_test_data_read("nodedev/refused/type-wrong.xml");
    g_autoptr(GError) error = NULL;

    g_assert_false(ap_nodedev_xml_validate(xml, schema, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_SCHEMA);
    g_assert_nonnull(strstr(error->message, schema));
    g_assert_nonnull(strstr(error->message, "line "));
    g_assert_false(g_str_has_suffix(error->message, "\n"));
}

static void
test_malformed_is_no_schema_error(void)
{
    g_autofree char *schema = our_schema();
    g_autoptr(GError) error = NULL;

    g_assert_false(ap_nodedev_xml_validate("<device>", schema, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_XML);
}

static void
test_unusable_schema_is_internal(void)
{
    static const char *const contents[] = { "", "<grammar", "<grammar/>", NULL };
    g_autofree char *xml = ap_test_data_read("nodedev/accepted/no-uuid.xml");
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = g_dir_make_tmp("ap-schema-XXXXXX", &error);
    g_autofree char *path = g_build_filename(dir, "schema.rng", NULL);

    g_assert_no_error(error);
    g_assert_false(ap_nodedev_xml_validate(xml, path, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_INTERNAL);
    for (gsize i = 0; contents[i]; i++) {
        g_clear_error(&error);
        g_assert_true(g_file_set_contents(path, contents[i], -1, NULL));
        g_assert_false(ap_nodedev_xml_validate(xml, path, &error));
        g_assert_error(error, AP_ERROR, AP_ERROR_INTERNAL);
    }
    g_remove(path);
    g_rmdir(dir);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/nodedev-validate/accepted_valid", test_accepted_valid);
    g_test_add_func("/nodedev-validate/refused_invalid", test_refused_invalid);
    g_test_add_func("/nodedev-validate/formatted_valid_for_libvirt",
                    test_formatted_valid_for_libvirt);
    g_test_add_func("/nodedev-validate/examples_valid", test_examples_valid);
    g_test_add_func("/nodedev-validate/examples_listed", test_examples_listed);
    g_test_add_func("/nodedev-validate/message_has_line_and_schema",
                    test_message_has_line_and_schema);
    g_test_add_func("/nodedev-validate/malformed_is_no_schema_error",
                    test_malformed_is_no_schema_error);
    g_test_add_func("/nodedev-validate/unusable_schema_is_internal",
                    test_unusable_schema_is_internal);
    return g_test_run();
}
