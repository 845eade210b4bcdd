/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-hook-domain.h: whether a guest with an AP matrix can work with it at all, by its
 * description alone.  Pure.
 */
#pragma once

#include "ap-config.h"
#include "ap-domain-doc.h"

/* Judges a domain with one matrix at least.  AP_ERROR_UNSUPPORTED: there is more than
 * one, what names it is no UUID, the domain has no UUID, it does not run under KVM, its
 * CPU model lacks the feature ap, or, where @cpu_features refuses that, one that the
 * cards need.  *@warning gets what is to be said all the same, or NULL; caller frees. */
gboolean
ap_hook_check_domain(const ApDomainDoc *doc,
                     ApPolicy cpu_features,
                     char **warning,
                     GError **error);
