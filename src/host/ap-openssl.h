/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-openssl.h: which programs have the node of crypto cards only because OpenSSL is
 * part of them.
 */
#pragma once

#include <glib.h>

/* The libraries that were looked at: whether they open the node, by where they are. */
typedef GHashTable ApOpensslSeen;

ApOpensslSeen *
ap_openssl_seen_new(void);

/* Whether a libcrypto in the process @pid opens /dev/z90crypt by itself, as OpenSSL
 * does since 3.2 when it is loaded: once, for modular exponentiation, which it computes
 * itself where no card does.  FALSE where that cannot be told. */
gboolean
ap_openssl_opens_node(int root, const char *pid, ApOpensslSeen *seen);
