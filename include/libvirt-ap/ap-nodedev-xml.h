/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-nodedev-xml.h: AP devices to and from libvirt's node device XML.
 */
#pragma once

#include <libvirt-ap/ap-device.h>
#include <libvirt-ap/ap-error.h>

G_BEGIN_DECLS

/**
 * ApNodedevXmlKind: what a document given to create or define is about,
 * decided before anything else so that documents for other devices can be
 * handed to the stock driver untouched.
 * @AP_NODEDEV_XML_NOT_AP: anything else, malformed documents included
 * @AP_NODEDEV_XML_AP_MATRIX: an mdev of type vfio_ap-passthrough, or one whose
 *     parent is ap_matrix
 */
typedef enum {
    AP_NODEDEV_XML_NOT_AP,
    AP_NODEDEV_XML_AP_MATRIX
} ApNodedevXmlKind;

ApNodedevXmlKind
ap_nodedev_xml_classify(const char *xml);
/* Parses a wish: an mdev document for create or define. AP_ERROR_XML,
 * AP_ERROR_UNSUPPORTED. */
ApDevice *
ap_nodedev_xml_parse(const char *xml,
                     GError **error);
/* Formats any AP device as libvirt does; caller frees with g_free(). */
char *
ap_nodedev_xml_format(const ApDevice *device);

G_END_DECLS
