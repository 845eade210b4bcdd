/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-ap-rollback.c: takes a change back.
 */
#include <pwd.h>
#include <unistd.h>

#include "virt-ap.h"

#include "ap-i18n.h"

static gboolean
roll_back(ApHost *host, guint64 number, guint64 *undone, GError **error)
{
    const struct passwd *user = getpwuid(getuid());
    ApJournalActor actor = { .uid = getuid(),
                             .pid = getpid(),
                             .user = user ? user->pw_name : NULL,
                             .client = "virt-ap" };
    gboolean done;

    ap_journal_set_actor(&actor);
    done = ap_host_roll_back(host, number, undone, error);
    ap_journal_set_actor(NULL);
    return done;
}

static VirtApStatus
run(const VirtApOptions *options, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApHost) host = NULL;
    guint64 number = 0;
    guint64 undone = 0;

    if (!virt_ap_parse(&virt_ap_rollback, NULL, 1, &argc, &argv) ||
        (argc > 1 && !virt_ap_parse_number(argv[1], &number)))
        return VIRT_AP_USAGE;
    host = ap_host_new(options->root, &error);
    if (!host || !roll_back(host, number, &undone, &error))
        return virt_ap_fail(error);
    g_print(_("Change %lu was taken back.\n"), (gulong)undone);
    return VIRT_AP_DONE;
}

const VirtApCommand virt_ap_rollback = {
    .name = "rollback",
    .arguments = N_("[CHANGE]"),
    .summary = N_("Take back a change, or the newest that has not been taken back."),
    .run = run,
};
