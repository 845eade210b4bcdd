/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-hook-domain.c: the rules of QEMU and of libvirt for guests with an AP matrix
 * (QEMU's docs/system/s390x/vfio-ap.rst).
 */
#include "ap-hook-domain.h"

#include "ap-i18n.h"
#include "ap-name.h"

/* What the CPU of the guest has to have, in the order in which it is told. */
static const struct {
    const char *name;
    gboolean needed; /* else the guest works without, if slower */
} features[] = {
    { "apft", TRUE },  /* without: no card that is newer than a CEX3 */
    { "apqci", TRUE }, /* without: no domain above 15 */
    { "apqi", FALSE }, /* without: no interrupts */
};

static gboolean
set_refusal(GError **error, char *message)
{
    g_set_error_literal(error, AP_ERROR, AP_ERROR_UNSUPPORTED, message);
    g_free(message);
    return FALSE;
}

static gboolean
check_matrices(const ApDomainDoc *doc, GError **error)
{
    const char *first = doc->matrices->pdata[0];
    char uuid[AP_UUID_SIZE];

    if (doc->matrices->len > 1)
        return set_refusal(
            error, g_strdup_printf(_("guest '%s' has %u AP matrices, %s and %s, and can "
                                     "have one: put their adapters and domains into one"),
                                   doc->name, doc->matrices->len, first,
                                   (const char *)doc->matrices->pdata[1]));
    if (!ap_uuid_canonicalise(first, uuid))
        return set_refusal(error, g_strdup_printf(_("'%s' is not a UUID"), first));
    return TRUE;
}

static gboolean
check_type(const ApDomainDoc *doc, GError **error)
{
    if (!doc->uuid)
        return set_refusal(error,
                           g_strdup_printf(_("guest '%s' has no UUID"), doc->name));
    if (g_strcmp0(doc->type, "kvm") == 0)
        return TRUE;
    return set_refusal(error,
                       g_strdup_printf(_("guest '%s' cannot have an AP matrix, its type "
                                         "is '%s': it takes <domain type='kvm'>"),
                                       doc->name, doc->type ? doc->type : ""));
}

/* Whether the CPU of the guest is the host's, but for what its features say. */
static gboolean
is_like_host(const ApDomainDoc *doc)
{
    return !doc->has_cpu || (doc->cpu_mode && g_strcmp0(doc->cpu_mode, "custom") != 0);
}

/* The last word on a feature counts, as in libvirt. */
static gboolean
has_feature(const ApDomainDoc *doc, const char *name)
{
    gboolean has = is_like_host(doc);

    for (guint i = 0; i < doc->features->len; i++) {
        const ApCpuFeature *feature = doc->features->pdata[i];

        if (g_str_equal(feature->name, name))
            has = g_strcmp0(feature->policy, "disable") != 0 &&
                  g_strcmp0(feature->policy, "forbid") != 0;
    }
    return has;
}

/* "<feature policy='require' name='apft'/>…"; caller frees. */
static char *
advise(const ApDomainDoc *doc, const char *first)
{
    GString *advice = g_string_new(NULL);

    if (first)
        g_string_append_printf(advice, "<feature policy='require' name='%s'/>", first);
    for (gsize i = 0; i < G_N_ELEMENTS(features); i++) {
        if (!has_feature(doc, features[i].name))
            g_string_append_printf(advice, "<feature policy='require' name='%s'/>",
                                   features[i].name);
    }
    return g_string_free(advice, FALSE);
}

/* Without it QEMU has no bus for the matrix and ends. */
static gboolean
check_ap(const ApDomainDoc *doc, GError **error)
{
    g_autofree char *advice = NULL;

    if (has_feature(doc, "ap"))
        return TRUE;
    advice = advise(doc, "ap");
    return set_refusal(error, g_strdup_printf(_("the CPU of guest '%s' has no 'ap', and "
                                                "no place for an AP matrix: write <cpu "
                                                "mode='host-passthrough'/>, or in its "
                                                "<cpu> %s"),
                                              doc->name, advice));
}

/* The names of those that are missing, "apft, apqci", and whether one of them has to be
 * there; NULL when none is missing. */
static char *
find_missing(const ApDomainDoc *doc, gboolean *needed)
{
    GString *names = g_string_new(NULL);

    *needed = FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(features); i++) {
        if (has_feature(doc, features[i].name))
            continue;
        g_string_append_printf(names, "%s%s", names->len ? ", " : "", features[i].name);
        *needed |= features[i].needed;
    }
    return g_string_free(names, names->len == 0);
}

static gboolean
check_features(const ApDomainDoc *doc, ApPolicy policy, char **warning, GError **error)
{
    gboolean needed;
    g_autofree char *missing = find_missing(doc, &needed);
    g_autofree char *advice = NULL;

    if (!missing || policy == AP_POLICY_ALLOW)
        return TRUE;
    advice = advise(doc, NULL);
    if (needed && policy == AP_POLICY_REFUSE)
        return set_refusal(
            error, g_strdup_printf(_("the CPU of guest '%s' lacks %s, which its crypto "
                                     "cards need: write in its <cpu> %s (cpu-features in "
                                     "ap.conf can allow it)"),
                                   doc->name, missing, advice));
    *warning = g_strdup_printf(_("the CPU of guest '%s' lacks %s for its crypto cards: "
                                 "write in its <cpu> %s"),
                               doc->name, missing, advice);
    return TRUE;
}

gboolean
ap_hook_check_domain(const ApDomainDoc *doc,
                     ApPolicy cpu_features,
                     char **warning,
                     GError **error)
{
    *warning = NULL;
    return check_type(doc, error) && check_matrices(doc, error) && check_ap(doc, error) &&
           check_features(doc, cpu_features, warning, error);
}
