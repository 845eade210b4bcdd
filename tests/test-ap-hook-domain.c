/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-hook-domain.c: which guests can work with a matrix, and what is said of those
 * that cannot.
 */
#include <string.h>

#include "ap-hook-domain.h"

#define A     "62177883-f1bb-47f0-914d-32a22e3a8804"
#define GUEST "<name>g1</name><uuid>0a5c0e2c-30d5-4a3e-8f0e-3b7a64d1a001</uuid>"
#define HOSTDEV(uuid)                                                                    \
    "<hostdev type='mdev' model='vfio-ap'><source><address uuid='" uuid "'/></source>"   \
    "</hostdev>"
#define DOMAIN(cpu)                                                                      \
    "<domain type='kvm'>" GUEST cpu "<devices>" HOSTDEV(A) "</devices></domain>"
#define FEATURE(name)    "<feature policy='require' name='" name "'/>"
#define WITHOUT(name)    "<feature policy='disable' name='" name "'/>"
#define CUSTOM(features) "<cpu mode='custom'><model>gen16a</model>" features "</cpu>"
#define HOST(features)   "<cpu mode='host-passthrough'>" features "</cpu>"

static const struct {
    const char *name;
    const char *xml;
    ApPolicy policy;
    const char *warning; /* part of it; NULL: none */
    const char *refusal; /* the same */
} cases[] = {
    { "/hook-domain/host_cpu_taken", DOMAIN(HOST("")), AP_POLICY_REFUSE, NULL, NULL },
    { "/hook-domain/no_cpu_taken", DOMAIN(""), AP_POLICY_REFUSE, NULL, NULL },
    { "/hook-domain/host_model_taken", DOMAIN("<cpu mode='host-model'/>"),
      AP_POLICY_REFUSE, NULL, NULL },
    { "/hook-domain/features_taken",
      DOMAIN(CUSTOM(FEATURE("ap") FEATURE("apft") FEATURE("apqci") FEATURE("apqi"))),
      AP_POLICY_REFUSE, NULL, NULL },
    { "/hook-domain/no_interrupts_warned_of",
      DOMAIN(CUSTOM(FEATURE("ap") FEATURE("apft") FEATURE("apqci"))), AP_POLICY_REFUSE,
      "lacks apqi for", NULL },
    { "/hook-domain/no_features_refused", DOMAIN(CUSTOM(FEATURE("ap"))), AP_POLICY_REFUSE,
      NULL,
      "lacks apft, apqci, apqi, which its crypto cards need: write in its <cpu> " FEATURE(
          "apft") FEATURE("apqci") FEATURE("apqi") },
    { "/hook-domain/no_features_warned_of", DOMAIN(CUSTOM(FEATURE("ap"))), AP_POLICY_WARN,
      "lacks apft, apqci, apqi", NULL },
    { "/hook-domain/no_features_allowed", DOMAIN(CUSTOM(FEATURE("ap"))), AP_POLICY_ALLOW,
      NULL, NULL },
    { "/hook-domain/host_cpu_without_feature_refused", DOMAIN(HOST(WITHOUT("apft"))),
      AP_POLICY_REFUSE, NULL, "lacks apft, which" },
    { "/hook-domain/last_word_counts", DOMAIN(HOST(WITHOUT("apft") FEATURE("apft"))),
      AP_POLICY_REFUSE, NULL, NULL },
    { "/hook-domain/no_ap_refused_always", DOMAIN(CUSTOM("")), AP_POLICY_ALLOW, NULL,
      "has no 'ap', and no place for an AP matrix: write <cpu mode='host-passthrough'/>, "
      "or in its <cpu> " FEATURE("ap") FEATURE("apft") },
    { "/hook-domain/ap_forbidden_refused",
      DOMAIN(HOST("<feature policy='forbid' name='ap'/>")), AP_POLICY_ALLOW, NULL,
      "has no 'ap'" },
    { "/hook-domain/two_matrices_refused",
      "<domain type='kvm'>" GUEST "<devices>" HOSTDEV(A)
          HOSTDEV("62177883-f1bb-47f0-914d-32a22e3a8805") "</devices></domain>",
      AP_POLICY_ALLOW, NULL,
      "has 2 AP matrices, " A " and 62177883-f1bb-47f0-914d-32a22e3a8805" },
    { "/hook-domain/bad_uuid_refused",
      "<domain type='kvm'>" GUEST "<devices>" HOSTDEV("x") "</devices></domain>",
      AP_POLICY_ALLOW, NULL, "'x' is not a UUID" },
    { "/hook-domain/emulated_guest_refused",
      "<domain type='qemu'>" GUEST "<devices>" HOSTDEV(A) "</devices></domain>",
      AP_POLICY_ALLOW, NULL, "its type is 'qemu'" },
    { "/hook-domain/no_type_refused",
      "<domain>" GUEST "<devices>" HOSTDEV(A) "</devices></domain>", AP_POLICY_ALLOW,
      NULL, "<domain type='kvm'>" },
    { "/hook-domain/no_guest_uuid_refused",
      "<domain type='kvm'><name>g1</name><devices>" HOSTDEV(A) "</devices></domain>",
      AP_POLICY_ALLOW, NULL, "guest 'g1' has no UUID" },
};

static void
test_case(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(ApDomainDoc) doc =
        ap_domain_doc_parse(cases[i].xml, strlen(cases[i].xml), NULL);
    g_autofree char *warning = NULL;
    g_autoptr(GError) error = NULL;
    gboolean good;

    g_assert_nonnull(doc);
    good = ap_hook_check_domain(doc, cases[i].policy, &warning, &error);
    g_assert_cmpint(good, ==, !cases[i].refusal);
    g_assert_cmpint(warning != NULL, ==, cases[i].warning != NULL);
    if (warning)
        g_assert_nonnull(strstr(warning, cases[i].warning));
    if (good) {
        g_assert_no_error(error);
        return;
    }
    g_assert_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, cases[i].refusal));
    g_assert_null(strchr(error->message, '\n'));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_test_add_data_func(cases[i].name, GSIZE_TO_POINTER(i), test_case);
    return g_test_run();
}
