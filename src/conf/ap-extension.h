/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-extension.h: what a document says in our own namespace, judged and made part
 * of a wish.
 */
#pragma once

#include "ap-device-priv.h"
#include "ap-nodedev-doc.h"

/* Refuses what is wrong with the elements of our namespace in @doc, or does not go
 * with its <attr>, which have been checked before.  AP_ERROR_UNSUPPORTED. */
gboolean
ap_extension_check(const ApNodedevDoc *doc, GError **error);
/* Adds what they say to @wish, the lists as attributes behind those that it has.
 * @doc has been checked. */
void
ap_extension_apply(const ApNodedevDoc *doc, ApDevice *wish);
