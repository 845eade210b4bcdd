/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-i18n.h: marks messages for translation.  The text domain is named at each
 * call, because a library must not change the default domain of the program
 * that it is loaded into.
 */
#pragma once

#include <libintl.h>

#define _(text)                 dgettext(GETTEXT_PACKAGE, (text))
#define ngettext_(one, many, n) dngettext(GETTEXT_PACKAGE, (one), (many), (n))
/* Marks a message in a table; it is translated where it is used. */
#define N_(text) (text)
