/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-nodedev-xml.c: which documents are ours, which of these make a wish,
 * and why the others are refused.  The documents are in data/nodedev:
 *
 *   accepted/  makes a wish; NAME.wish is the wish, formatted
 *   refused/   is ours and is refused; NAME.error is the code and the message
 *   stock/     is not ours, or is malformed, and goes to the stock driver
 */
#include <string.h>

#include <libvirt-ap/ap-nodedev-xml.h>

#include "ap-device-priv.h"
#include "ap-golden.h"
#include "ap-matrix.h"
#include "ap-nodedev-doc.h"

#define N_THREADS 8
#define N_ROUNDS  200

static char *
read_document(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename("nodedev", directory, name, NULL);

    return ap_test_data_read(path);
}

static char *
golden_name(const char *directory, const char *name, const char *suffix)
{
    g_autofree char *stem = g_strndup(name, strlen(name) - strlen(".xml"));

    return g_strdup_printf("nodedev/%s/%s%s", directory, stem, suffix);
}

static void
assert_same_wish(const ApDevice *a, const ApDevice *b)
{
    g_assert_cmpint(a->kind, ==, b->kind);
    g_assert_cmpstr(a->parent, ==, b->parent);
    g_assert_cmpstr(a->type_id, ==, b->type_id);
    g_assert_cmpstr(a->uuid, ==, b->uuid);
    g_assert_cmpuint(a->attrs->len, ==, b->attrs->len);
    for (guint i = 0; i < a->attrs->len; i++) {
        const ApAttr *one = g_ptr_array_index(a->attrs, i);
        const ApAttr *other = g_ptr_array_index(b->attrs, i);

        g_assert_cmpstr(one->name, ==, other->name);
        g_assert_cmpstr(one->value, ==, other->value);
    }
}

static void
assert_round_trip(const ApDevice *wish)
{
    g_autofree char *xml = ap_nodedev_xml_format(wish, AP_NODEDEV_XML_STOCK);
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) again = ap_nodedev_xml_parse(xml, &error);

    g_assert_no_error(error);
    assert_same_wish(wish, again);
}

/* All attributes one after the other, as the kernel would take them. */
static void
add_up(const ApDevice *wish, ApMatrix *matrix)
{
    static const ApLimits limits = { 255, 255 };

    *matrix = (ApMatrix){ 0 };
    for (guint i = 0; i < wish->attrs->len; i++) {
        const ApAttr *attr = g_ptr_array_index(wish->attrs, i);

        g_assert_true(ap_matrix_apply(matrix, &limits, attr->name, attr->value, NULL));
    }
}

/* The form with lists has no <attr>, and makes the same matrix. */
static void
assert_same_with_ranges(const ApDevice *wish)
{
    g_autofree char *xml =
        ap_nodedev_xml_format(wish, AP_NODEDEV_XML_NOTES | AP_NODEDEV_XML_RANGES);
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) again = ap_nodedev_xml_parse(xml, &error);
    ApMatrix one, other;

    g_assert_no_error(error);
    g_assert_null(strstr(xml, "<attr"));
    g_assert_true(again->extended);
    g_assert_cmpint(again->reserve, ==, wish->reserve);
    g_assert_cmpstr(again->comment, ==, wish->comment);
    add_up(wish, &one);
    add_up(again, &other);
    g_assert_true(ap_matrix_equal(&one, &other));
}

/* An attribute of a store that anybody writes to is shown as it is. */
static void
test_ranges_of_nonsense_are_attrs(void)
{
    g_autoptr(ApDevice) device = ap_device_new(AP_DEVICE_MATRIX);
    g_autofree char *xml = NULL;

    ap_device_add_attr(device, "assign_adapter", "5");
    ap_device_add_attr(device, "nonsense", "999");
    xml = ap_nodedev_xml_format(device, AP_NODEDEV_XML_RANGES);
    g_assert_nonnull(strstr(xml, "<attr name='assign_adapter' value='5'/>"));
    g_assert_nonnull(strstr(xml, "<attr name='nonsense' value='999'/>"));
    g_assert_null(strstr(xml, "<ap:"));
}

/* A client that does not ask sees what libvirt shows, whatever there is. */
static void
test_stock_form_without_ours(void)
{
    g_autofree char *xml = read_document("accepted", "own-ranges.xml");
    g_autoptr(ApDevice) wish = ap_nodedev_xml_parse(xml, NULL);
    g_autofree char *plain = ap_nodedev_xml_format(wish, AP_NODEDEV_XML_STOCK);
    g_autoptr(ApDevice) again = ap_nodedev_xml_parse(plain, NULL);

    g_assert_null(strstr(plain, "xmlns"));
    g_assert_null(strstr(plain, "ap:"));
    g_assert_null(strstr(plain, "payroll"));
    g_assert_false(again->extended);
    g_assert_true(wish->extended);
}

static void
test_accepted(gconstpointer name)
{
    g_autofree char *xml = read_document("accepted", name);
    g_autofree char *golden = golden_name("accepted", name, ".wish");
    g_autofree char *formatted = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) wish = NULL;

    g_assert_cmpint(ap_nodedev_xml_classify(xml), ==, AP_NODEDEV_XML_AP_MATRIX);
    wish = ap_nodedev_xml_parse(xml, &error);
    g_assert_no_error(error);
    g_assert_null(wish->name);
    g_assert_null(wish->path);
    g_assert_null(wish->driver);
    g_assert_cmpint(wish->iommu_group, ==, -1);
    formatted = ap_nodedev_xml_format(wish, AP_NODEDEV_XML_NOTES);
    ap_test_assert_golden(golden, formatted);
    assert_round_trip(wish);
    assert_same_with_ranges(wish);
}

static const char *
code_name(const GError *error)
{
    g_assert_true(error->domain == AP_ERROR);
    switch (error->code) {
    case AP_ERROR_XML:
        return "XML";
    case AP_ERROR_UNSUPPORTED:
        return "UNSUPPORTED";
    case AP_ERROR_PARENT:
        return "PARENT";
    default:
        return "unexpected code";
    }
}

static void
test_refused(gconstpointer name)
{
    g_autofree char *xml = read_document("refused", name);
    g_autofree char *golden = golden_name("refused", name, ".error");
    g_autofree char *refusal = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) wish = NULL;

    g_assert_cmpint(ap_nodedev_xml_classify(xml), ==, AP_NODEDEV_XML_AP_MATRIX);
    wish = ap_nodedev_xml_parse(xml, &error);
    g_assert_null(wish);
    g_assert_nonnull(error);
    refusal = g_strdup_printf("%s: %s\n", code_name(error), error->message);
    ap_test_assert_golden(golden, refusal);
}

static void
test_stock(gconstpointer name)
{
    g_autofree char *xml = read_document("stock", name);
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) wish = NULL;

    g_assert_cmpint(ap_nodedev_xml_classify(xml), ==, AP_NODEDEV_XML_NOT_AP);
    /* Nobody parses it, but if somebody does, it is refused all the same. */
    wish = ap_nodedev_xml_parse(xml, &error);
    g_assert_null(wish);
    g_assert_nonnull(error);
}

static char *
document_with(const char *before_capability, const char *in_capability)
{
    return g_strdup_printf("<device>%s<parent>ap_matrix</parent><capability type='mdev'>"
                           "<type id='vfio_ap-passthrough'/>%s</capability></device>",
                           before_capability, in_capability);
}

static void
assert_parses(const char *xml, gboolean expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) wish = ap_nodedev_xml_parse(xml, &error);

    g_assert_cmpint(ap_nodedev_xml_classify(xml), ==, AP_NODEDEV_XML_AP_MATRIX);
    if (expected) {
        g_assert_no_error(error);
        g_assert_nonnull(wish);
    } else {
        g_assert_error(error, AP_ERROR, AP_ERROR_XML);
        g_assert_null(wish);
    }
}

static char *
repeat(const char *text, guint n)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < n; i++)
        g_string_append(out, text);
    return g_string_free(out, FALSE);
}

static void
test_attrs_over_limit_refused(void)
{
    static const char attr[] = "<attr name='assign_adapter' value='5'/>";

    for (guint over = 0; over <= 1; over++) {
        g_autofree char *attrs = repeat(attr, AP_NODEDEV_DOC_MAX_ATTRS + over);
        g_autofree char *xml = document_with("", attrs);

        assert_parses(xml, !over);
    }
}

static void
test_bytes_over_limit_refused(void)
{
    g_autofree char *empty = document_with("", "");

    for (guint over = 0; over <= 1; over++) {
        g_autofree char *padding =
            repeat(" ", AP_NODEDEV_DOC_MAX_BYTES - strlen(empty) + over);
        g_autofree char *xml = document_with(padding, "");

        g_assert_cmpuint(strlen(xml), ==, AP_NODEDEV_DOC_MAX_BYTES + over);
        assert_parses(xml, !over);
    }
}

/* Any client may send megabytes; they are looked through before anybody is asked
 * whether it may. */
static void
test_classify_long_value_at_once(void)
{
    g_autofree char *value = repeat("&amp;", 500 * 1000);
    g_autofree char *xml =
        g_strdup_printf("<device><capability type='%s'/></device>", value);

    g_test_timer_start();
    g_assert_cmpint(ap_nodedev_xml_classify(xml), ==, AP_NODEDEV_XML_NOT_AP);
    g_assert_cmpfloat(g_test_timer_elapsed(), <, 10);
}

static void
test_depth_over_limit_refused(void)
{
    for (guint over = 0; over <= 1; over++) {
        g_autofree char *open = repeat("<x>", AP_NODEDEV_DOC_MAX_DEPTH - 1 + over);
        g_autofree char *close = repeat("</x>", AP_NODEDEV_DOC_MAX_DEPTH - 1 + over);
        g_autofree char *nest = g_strconcat(open, close, NULL);
        g_autofree char *xml = document_with(nest, "");

        assert_parses(xml, !over);
    }
}

static void
test_long_text_is_no_name(void)
{
    g_autofree char *spaces = repeat("<!-- -->", 4000);
    g_autofree char *letters = repeat("x", 100000);
    g_autofree char *xml =
        g_strdup_printf("<device><parent>ap_matrix%s%s</parent><capability "
                        "type='mdev'><type id='t'/></capability></device>",
                        letters, spaces);

    g_assert_cmpint(ap_nodedev_xml_classify(xml), ==, AP_NODEDEV_XML_NOT_AP);
}

static char *
random_text(GRand *random)
{
    static const char *const pieces[] = { "<",     ">",     "&",        "'",  "\"",
                                          "&#38;", "&amp;", "]]>",      " ",  "\t",
                                          "\n",    "\r",    "\xc3\xa9", "0x", "a" };
    GString *out = g_string_new("x");
    gint n = g_rand_int_range(random, 0, 8);

    for (gint i = 0; i < n; i++)
        g_string_append(out,
                        pieces[g_rand_int_range(random, 0, (gint)G_N_ELEMENTS(pieces))]);
    return g_string_free(out, FALSE);
}

/* Whatever a definition file or sysfs holds, it is read back as it was. */
static void
test_format_any_value_reads_back(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(20240607);

    for (guint i = 0; i < N_ROUNDS; i++) {
        g_autoptr(ApDevice) device = ap_device_new(AP_DEVICE_MATRIX);
        g_autofree char *name = random_text(random);
        g_autofree char *value = random_text(random);
        g_autofree char *xml = NULL;
        g_autoptr(ApNodedevDoc) doc = NULL;
        g_autoptr(GError) error = NULL;
        const ApAttr *attr;

        device->type_id = random_text(random);
        device->parent = random_text(random);
        ap_device_add_attr(device, name, value);
        xml = ap_nodedev_xml_format(device, AP_NODEDEV_XML_STOCK);
        doc = ap_nodedev_doc_read(xml, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(doc->attrs->len, ==, 1);
        attr = g_ptr_array_index(doc->attrs, 0);
        g_assert_cmpstr(attr->name, ==, name);
        g_assert_cmpstr(attr->value, ==, value);
        g_assert_cmpstr(doc->type_id, ==, device->type_id);
        g_assert_cmpstr(doc->parent, ==, device->parent);
    }
}

static char *
random_id(GRand *random)
{
    gint id = g_rand_int_range(random, 0, 256);

    return g_strdup_printf(g_rand_boolean(random) ? "%d" : "0x%02x", id);
}

static char *
random_uuid(GRand *random)
{
    return g_strdup_printf("%08x-%04x-%04x-%04x-%04x%08x", g_rand_int(random),
                           g_rand_int(random) >> 16, g_rand_int(random) >> 16,
                           g_rand_int(random) >> 16, g_rand_int(random) >> 16,
                           g_rand_int(random));
}

static void
test_round_trip_any_wish(void)
{
    static const char *const names[] = { "assign_adapter", "assign_domain",
                                         "assign_control_domain" };
    g_autoptr(GRand) random = g_rand_new_with_seed(20240608);

    for (guint i = 0; i < N_ROUNDS; i++) {
        g_autoptr(ApDevice) wish = ap_device_new(AP_DEVICE_MATRIX);
        gint n = g_rand_int_range(random, 0, 40);

        wish->parent = g_strdup("ap_matrix");
        wish->type_id = g_strdup(AP_MDEV_TYPE_ID);
        if (g_rand_boolean(random))
            wish->uuid = random_uuid(random);
        while (n-- > 0) {
            g_autofree char *id = random_id(random);

            ap_device_add_attr(wish, names[g_rand_int_range(random, 0, 3)], id);
        }
        assert_round_trip(wish);
    }
}

static gpointer
run_rounds(gpointer xml)
{
    for (guint i = 0; i < N_ROUNDS; i++) {
        g_autoptr(ApDevice) wish = ap_nodedev_xml_parse(xml, NULL);
        g_autofree char *formatted = NULL;

        g_assert_nonnull(wish);
        formatted = ap_nodedev_xml_format(wish, AP_NODEDEV_XML_STOCK);
        g_assert_cmpint(ap_nodedev_xml_classify(formatted), ==, AP_NODEDEV_XML_AP_MATRIX);
    }
    return NULL;
}

static void
test_parse_in_threads_same_answer(void)
{
    g_autofree char *xml = read_document("accepted", "as-dumped.xml");
    GThread *threads[N_THREADS];

    for (guint i = 0; i < N_THREADS; i++)
        threads[i] = g_thread_new("parse", run_rounds, xml);
    for (guint i = 0; i < N_THREADS; i++)
        g_thread_join(threads[i]);
}

static void
add_documents(const char *directory, void (*test)(gconstpointer))
{
    g_autofree char *path = g_build_filename("nodedev", directory, NULL);
    GPtrArray *names = ap_test_data_list(path, ".xml");

    /* The names live as long as the tests that have them as data. */
    for (guint i = 0; i < names->len; i++) {
        char *name = g_ptr_array_index(names, i);
        g_autofree char *stem = g_strndup(name, strlen(name) - strlen(".xml"));
        g_autofree char *test_path =
            g_strdup_printf("/nodedev-xml/%s/%s", directory, stem);

        g_test_add_data_func_full(test_path, g_strdup(name), test, g_free);
    }
    g_ptr_array_unref(names);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_documents("accepted", test_accepted);
    add_documents("refused", test_refused);
    add_documents("stock", test_stock);
    g_test_add_func("/nodedev-xml/attrs_over_limit_refused",
                    test_attrs_over_limit_refused);
    g_test_add_func("/nodedev-xml/bytes_over_limit_refused",
                    test_bytes_over_limit_refused);
    g_test_add_func("/nodedev-xml/classify_long_value_at_once",
                    test_classify_long_value_at_once);
    g_test_add_func("/nodedev-xml/depth_over_limit_refused",
                    test_depth_over_limit_refused);
    g_test_add_func("/nodedev-xml/long_text_is_no_name", test_long_text_is_no_name);
    g_test_add_func("/nodedev-xml/format_any_value_reads_back",
                    test_format_any_value_reads_back);
    g_test_add_func("/nodedev-xml/round_trip_any_wish", test_round_trip_any_wish);
    g_test_add_func("/nodedev-xml/ranges_of_nonsense_are_attrs",
                    test_ranges_of_nonsense_are_attrs);
    g_test_add_func("/nodedev-xml/stock_form_without_ours", test_stock_form_without_ours);
    g_test_add_func("/nodedev-xml/parse_in_threads_same_answer",
                    test_parse_in_threads_same_answer);
    return g_test_run();
}
