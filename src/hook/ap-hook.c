/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-hook.c: the hook for guests that have an AP matrix, run by ap-hook-launch.c with
 * what libvirt said to that, and the process ID of the daemon before it.  It never calls
 * libvirt: the daemon waits for it.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ap-hook-log.h"
#include "ap-hook-phase.h"
#include "ap-host-priv.h"
#include "ap-i18n.h"

/* Words of the command line. */
#define WORD_GUEST 1

static gboolean
run(ApHost *host, ApHookPhase phase, const char *name, pid_t service, GError **error)
{
    g_autoptr(ApDomainDoc) doc = ap_domain_doc_read(STDIN_FILENO, error);

    if (!doc) {
        g_prefix_error(error, _("guest '%s': "), name);
        return FALSE;
    }
    g_free(doc->name);
    doc->name = g_strdup(name);
    return ap_hook_run_phase(host, phase, doc, service, error);
}

/* Only what libvirt shows goes to standard error. */
static int
report(ApHookPhase phase, const GError *error)
{
    if (ap_hook_may_fail(phase)) {
        fprintf(stderr, "%s\n", error->message);
        return EXIT_FAILURE;
    }
    g_warning("%s", error->message);
    return EXIT_SUCCESS;
}

/* The daemon that called the hook; 0, which is none, for what is no number. */
static pid_t
parse_service(const char *text)
{
    guint64 pid = 0;

    return g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT32, &pid, NULL) ? (pid_t)pid
                                                                           : 0;
}

int
main(int argc, char **argv)
{
    ApHookPhase phase = argc > 1 ? ap_hook_parse_args(argc - 1, argv + 1) : AP_HOOK_OTHER;
    g_autoptr(GError) error = NULL;
    g_autoptr(ApHost) host = NULL;

    setlocale(LC_ALL, "");
    if (phase == AP_HOOK_OTHER)
        return EXIT_SUCCESS;
    host = ap_host_new("/", &error);
    if (host) {
        ap_hook_log_start(host->root);
        run(host, phase, argv[1 + WORD_GUEST], parse_service(argv[1]), &error);
    }
    return error ? report(phase, error) : EXIT_SUCCESS;
}
