/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-nodedev-xml.h: AP devices to and from libvirt's node device XML
 * (https://libvirt.org/formatnode.html).
 *
 * Reading is safe on hostile input: no network, no entities, a bounded size.
 * All functions may be called from several threads at once.
 */
#pragma once

#include <libvirt-ap/ap-device.h>
#include <libvirt-ap/ap-error.h>

G_BEGIN_DECLS

/**
 * ApNodedevXmlKind:
 * @AP_NODEDEV_XML_NOT_AP: anything else, malformed documents included
 * @AP_NODEDEV_XML_AP_MATRIX: an mdev of type vfio_ap-passthrough, or one whose
 *     parent is ap_matrix
 *
 * What a document given to create or define is about, decided before anything
 * else so that documents for other devices can be handed to the stock driver
 * untouched.
 *
 * Since: 0.1
 */
typedef enum {
    AP_NODEDEV_XML_NOT_AP,
    AP_NODEDEV_XML_AP_MATRIX
} ApNodedevXmlKind;

/**
 * ap_nodedev_xml_classify:
 * @xml: a node device document, or any other text
 *
 * A document of the second kind need not be acceptable: it may name a wrong
 * parent, be too large or have a document type declaration. It is
 * ap_nodedev_xml_parse() that refuses it.
 *
 * Returns: the kind; never fails.
 *
 * Since: 0.1
 */
ApNodedevXmlKind
ap_nodedev_xml_classify(const char *xml);

/**
 * ap_nodedev_xml_parse:
 * @xml: a document for create or define
 * @error: return location
 *
 * Makes a wish of @xml: a matrix without name, path, driver and IOMMU group,
 * and without UUID where the document has none. Names, paths and drivers in the
 * document are ignored, as libvirt does. Order and duplicates of <attr> are
 * kept, their values are as written.
 *
 * A document may have up to 1 MiB, 4096 <attr> and 16 levels of elements, and no
 * document type declaration.
 *
 * Returns: the wish, owned by the caller, or NULL with
 *     AP_ERROR_XML: not well formed, over a limit, a malformed UUID, IOMMU group
 *         or <devnode>;
 *     AP_ERROR_UNSUPPORTED: no or wrong type, parent or capability; an <attr>
 *         without name or value, with an unknown name, or with a value out of
 *         range.
 *
 * Since: 0.1
 */
ApDevice *
ap_nodedev_xml_parse(const char *xml, GError **error);

/**
 * ap_nodedev_xml_format:
 * @device: any AP device
 *
 * Formats @device as libvirt does. An inactive device has no path and no driver.
 *
 * Returns: the document, to be freed with g_free(); never NULL.
 *
 * Since: 0.1
 */
char *
ap_nodedev_xml_format(const ApDevice *device);

/**
 * ap_nodedev_xml_validate:
 * @xml: a document for create or define
 * @schema_path: a RELAX NG schema: libvirt's nodedev.rng, or ap-nodedev.rng,
 *     which also knows the attributes of AP matrices and their ranges
 * @error: return location
 *
 * Returns: whether @xml is valid, FALSE with
 *     AP_ERROR_XML: not well formed, or over a limit;
 *     AP_ERROR_SCHEMA: not valid; the message has the first problem;
 *     AP_ERROR_INTERNAL: the schema cannot be used.
 *
 * Since: 0.1
 */
gboolean
ap_nodedev_xml_validate(const char *xml, const char *schema_path, GError **error);

G_END_DECLS
