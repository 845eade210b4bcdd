/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-i18n.c: translates messages.  The catalogue is found on first use, so that
 * no program that we are part of has to know of it.
 */
#include <libintl.h>

#include "ap-i18n.h"

static void
bind_domain(void)
{
    static gsize done;

    if (!g_once_init_enter(&done))
        return;
    bindtextdomain(GETTEXT_PACKAGE, LOCALEDIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    g_once_init_leave(&done, 1);
}

const char *
ap_gettext(const char *text)
{
    bind_domain();
    return dgettext(GETTEXT_PACKAGE, text);
}

const char *
ap_ngettext(const char *one, const char *many, gulong n)
{
    bind_domain();
    return dngettext(GETTEXT_PACKAGE, one, many, n);
}
