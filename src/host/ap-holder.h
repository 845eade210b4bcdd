/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-holder.h: which guest a matrix is for.  The hook writes a record down before it
 * does anything for a guest, and removes it when all of that has been undone; whoever
 * speaks of the matrix can name the guest.  The records are in /run: no guest outlives
 * the machine.  Records are changed under the AP configuration lock.
 */
#pragma once

#include <sys/types.h>

#include <libvirt-ap/ap-error.h>

#include "ap-name.h"

typedef enum {
    AP_HOLDER_STARTING, /* the guest is about to start */
    AP_HOLDER_RUNNING,  /* it has started; the matrix may have been detached since */
    AP_HOLDER_STOPPED,  /* it has ended; what was done for it is yet to be undone */
    AP_HOLDER_LAST
} ApHolderState;

/* Begin with all zero. */
typedef struct {
    char matrix[AP_UUID_SIZE];
    char guest_uuid[AP_UUID_SIZE];
    char *guest;  /* its name, printable */
    gint64 since; /* seconds since 1970 */
    ApHolderState state;
    gboolean made;           /* the matrix was made for the guest, and goes with it */
    pid_t service;           /* the daemon that runs the guest … */
    guint64 service_started; /* … which tells it from a later process of that number */
} ApHolder;

void
ap_holder_clear(ApHolder *holder);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ApHolder, ap_holder_clear)

/* The record of the matrix @uuid; FALSE when there is none, or none that can be
 * used. */
gboolean
ap_holder_read(int root, const char *uuid, ApHolder *holder);

/* Writes @holder down in the place of an earlier record.  AP_ERROR_IO. */
gboolean
ap_holder_write(int root, const ApHolder *holder, GError **error);

/* Removes the record of the matrix @uuid; one that is not there is none to complain
 * about. */
void
ap_holder_remove(int root, const char *uuid);

/* UUIDs of all matrices that have a record, sorted; g_ptr_array_unref().  Never
 * NULL. */
GPtrArray *
ap_holder_list(int root);

/* Whether the daemon that had the record written down still runs. */
gboolean
ap_holder_is_served(int root, const ApHolder *holder);

/* The record that @text, @len bytes, is.  Pure. */
gboolean
ap_holder_parse(const char *uuid, const char *text, gsize len, ApHolder *holder);
/* The inverse; caller frees. */
char *
ap_holder_format(const ApHolder *holder);
