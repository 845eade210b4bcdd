/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-guest-loss.c: finds who uses a matrix, and what he would lose.
 */
#include "ap-guest-loss.h"

#include "ap-apqn.h"
#include "ap-config.h"
#include "ap-device-priv.h"
#include "ap-effective.h"
#include "ap-guest.h"
#include "ap-holder.h"
#include "ap-i18n.h"

void
ap_guest_user_clear(ApGuestUser *user)
{
    g_clear_pointer(&user->text, g_free);
    g_clear_pointer(&user->name, g_free);
}

/* A guest that is about to start has not opened the matrix yet.  Of one that runs its
 * process is the better witness, as it may have detached the matrix; opening it ourselves
 * to see whether somebody has is for the end, for it could hinder one who is about to. */
gboolean
ap_guest_user_find(ApHost *host, const char *uuid, ApGuestUser *user)
{
    g_auto(ApHolder) record = { 0 };
    g_auto(ApVfioGuest) opener = { 0 };
    gboolean is_known = ap_holder_read(host->root, uuid, &record);

    user->text = ap_guest_describe_starting(host, uuid);
    if (!user->text)
        user->text = ap_host_describe_user(host, uuid, &opener);
    user->name = g_steal_pointer(&opener.name);
    if (!user->text && !ap_host_is_open(host, uuid, is_known))
        return FALSE;
    if (!user->name && is_known)
        user->name = g_steal_pointer(&record.guest);
    if (!user->text)
        user->text = user->name ? g_strdup_printf(_("guest '%s'"), user->name)
                                : g_strdup(_("a guest"));
    return TRUE;
}

/* Adds "domains 4,171" to @text, where there are any. */
static void
add_ids(GString *text, const char *kind, const struct apc_mask *ids)
{
    g_autofree char *list = ap_ids_format(ids, "");

    if (apc_mask_empty(ids))
        return;
    if (text->len > 0)
        g_string_append(text, ", ");
    g_string_append_printf(text, "%s %s", kind, list);
}

/* What the guest would not have any more; NULL for nothing.  Caller frees. */
static char *
describe_loss(ApHost *host, const ApGuestLoss *loss)
{
    const ApMatrix *has = loss->seen ? loss->seen : loss->before;
    g_autoptr(GString) text = g_string_new(NULL);
    struct apc_mask adapters, domains, control, hidden;

    apc_mask_andnot(&adapters, &has->adapters, &loss->after->adapters);
    apc_mask_andnot(&domains, &has->domains, &loss->after->domains);
    apc_mask_andnot(&control, &loss->before->control_domains,
                    &loss->after->control_domains);
    if (loss->seen) {
        apc_mask_and(&hidden, &has->adapters, &loss->after->adapters);
        ap_effective_find_hidden(host, &loss->after->domains, &hidden);
        apc_mask_or(&adapters, &adapters, &hidden);
    }
    /* One without the other is no queue. */
    if (!apc_mask_empty(&has->domains))
        add_ids(text, _("adapters"), &adapters);
    if (!apc_mask_empty(&has->adapters))
        add_ids(text, _("domains"), &domains);
    add_ids(text, _("control domains"), &control);
    return text->len > 0 ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}

/* Who may lose something is named, so that it is not another than somebody thought. */
static gboolean
set_loss(GError **error,
         const ApGuestLoss *loss,
         const ApGuestUser *user,
         const char *what)
{
    if (loss->take_from)
        g_set_error(error, AP_ERROR, AP_ERROR_BUSY,
                    _("matrix %s is in use by %s, which would lose %s, and not by guest "
                      "'%s', from which they may be taken"),
                    loss->uuid, user->text, what, loss->take_from);
    else
        g_set_error(
            error, AP_ERROR, AP_ERROR_BUSY,
            _("matrix %s is in use by %s, which would lose %s: shut the guest down "
              "first, or name it in <ap:take-from> (running-guests in ap.conf can "
              "allow it, too)"),
            loss->uuid, user->text, what);
    return FALSE;
}

gboolean
ap_guest_check_loss(ApHost *host, const ApGuestLoss *loss, GError **error)
{
    g_autofree char *what = describe_loss(host, loss);
    g_auto(ApGuestUser) user = { 0 };
    ApConfig config;

    if (!what)
        return TRUE;
    if (!ap_config_read(host->root, &config, error))
        return FALSE;
    if (config.running_guests == AP_POLICY_ALLOW ||
        !ap_guest_user_find(host, loss->uuid, &user))
        return TRUE;
    if (loss->take_from && g_strcmp0(loss->take_from, user.name) == 0)
        return TRUE;
    if (config.running_guests == AP_POLICY_REFUSE)
        return set_loss(error, loss, &user, what);
    g_warning(_("%s, which uses matrix %s, loses %s"), user.text, loss->uuid, what);
    return TRUE;
}

gboolean
ap_guest_check_undefine(ApHost *host, const ApDevice *definition, GError **error)
{
    g_auto(ApGuestUser) user = { 0 };
    ApConfig config;

    if (!definition->autostart)
        return TRUE;
    if (!ap_config_read(host->root, &config, error))
        return FALSE;
    if (config.running_guests == AP_POLICY_ALLOW ||
        !ap_guest_user_find(host, definition->uuid, &user))
        return TRUE;
    if (config.running_guests == AP_POLICY_WARN) {
        g_warning(
            _("matrix %s, which is in use by %s, will not start by itself any more"),
            definition->uuid, user.text);
        return TRUE;
    }
    g_set_error(
        error, AP_ERROR, AP_ERROR_BUSY,
        _("matrix %s starts by itself and is in use by %s, which would miss it "
          "after the next boot: switch its autostart off first (running-guests in "
          "ap.conf can allow it, too)"),
        definition->uuid, user.text);
    return FALSE;
}
