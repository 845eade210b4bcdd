/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-nodedev-doc.h: the parts of a node device document that matter for an AP
 * matrix, as text and unjudged.  Reading is one pass of a SAX parser: no tree
 * is built, nothing is loaded, no entity is expanded.
 */
#pragma once

#include <glib.h>

/* What an AP matrix document may have at most.  A matrix that assigns all
 * adapters, domains and control domains one by one has 768 <attr>; the rest is
 * room for comments and duplicates. */
#define AP_NODEDEV_DOC_MAX_BYTES (1024 * 1024)
#define AP_NODEDEV_DOC_MAX_ATTRS 4096
#define AP_NODEDEV_DOC_MAX_DEPTH 16

/* The elements of our own namespace, all below the <capability> of type mdev; the
 * status is that of the device when it was printed, whatever is in it. */
typedef enum {
    AP_OWN_ADAPTERS,
    AP_OWN_DOMAINS,
    AP_OWN_CONTROL_DOMAINS,
    AP_OWN_RESERVE,
    AP_OWN_COMMENT,
    AP_OWN_TAKE_FROM,
    AP_OWN_STATUS,
    AP_OWN_LAST
} ApOwnElement;

typedef struct {
    gboolean has_dtd; /* has a document type declaration */
    gsize bytes;
    guint depth;          /* deepest nesting of elements; the root is 1 */
    char *root;           /* name of the root element */
    char *parent;         /* text of the first <parent>; NULL: none or empty */
    gboolean parent_wwnn; /* which attributes that <parent> has */
    gboolean parent_wwpn;
    char *bad_devnode;     /* type of the first <devnode> with a wrong one, or "" */
    guint n_capabilities;  /* <capability> directly below the root */
    guint n_mdevs;         /* those of type mdev */
    gboolean is_ap_type;   /* one of these has the type id of AP matrices */
    char *capability_type; /* of the first <capability> */
    /* of the first <capability> of type mdev; NULL: none or empty */
    char *type_id;
    char *uuid;
    char *iommu_group;
    GPtrArray *attrs;  /* ApAttr; name and value NULL where missing or empty */
    guint n_attrs;     /* of them in the document, kept or not */
    gboolean extended; /* our namespace is declared somewhere */
    gboolean own_seen[AP_OWN_LAST];
    char *own_text[AP_OWN_LAST]; /* NULL: none or empty */
    char *persist;               /* that attribute of <reserve>; NULL: none or empty */
    char *own_fault; /* what is wrong with the use of our namespace; NULL: nothing */
} ApNodedevDoc;

/* The name of @element in our namespace. */
const char *
ap_own_element_name(ApOwnElement element);

/* Reads @xml.  Fails with AP_ERROR_XML where it is not well formed, and only
 * then.  Beyond the limits above the document is still read to its end, but
 * what exceeds them is counted and not kept. */
ApNodedevDoc *
ap_nodedev_doc_read(const char *xml, GError **error);
/* Refuses what is over the limits, or has a document type declaration, with
 * AP_ERROR_XML. */
gboolean
ap_nodedev_doc_check_limits(const ApNodedevDoc *doc, GError **error);
void
ap_nodedev_doc_free(ApNodedevDoc *doc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApNodedevDoc, ap_nodedev_doc_free)
