/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-hook-phase.c: from the phases of libvirt to what the library does for guests.
 */
#include "ap-hook-phase.h"

#include "ap-hook-domain.h"
#include "ap-host-priv.h"
#include "ap-i18n.h"
#include "ap-name.h"

/* The one matrix of the guest; FALSE when it has none that can be used. */
static gboolean
find_matrix(const ApDomainDoc *doc, char uuid[AP_UUID_SIZE])
{
    return doc->matrices->len > 0 && ap_uuid_canonicalise(doc->matrices->pdata[0], uuid);
}

static gboolean
prepare(ApHost *host,
        const ApGuest *guest,
        const ApDomainDoc *doc,
        const char *uuid,
        GError **error)
{
    g_autofree char *warning = NULL;
    ApConfig config;

    if (!ap_config_read(host->root, &config, error) ||
        !ap_hook_check_domain(doc, config.cpu_features, &warning, error))
        return FALSE;
    if (warning)
        g_warning("%s", warning);
    return ap_guest_prepare(host, guest, uuid, error);
}

/* libvirt keeps the document as it is when nothing is printed. */
static void
tell_target(const ApGuest *guest, const char *uuid)
{
    g_message(
        _("guest '%s' comes with matrix %s: this host has to have one of that UUID, "
          "active or defined, with the adapters and domains that it had"),
        guest->name, uuid);
}

static gboolean
run_with_matrix(ApHost *host,
                ApHookPhase phase,
                const ApGuest *guest,
                const ApDomainDoc *doc,
                const char *uuid,
                GError **error)
{
    switch (phase) {
    case AP_HOOK_PREPARE:
        return prepare(host, guest, doc, uuid, error);
    case AP_HOOK_START:
        return ap_guest_check(host, guest, uuid, error);
    case AP_HOOK_STARTED:
    case AP_HOOK_RECONNECT:
        return ap_guest_running(host, guest, uuid, error);
    case AP_HOOK_MIGRATE:
    case AP_HOOK_RESTORE:
        tell_target(guest, uuid);
        break;
    case AP_HOOK_STOPPED:
    case AP_HOOK_RELEASE:
    case AP_HOOK_OTHER:
        break;
    }
    return TRUE;
}

gboolean
ap_hook_run_phase(ApHost *host,
                  ApHookPhase phase,
                  const ApDomainDoc *doc,
                  pid_t service,
                  GError **error)
{
    ApGuest guest = { .name = doc->name, .uuid = doc->uuid, .service = service };
    char uuid[AP_UUID_SIZE];

    if (phase == AP_HOOK_STOPPED && guest.uuid)
        return ap_guest_stopped(host, &guest, error);
    if (phase == AP_HOOK_RELEASE && guest.uuid)
        return ap_guest_release(host, &guest, error);
    if (!find_matrix(doc, uuid)) {
        g_autofree char *warning = NULL;

        /* What names it is no UUID: that is worth a refusal, too. */
        return phase != AP_HOOK_PREPARE || doc->matrices->len == 0 ||
               ap_hook_check_domain(doc, AP_POLICY_ALLOW, &warning, error);
    }
    if (!guest.uuid && !ap_hook_may_fail(phase))
        return TRUE;
    return run_with_matrix(host, phase, &guest, doc, uuid, error);
}
