/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-ap-guests.c: lists the matrices that guests have, or are about to start with.
 */
#include "virt-ap.h"

#include "ap-device-priv.h"
#include "ap-guest-view.h"
#include "ap-host-priv.h"
#include "ap-i18n.h"

/* "2026-11-20 12:00:07", in the time of here; caller frees. */
static char *
describe_since(gint64 since)
{
    g_autoptr(GDateTime) time = since ? g_date_time_new_from_unix_local(since) : NULL;

    return time ? g_date_time_format(time, "%F %T") : g_strdup("-");
}

static void
print_guest(const char *matrix, const ApGuestView *view, const char *user)
{
    g_autofree char *since = describe_since(view->since);

    g_print("%s  %-8s  %-19s  %-36s  %s\n", matrix, ap_guest_state_name(view->state),
            since, *view->uuid ? view->uuid : "-", view->name ? view->name : user);
}

static void
print_matrix(ApHost *host, const char *matrix)
{
    g_auto(ApVfioGuest) guest = { 0 };
    g_autofree char *user = ap_host_describe_user(host, matrix, &guest);
    g_auto(ApGuestView) view = { 0 };

    if (ap_guest_look(host, matrix, user != NULL, &guest, &view))
        print_guest(matrix, &view, user);
}

static VirtApStatus
list(ApHost *host, GError **error)
{
    g_autoptr(GPtrArray) names =
        ap_host_list_names(host, AP_LIST_MATRICES | AP_LIST_ACTIVE, error);

    if (!names)
        return virt_ap_fail(*error);
    for (guint i = 0; i < names->len; i++) {
        ApName name;

        if (ap_name_parse(names->pdata[i], &name))
            print_matrix(host, name.uuid);
    }
    return VIRT_AP_DONE;
}

static VirtApStatus
run(const VirtApOptions *options, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApHost) host = NULL;

    if (!virt_ap_parse(&virt_ap_guests, NULL, 0, &argc, &argv))
        return VIRT_AP_USAGE;
    host = ap_host_new(options->root, &error);
    return host ? list(host, &error) : virt_ap_fail(error);
}

const VirtApCommand virt_ap_guests = {
    .name = "guests",
    .summary = N_("List the matrices that guests have, or are about to start with."),
    .run = run,
};
