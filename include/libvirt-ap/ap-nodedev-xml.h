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
 * AP_NODEDEV_XML_NAMESPACE:
 *
 * The namespace of the elements that libvirt-ap adds below the <capability> of a
 * matrix; libvirt and its clients ignore them. They are, each at most once:
 *
 * - adapters, domains, control-domains: a list such as 3,5-7,0x10, beside or
 *   instead of <attr>;
 * - reserve: the queues are taken out of the host pool when need be; attribute
 *   persist, yes or no: for good, or until the next boot;
 * - comment: text for people, of 1024 characters at most;
 * - take-from: the name of a guest that a live change may take adapters or domains away
 *   from; it is not stored;
 * - status: how a card, a queue or a matrix is at the moment.  Printed only; what a
 *   document has of it is ignored, like paths and drivers.
 *
 * A document that declares the namespace says all there is to say of these; one
 * that does not says nothing of reserve and comment, and what a definition that
 * it replaces has of them stays.
 *
 * Since: 0.1
 */
#define AP_NODEDEV_XML_NAMESPACE "urn:libvirt-ap:matrix:1"

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
 *         range; an element or attribute of our namespace that is unknown, in a
 *         wrong place, there twice, or says something else than an <attr>.
 *
 * Since: 0.1
 */
ApDevice *
ap_nodedev_xml_parse(const char *xml, GError **error);

/**
 * ApNodedevXmlFlags:
 * @AP_NODEDEV_XML_STOCK: what libvirt prints, and nothing else
 * @AP_NODEDEV_XML_NOTES: reserve and comment of a matrix that has them, too
 * @AP_NODEDEV_XML_RANGES: lists of adapters, domains and control domains instead
 *     of <attr>, unless one of these does not make sense
 * @AP_NODEDEV_XML_STATUS: the status of a device that ap_host_add_status() was
 *     called for, too
 *
 * What of our namespace is in a document.
 *
 * Since: 0.1
 */
typedef enum {
    AP_NODEDEV_XML_STOCK = 0,
    AP_NODEDEV_XML_NOTES = 1 << 0,
    AP_NODEDEV_XML_RANGES = 1 << 1,
    AP_NODEDEV_XML_STATUS = 1 << 2
} ApNodedevXmlFlags;

/**
 * AP_NODEDEV_XML_DESC_EXTENDED:
 *
 * A flag of virNodeDeviceGetXMLDesc() that only the driver module of libvirt-ap
 * knows: the document is in the form of %AP_NODEDEV_XML_NOTES,
 * %AP_NODEDEV_XML_RANGES and %AP_NODEDEV_XML_STATUS together.  libvirt uses the lowest
 * bit only, and refuses this one.
 *
 * Since: 0.1
 */
#define AP_NODEDEV_XML_DESC_EXTENDED (1U << 30)

/**
 * ap_nodedev_xml_format:
 * @device: any AP device
 * @flags: what of our namespace is to be in it
 *
 * Formats @device as libvirt does. An inactive device has no path and no driver.
 *
 * Returns: the document, to be freed with g_free(); never NULL.
 *
 * Since: 0.1
 */
char *
ap_nodedev_xml_format(const ApDevice *device, ApNodedevXmlFlags flags);

/**
 * ApNodedevSchema:
 * @AP_NODEDEV_SCHEMA_LIBVIRT: the nodedev.rng of the libvirt that is installed,
 *     with the elements of our namespace allowed where they may be
 * @AP_NODEDEV_SCHEMA_MATRIX: what an AP matrix may look like, with its attributes
 *     and their ranges
 *
 * Which RELAX NG schema a document is held against; both are in schemas/.
 *
 * Since: 0.1
 */
typedef enum {
    AP_NODEDEV_SCHEMA_LIBVIRT,
    AP_NODEDEV_SCHEMA_MATRIX
} ApNodedevSchema;

/**
 * ap_nodedev_xml_validate:
 * @xml: a document for create or define
 * @schema: what it is held against
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
ap_nodedev_xml_validate(const char *xml, ApNodedevSchema schema, GError **error);

G_END_DECLS
