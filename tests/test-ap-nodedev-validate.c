/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-nodedev-validate.c: our schema, our parser, libvirt's schema, the
 * examples in xml/ and the test documents say the same.
 */
#include <string.h>

#include <gio/gio.h>

#include <libvirt-ap/ap-nodedev-xml.h>

#include "ap-golden.h"
#include "ap-schemas.h"

static char *
source_path(const char *name)
{
    const char *root = g_getenv("AP_TEST_SOURCE_ROOT");

    g_assert_nonnull(root);
    return g_build_filename(root, name, NULL);
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

/* @text with the first @from replaced by @to; caller frees. */
static char *
replace(const char *text, const char *from, const char *to)
{
    const char *found = strstr(text, from);

    g_assert_nonnull(found);
    return g_strdup_printf("%.*s%s%s", (int)(found - text), text, to,
                           found + strlen(from));
}

/* A schema that is the one in the file @path, from memory; caller frees. */
static char *
in_place(const char *path)
{
    return g_strdup_printf("<grammar xmlns='http://relaxng.org/ns/structure/1.0'>"
                           "<include href='%s'/></grammar>",
                           path);
}

static void
assert_parses(const char *xml)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) wish = ap_nodedev_xml_parse(xml, &error);

    g_assert_no_error(error);
    g_assert_nonnull(wish);
}

static void
assert_valid(const char *xml, ApNodedevSchema schema)
{
    g_autoptr(GError) error = NULL;
    gboolean valid = ap_nodedev_xml_validate(xml, schema, &error);

    g_assert_no_error(error);
    g_assert_true(valid);
}

/* Runs @check on each document of tests/data/nodedev/@directory. */
static void
for_each_document(const char *directory,
                  void (*check)(const char *name,
                                const char *xml,
                                ApNodedevSchema schema),
                  ApNodedevSchema schema)
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
check_valid(const char *name G_GNUC_UNUSED, const char *xml, ApNodedevSchema schema)
{
    assert_valid(xml, schema);
}

/* A schema says nothing about the document type; that one is refused before.  It
 * cannot see what contradicts itself either. */
static void
check_invalid(const char *name, const char *xml, ApNodedevSchema schema)
{
    g_autoptr(GError) error = NULL;

    if (g_str_has_prefix(name, "contradiction")) {
        assert_valid(xml, schema);
        return;
    }
    g_assert_false(ap_nodedev_xml_validate(xml, schema, &error));
    if (g_str_has_prefix(name, "doctype"))
        g_assert_error(error, AP_ERROR, AP_ERROR_XML);
    else
        g_assert_error(error, AP_ERROR, AP_ERROR_SCHEMA);
}

static void
test_accepted_valid(void)
{
    for_each_document("accepted", check_valid, AP_NODEDEV_SCHEMA_MATRIX);
}

static void
test_refused_invalid(void)
{
    for_each_document("refused", check_invalid, AP_NODEDEV_SCHEMA_MATRIX);
}

static void
test_formatted_valid_for_libvirt(void)
{
    for_each_document("devices", check_valid, AP_NODEDEV_SCHEMA_LIBVIRT);
}

/* The names of examples that begin with @prefix. */
static GPtrArray *
list_examples(const char *prefix)
{
    g_autofree char *path = source_path("xml");
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir)))
        if (g_str_has_prefix(name, prefix) && g_str_has_suffix(name, ".xml"))
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
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) wish = ap_nodedev_xml_parse(xml, &error);

    g_test_message("%s", name);
    g_assert_no_error(error);
    g_assert_nonnull(wish);
    assert_valid(xml, AP_NODEDEV_SCHEMA_MATRIX);
    assert_valid(xml, AP_NODEDEV_SCHEMA_LIBVIRT);
    g_assert_nonnull(strstr(xml, "<!--"));
}

static void
test_examples_valid(void)
{
    g_autoptr(GPtrArray) names = list_examples("matrix-");

    for (guint i = 0; i < names->len; i++)
        check_example(g_ptr_array_index(names, i));
}

/* Each example is described and installed. */
static void
test_examples_listed(void)
{
    g_autoptr(GPtrArray) names = list_examples("");
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
    g_autofree char *xml = ap_test_data_read("nodedev/refused/type-wrong.xml");
    g_autoptr(GError) error = NULL;

    g_assert_false(ap_nodedev_xml_validate(xml, AP_NODEDEV_SCHEMA_MATRIX, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_SCHEMA);
    g_assert_nonnull(strstr(error->message, "'ap-nodedev.rng'"));
    g_assert_nonnull(strstr(error->message, "line "));
    g_assert_false(g_str_has_suffix(error->message, "\n"));
}

static void
test_malformed_is_no_schema_error(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(ap_nodedev_xml_validate("<device>", AP_NODEDEV_SCHEMA_MATRIX, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_XML);
}

static void
test_unusable_schema_is_internal(void)
{
    static const char *const contents[] = { "", "<grammar", "<grammar/>",
                                            "<grammar xmlns='http://relaxng.org/ns/"
                                            "structure/1.0'><include href='/nowhere'/>"
                                            "</grammar>" };
    g_autofree char *xml = ap_test_data_read("nodedev/accepted/no-uuid.xml");

    for (gsize i = 0; i < G_N_ELEMENTS(contents); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_false(ap_nodedev_validate_with(xml, "x.rng", contents[i], &error));
        g_assert_error(error, AP_ERROR, AP_ERROR_INTERNAL);
        g_assert_nonnull(strstr(error->message, "'x.rng'"));
    }
}

/* Without our elements it is a document of libvirt's; with them it is not. */
static void
test_extended_for_combined_only(void)
{
    g_autofree char *xml = ap_test_data_read("nodedev/accepted/own-ranges.xml");
    const char *path = g_getenv("AP_TEST_LIBVIRT_SCHEMA");
    g_autofree char *named = replace(xml, "<parent>", "<name>new</name><parent>");
    g_autofree char *stock = in_place(path);
    g_autoptr(GError) error = NULL;

    assert_valid(named, AP_NODEDEV_SCHEMA_LIBVIRT);
    assert_valid(named, AP_NODEDEV_SCHEMA_MATRIX);
    g_assert_false(ap_nodedev_validate_with(named, path, stock, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_SCHEMA);
}

/* What is printed on request is valid, and means the same. */
static void
check_all_forms(const char *name G_GNUC_UNUSED, const char *xml, ApNodedevSchema schema)
{
    g_autoptr(ApDevice) wish = ap_nodedev_xml_parse(xml, NULL);

    g_assert_nonnull(wish);
    for (ApNodedevXmlFlags flags = 0;
         flags <= (AP_NODEDEV_XML_NOTES | AP_NODEDEV_XML_RANGES); flags++) {
        g_autofree char *text = ap_nodedev_xml_format(wish, flags);

        assert_valid(text, schema);
    }
}

static void
test_printed_on_request_valid(void)
{
    for_each_document("accepted", check_all_forms, AP_NODEDEV_SCHEMA_MATRIX);
}

/* The schemas in the files are those that are built in. */
static void
check_file(const char *path, const char *xml)
{
    const char *arguments[] = { "xmllint", "--noout", "--nonet", "--relaxng",
                                path,      "-",       NULL };
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) process =
        g_subprocess_newv(arguments,
                          G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE,
                          &error);
    g_autofree char *said = NULL;

    if (g_error_matches(error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT)) {
        g_test_skip("xmllint is not here");
        return;
    }
    g_assert_no_error(error);
    g_subprocess_communicate_utf8(process, xml, NULL, NULL, &said, &error);
    g_assert_no_error(error);
    g_test_message("%s: %s", path, said);
    g_assert_true(g_subprocess_get_successful(process));
}

static void
test_files_usable(void)
{
    g_autofree char *xml = ap_test_data_read("nodedev/accepted/own-ranges.xml");
    g_autofree char *named = replace(xml, "<parent>", "<name>new</name><parent>");
    g_autofree char *matrix = source_path("schemas/ap-nodedev.rng");
    g_autofree char *combined =
        g_build_filename(g_getenv("AP_TEST_BUILD_ROOT"), "schemas",
                         "ap-nodedev-libvirt.rng", NULL);

    check_file(matrix, named);
    check_file(combined, named);
}

/* The pages that have documents of devices in them. */
static const char *const pages[] = { "README.rst", "docs/manual.rst", "xml/README.rst" };

/* The next block of lines at @*cur that begins with <device, without its
 * indentation; NULL when there is none.  Caller frees. */
static char *
next_document(const char **cur)
{
    const char *start = strstr(*cur, "<device");
    const char *end = start ? strstr(start, "</device>") : NULL;

    if (!end)
        return NULL;
    *cur = end + strlen("</device>");
    return g_strndup(start, (gsize)(*cur - start));
}

static void
check_document_of_page(const char *xml)
{
    g_autofree char *named = strstr(xml, "<name>")
                                 ? g_strdup(xml)
                                 : replace(xml, "<parent>", "<name>new</name><parent>");

    assert_valid(named, AP_NODEDEV_SCHEMA_LIBVIRT);
    if (!strstr(xml, "<parent>ap_matrix<"))
        return;
    assert_valid(xml, AP_NODEDEV_SCHEMA_MATRIX);
    assert_parses(xml);
}

static void
test_documents_of_pages_valid(void)
{
    guint n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(pages); i++) {
        g_autofree char *path = source_path(pages[i]);
        g_autofree char *page = read_file(path);
        const char *cur = page;
        char *xml;

        for (; (xml = next_document(&cur)); g_free(xml), n++) {
            g_test_message("%s: %s", pages[i], xml);
            check_document_of_page(xml);
        }
    }
    g_assert_cmpuint(n, >=, 3);
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
    g_test_add_func("/nodedev-validate/extended_for_combined_only",
                    test_extended_for_combined_only);
    g_test_add_func("/nodedev-validate/printed_on_request_valid",
                    test_printed_on_request_valid);
    g_test_add_func("/nodedev-validate/files_usable", test_files_usable);
    g_test_add_func("/nodedev-validate/documents_of_pages_valid",
                    test_documents_of_pages_valid);
    return g_test_run();
}
