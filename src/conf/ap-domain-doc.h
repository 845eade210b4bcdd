/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-domain-doc.h: the parts of a domain document of libvirt
 * (https://libvirt.org/formatdomain.html) that matter for a guest with an AP matrix, as
 * text and unjudged.  It is read as a stream: no tree is built, nothing is loaded, no
 * entity is expanded.
 */
#pragma once

#include <glib.h>

/* One <feature> of the <cpu>. */
typedef struct {
    char *name;
    char *policy; /* NULL: none is given */
} ApCpuFeature;

typedef struct {
    char *type;          /* attribute of <domain>; NULL: none */
    char *name;          /* NULL: none */
    char *uuid;          /* in canonical form; NULL: none, or none that is one */
    gboolean has_cpu;    /* there is a <cpu> */
    char *cpu_mode;      /* its attribute; NULL: none */
    GPtrArray *features; /* ApCpuFeature, in their order */
    GPtrArray *matrices; /* the UUID of each <hostdev> of model vfio-ap, as written */
} ApDomainDoc;

/* Reads the document from the descriptor @fd, to its end.  AP_ERROR_XML: it is not well
 * formed, or no domain. */
ApDomainDoc *
ap_domain_doc_read(int fd, GError **error);
/* The same from @xml, @len bytes. */
ApDomainDoc *
ap_domain_doc_parse(const char *xml, gsize len, GError **error);
void
ap_domain_doc_free(ApDomainDoc *doc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApDomainDoc, ap_domain_doc_free)
