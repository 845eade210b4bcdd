/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-error.h: the one GError domain of libvirt-ap.
 *
 * Every function that can fail takes a GError ** as its last parameter.  The
 * codes say what kind of refusal it was; the message names the object and the
 * holder and is already translated.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * AP_ERROR:
 *
 * Error domain of all functions of this library.
 *
 * Since: 0.1
 */
#define AP_ERROR (ap_error_quark())

/**
 * ApError:
 * @AP_ERROR_INTERNAL: a fault of libvirt-ap itself; nothing a user can cause
 * @AP_ERROR_XML: the document is malformed or lacks a mandatory part
 * @AP_ERROR_SCHEMA: the document does not validate against the schema
 * @AP_ERROR_UNSUPPORTED: well formed, but asks for what does not exist here
 *     (unknown attribute, wrong parent or type, value out of range)
 * @AP_ERROR_PARENT: the parent is a device that matrices cannot have as one
 * @AP_ERROR_NOT_FOUND: no device of that name
 * @AP_ERROR_EXISTS: a matrix with that UUID exists already
 * @AP_ERROR_CONFLICT: a queue is assigned to another matrix
 * @AP_ERROR_HOST_POOL: a queue belongs to the host pool
 * @AP_ERROR_NOT_ACTIVE: the matrix is defined, but does not exist now
 * @AP_ERROR_NOT_DEFINED: the matrix exists, but has no stored definition
 * @AP_ERROR_BUSY: the matrix is in use by a guest
 * @AP_ERROR_LOCKED: another program holds the AP configuration lock
 * @AP_ERROR_IO: reading or writing a file of the host failed
 * @AP_ERROR_CONFIG: there is a mistake in the configuration file
 * @AP_ERROR_CHANGED: what is to be taken back has been changed since, or cannot be
 *     taken back at all
 * @AP_ERROR_LAST: the number of codes; never raised
 *
 * Since: 0.1
 */
typedef enum {
    AP_ERROR_INTERNAL,
    AP_ERROR_XML,
    AP_ERROR_SCHEMA,
    AP_ERROR_UNSUPPORTED,
    AP_ERROR_PARENT,
    AP_ERROR_NOT_FOUND,
    AP_ERROR_EXISTS,
    AP_ERROR_CONFLICT,
    AP_ERROR_HOST_POOL,
    AP_ERROR_NOT_ACTIVE,
    AP_ERROR_NOT_DEFINED,
    AP_ERROR_BUSY,
    AP_ERROR_LOCKED,
    AP_ERROR_IO,
    AP_ERROR_CONFIG,
    AP_ERROR_CHANGED,
    AP_ERROR_LAST
} ApError;

/**
 * ap_error_quark:
 *
 * Returns: the quark behind %AP_ERROR.
 *
 * Since: 0.1
 */
GQuark
ap_error_quark(void);

G_END_DECLS
