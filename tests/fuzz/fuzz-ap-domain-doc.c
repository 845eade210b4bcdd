/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-ap-domain-doc.c: what libvirt hands to the hook.  Whatever it is, it is read or
 * refused, and what the start of the hook makes of it is no less than what is in it.
 */
#include <string.h>

#include "ap-hook-domain.h"
#include "ap-hook-scan.h"
#include "fuzz.h"

static void
check_judgement(const ApDomainDoc *doc)
{
    g_autofree char *warning = NULL;
    g_autoptr(GError) error = NULL;
    gboolean good = ap_hook_check_domain(doc, AP_POLICY_REFUSE, &warning, &error);

    FUZZ_CHECK(good == !error);
    FUZZ_CHECK(!error || g_error_matches(error, AP_ERROR, AP_ERROR_UNSUPPORTED));
    FUZZ_CHECK(good || !warning);
    FUZZ_CHECK(!good || doc->matrices->len == 1);
}

/* Whether each word in @xml stands there as it is meant, as in what libvirt writes. */
static gboolean
is_plain(const char *xml, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (xml[i] == '&' || xml[i] == '\0' ||
            !g_ascii_isprint(xml[i] == '\n' ? ' ' : xml[i]))
            return FALSE;
    }
    return !memmem(xml, size, "encoding", strlen("encoding"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *xml = (const char *)data;
    const char *uuid = ap_hook_find_uuid(xml, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDomainDoc) doc = ap_domain_doc_parse(xml, size, &error);

    FUZZ_CHECK(!uuid || uuid + AP_HOOK_UUID_LEN <= xml + size);
    if (!doc) {
        FUZZ_CHECK(g_error_matches(error, AP_ERROR, AP_ERROR_XML));
        return 0;
    }
    FUZZ_CHECK(!error);
    if (doc->matrices->len == 0)
        return 0;
    FUZZ_CHECK(!is_plain(xml, size) || ap_hook_mentions_matrix(xml, size));
    check_judgement(doc);
    return 0;
}
