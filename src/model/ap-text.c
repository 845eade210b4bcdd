/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-text.c: whoever may choose a name must not be able to write lines of a log,
 * or to move the cursor of the terminal that shows them.
 */
#include "ap-text.h"

gboolean
ap_text_is_printable(const char *text)
{
    if (!g_utf8_validate(text, -1, NULL))
        return FALSE;
    for (; *text; text = g_utf8_next_char(text)) {
        if (g_unichar_iscntrl(g_utf8_get_char(text)))
            return FALSE;
    }
    return TRUE;
}

char *
ap_text_make_printable(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *copy = g_string_new(NULL);
    const char *cur;

    for (cur = valid; *cur; cur = g_utf8_next_char(cur)) {
        gunichar c = g_utf8_get_char(cur);

        g_string_append_unichar(copy, g_unichar_iscntrl(c) ? '?' : c);
    }
    return g_string_free(copy, FALSE);
}
