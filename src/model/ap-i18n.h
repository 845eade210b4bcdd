/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-i18n.h: marks messages for translation.  The text domain is named at each
 * call, because a library must not change the default domain of the program
 * that it is loaded into.
 */
#pragma once

#include <glib.h>

#define _(text)                 ap_gettext(text)
#define ngettext_(one, many, n) ap_ngettext(one, many, n)
/* Marks a message in a table; it is translated where it is used. */
#define N_(text) (text)

/* The translation of @text, or @text itself.  Never freed. */
const char *
ap_gettext(const char *text) G_GNUC_FORMAT(1);
/* The same for a message that depends on a number. */
const char *
ap_ngettext(const char *one, const char *many, gulong n) G_GNUC_FORMAT(1)
    G_GNUC_FORMAT(2);
