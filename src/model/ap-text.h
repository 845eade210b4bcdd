/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-text.h: text from elsewhere (names of processes and guests, what a client
 * wrote into a document), fit for a message or a log.  Pure.
 */
#pragma once

#include <glib.h>

/* Whether @text is UTF-8 without control characters. */
gboolean
ap_text_is_printable(const char *text);
/* A copy of @text that is: '?' for each control character, U+FFFD for what is not
 * UTF-8.  Caller frees. */
char *
ap_text_make_printable(const char *text);
