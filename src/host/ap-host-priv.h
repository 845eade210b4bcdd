/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-priv.h: the inside of a host handle, shared by the files that read it
 * and those that change it.
 */
#pragma once

#include <libvirt-ap/ap-host.h>

#include "ap-config.h"
#include "ap-lock.h"
#include "ap-plan.h"
#include "ap-snapshot.h"
#include "ap-store.h"
#include "ap-vfio-user.h"

struct _ApHost {
    int root; /* beneath which all files are */
    ApStore *store;
    gint64 lock_timeout;   /* microseconds to wait for somebody else's change; 0: as
                            * the configuration says */
    gint64 remove_timeout; /* microseconds to wait for the kernel to remove a matrix */
};

/* Reads the configuration into @config and takes the lock that each change needs, to
 * be given back with ap_lock_release().  NULL with AP_ERROR_CONFIG when there is a
 * mistake in the configuration, for nothing is changed then; with @config filled all
 * the same, AP_ERROR_LOCKED, AP_ERROR_IO. */
ApLock *
ap_host_lock(ApHost *host, ApConfig *config, GError **error);
/* The same, and then finishes or undoes what one who was killed left behind; for what is
 * told to the journal by itself, if at all (else ap-host-change.h). */
ApLock *
ap_host_begin_change(ApHost *host, GError **error);
/* The same as ap_host_lock() for what finishes or undoes a change that was begun already:
 * a mistake in the configuration is no reason to leave that half done. */
ApLock *
ap_host_lock_to_recover(ApHost *host, GError **error);

/* The live masks of the matrix @uuid; FALSE with *@present FALSE when it does
 * not exist, with @error set when it cannot be read.  AP_ERROR_IO. */
gboolean
ap_host_read_matrix(ApHost *host,
                    const char *uuid,
                    ApMatrix *matrix,
                    gboolean *present,
                    GError **error);

/* What the guest of the matrix @uuid, which is @matrix, has of it, or would have if
 * there was one; without control domains.  FALSE when it does not exist, or the kernel
 * does not tell, or cannot be asked about so many queues. */
gboolean
ap_host_read_guest_matrix(ApHost *host,
                          const char *uuid,
                          const ApMatrix *matrix,
                          ApMatrix *guest);

/* Path of @file of the matrix @uuid, or with @file NULL of its directory,
 * beneath the root; caller frees. */
char *
ap_host_matrix_path(const char *uuid, const char *file);

/* The present state, or NULL.  AP_ERROR_IO. */
ApSnapshot *
ap_host_take_snapshot(ApHost *host, GError **error);

/* The active matrix @uuid, whose live masks are @matrix; NULL when it has gone.
 * Drop with ap_device_unref(). */
ApDevice *
ap_host_describe_matrix(ApHost *host, const char *uuid, const ApMatrix *matrix);

void
ap_host_set_not_found(GError **error, const char *name);
/* Parses the name of a matrix; AP_ERROR_NOT_FOUND when it is none, or NULL. */
gboolean
ap_host_parse_matrix_name(const char *name, ApName *parsed, GError **error);

/* Removes the matrix @uuid and waits for the kernel to have done so, but not
 * for ever: AP_ERROR_BUSY when it is in use or its removal hangs.  One that has
 * gone already is none to complain about.  AP_ERROR_IO. */
gboolean
ap_host_remove_matrix(ApHost *host, const char *uuid, GError **error);

/* The UUID that @wish asks for, or a new one; FALSE with AP_ERROR_UNSUPPORTED when it
 * is none. */
gboolean
ap_host_choose_uuid(const ApDevice *wish, char uuid[AP_UUID_SIZE], GError **error);

/* Within a change (ap-host-change.h): the whole transaction that makes the matrix @uuid
 * as @wish has it.  What was done, or NULL; the errors are those of
 * ap_host_create_matrix(). */
ApPlan *
ap_host_create_locked(ApHost *host,
                      const char *uuid,
                      const ApDevice *wish,
                      GError **error);

/* The matrix behind the node device name @name, when it is active, as its UUID.
 * AP_ERROR_NOT_FOUND, AP_ERROR_NOT_ACTIVE. */
gboolean
ap_host_find_active(ApHost *host,
                    const char *name,
                    char uuid[AP_UUID_SIZE],
                    GError **error);

/* Who has the active matrix @uuid open, for a message: the guest, or the process.
 * NULL when nobody is found.  Sets *@guest, if @guest is not NULL, to that guest.  Looks
 * at every process.  Caller frees. */
char *
ap_host_describe_user(ApHost *host, const char *uuid, ApVfioGuest *guest);

/* Whether somebody has the matrix @uuid open; @unknown where the kernel does not tell.
 * Under the lock, and not while a guest may be about to open it: this opens it, too, for
 * a moment. */
gboolean
ap_host_is_open(ApHost *host, const char *uuid, gboolean unknown);

/* Under the lock: settles what somebody left half done who was killed meanwhile;
 * before any change, and when a service starts.  What it did, or could not, it says
 * in a warning. */
void
ap_host_clean_up(ApHost *host);

/* Within a change: stores @wish as the definition @uuid; the errors are those of
 * ap_host_define_matrix(). */
ApDevice *
ap_host_define_locked(ApHost *host,
                      const char *uuid,
                      const ApDevice *wish,
                      GError **error);

/* Within a change: what the functions do that have _matrix for _locked, to the matrix
 * @uuid with the node device name @name. */
void
ap_host_undefine_locked(ApHost *host, const char *name, const char *uuid, GError **error);
void
ap_host_start_locked(ApHost *host, const char *name, const char *uuid, GError **error);
void
ap_host_destroy_locked(ApHost *host, const char *name, const char *uuid, GError **error);

/* A definition as it was: what it says, with its extras, and its text. */
typedef struct {
    ApDevice *device;
    const char *text;
} ApHostDefinition;

/* Within a change: stores @old again, in the place of what is stored, after the checks
 * of ap_host_define_matrix() and ap_host_set_autostart(), whose errors it has. */
gboolean
ap_host_restore_locked(ApHost *host, const ApHostDefinition *old, GError **error);

/* Within a change: the active matrix @name becomes @wish, and its definition @old, if
 * that is not NULL, as by ap_host_update_matrix(). */
void
ap_host_change_back_locked(ApHost *host,
                           const char *name,
                           const ApDevice *wish,
                           const ApHostDefinition *old,
                           GError **error);
