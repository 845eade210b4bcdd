/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-domain-doc.c: what is read of a domain document, and from where.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <libvirt-ap/ap-error.h>

#include "ap-domain-doc.h"

#define A     "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B     "62177883-f1bb-47f0-914d-32a22e3a8805"
#define GUEST "0a5c0e2c-30d5-4a3e-8f0e-3b7a64d1a001"
#define HOSTDEV(type, model, uuid)                                                       \
    "<hostdev mode='subsystem' type='" type "' model='" model "'>"                       \
    "<source><address uuid='" uuid "'/></source></hostdev>"

/* What was read, in one line; caller frees. */
static char *
print(const ApDomainDoc *doc)
{
    GString *out = g_string_new(NULL);

    g_string_append_printf(out, "%s %s %s cpu=%d:%s", doc->type ? doc->type : "-",
                           doc->name ? doc->name : "-", doc->uuid ? doc->uuid : "-",
                           doc->has_cpu, doc->cpu_mode ? doc->cpu_mode : "-");
    for (guint i = 0; i < doc->features->len; i++) {
        const ApCpuFeature *feature = doc->features->pdata[i];

        g_string_append_printf(out, " %s/%s", feature->name,
                               feature->policy ? feature->policy : "-");
    }
    for (guint i = 0; i < doc->matrices->len; i++)
        g_string_append_printf(out, " [%s]", (const char *)doc->matrices->pdata[i]);
    return g_string_free(out, FALSE);
}

static const struct {
    const char *name;
    const char *xml;
    const char *expected; /* NULL: refused */
} cases[] = {
    { "/domain-doc/all_parts_read",
      "<domain type='kvm'><name>g1</name><uuid>" GUEST "</uuid>"
      "<cpu mode='custom'><model>gen16a</model><feature policy='require' name='ap'/>"
      "<feature name='apft'/></cpu><devices>" HOSTDEV("mdev", "vfio-ap", A) "</devices>"
                                                                            "</domain>",
      "kvm g1 " GUEST " cpu=1:custom ap/require apft/- [" A "]" },
    { "/domain-doc/little_is_no_fault", "<domain/>", "- - - cpu=0:-" },
    { "/domain-doc/several_matrices_read",
      "<domain><devices>" HOSTDEV("mdev", "vfio-ap", A) HOSTDEV("mdev", "vfio-ccw", GUEST)
          HOSTDEV("pci", "vfio-ap", GUEST) HOSTDEV("mdev", "vfio-ap", B) "</devices>"
                                                                         "</domain>",
      "- - - cpu=0:- [" A "] [" B "]" },
    { "/domain-doc/uuid_made_canonical",
      "<domain><uuid> 0A5C0E2C-30D5-4A3E-8F0E-3B7A64D1A001\n</uuid></domain>",
      "- - " GUEST " cpu=0:-" },
    { "/domain-doc/no_uuid_not_kept", "<domain><uuid>x</uuid></domain>",
      "- - - cpu=0:-" },
    { "/domain-doc/first_of_each_counts",
      "<domain><name>a</name><name>b</name><cpu mode='x'/><cpu mode='y'/></domain>",
      "- a - cpu=1:x" },
    { "/domain-doc/names_of_others_not_taken",
      "<domain "
      "xmlns:o='urn:o'><metadata><domain><name>m</name></domain><devices>" HOSTDEV(
          "mdev",
          "vfio-ap",
          A) "</devices><o:name>n</o:name></metadata>"
             "<o:name>o</o:name><o:devices>" HOSTDEV(
                 "mdev",
                 "vfio-ap",
                 A) "</o:devices>"
                    "<name>g</name><os><name>p</name></os></domain>",
      "- g - cpu=0:-" },
    { "/domain-doc/escapes_read", "<domain><name>a&amp;b&lt;&#x41;</name></domain>",
      "- a&b<A - cpu=0:-" },
    { "/domain-doc/refused_entities",
      "<!DOCTYPE domain [<!ENTITY e 'vfio-ap'>]><domain><devices>"
      "<hostdev type='mdev' model='&e;'><source><address uuid='" A "'/></source>"
      "</hostdev></devices></domain>",
      NULL },
    { "/domain-doc/refused_empty", "", NULL },
    { "/domain-doc/refused_text", "vfio-ap", NULL },
    { "/domain-doc/refused_cut_short", "<domain><devices>", NULL },
    { "/domain-doc/refused_mismatch", "<domain><a></b></domain>", NULL },
    { "/domain-doc/refused_other_root", "<device><name>g</name></device>", NULL },
    { "/domain-doc/refused_namespace", "<domain xmlns='urn:x'/>", NULL },
    { "/domain-doc/refused_two_roots", "<domain/><domain/>", NULL },
};

static void
assert_read(ApDomainDoc *doc, const GError *error, const char *expected)
{
    g_autofree char *printed = NULL;

    if (!expected) {
        g_assert_null(doc);
        g_assert_error(error, AP_ERROR, AP_ERROR_XML);
        g_assert_null(strchr(error->message, '\n'));
        return;
    }
    g_assert_no_error(error);
    printed = print(doc);
    g_assert_cmpstr(printed, ==, expected);
}

static void
test_case(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) fd_error = NULL;
    g_autoptr(ApDomainDoc) doc =
        ap_domain_doc_parse(cases[i].xml, strlen(cases[i].xml), &error);
    g_autoptr(ApDomainDoc) from_fd = NULL;
    int pipes[2];

    assert_read(doc, error, cases[i].expected);
    g_assert_cmpint(pipe2(pipes, O_CLOEXEC), ==, 0);
    g_assert_cmpint(write(pipes[1], cases[i].xml, strlen(cases[i].xml)), >=, 0);
    close(pipes[1]);
    from_fd = ap_domain_doc_read(pipes[0], &fd_error);
    close(pipes[0]);
    assert_read(from_fd, fd_error, cases[i].expected);
}

/* A description with a mebibyte of somebody's metadata in it. */
static void
test_large(void)
{
    GString *xml = g_string_new("<domain><name>g</name><metadata>");
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDomainDoc) doc = NULL;

    while (xml->len < 1024 * 1024)
        g_string_append(xml, "<x y='z'>text</x>");
    g_string_append(xml,
                    "</metadata><devices>" HOSTDEV("mdev", "vfio-ap", A) "</devices>"
                                                                         "</domain>");
    doc = ap_domain_doc_parse(xml->str, xml->len, &error);
    assert_read(doc, error, "- g - cpu=0:- [" A "]");
    g_string_free(xml, TRUE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_test_add_data_func(cases[i].name, GSIZE_TO_POINTER(i), test_case);
    g_test_add_func("/domain-doc/large_read", test_large);
    return g_test_run();
}
