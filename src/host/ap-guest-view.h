/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-guest-view.h: which guest has a matrix, for people to see.  Changes nothing and
 * needs no lock: what it tells may be of the past at once.
 */
#pragma once

#include <libvirt-ap/ap-host.h>

#include "ap-vfio-user.h"

typedef enum {
    AP_GUEST_STARTING, /* it is about to start, and has not opened the matrix yet */
    AP_GUEST_RUNNING,  /* it runs, and has it open */
    AP_GUEST_DETACHED, /* it runs, was started with it, and does not have it open */
    AP_GUEST_LAST
} ApGuestState;

/* Begin with all zero. */
typedef struct {
    char *name;              /* printable; NULL: a process that is no guest */
    char uuid[AP_UUID_SIZE]; /* empty where nobody knows it */
    gint64 since;            /* seconds since 1970; 0 where nobody has written it down */
    ApGuestState state;
} ApGuestView;

void
ap_guest_view_clear(ApGuestView *view);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ApGuestView, ap_guest_view_clear)

/* "starting" and so on. */
const char *
ap_guest_state_name(ApGuestState state);

/* Who has the matrix @uuid; FALSE for nobody.  @is_open: some process does, and it is
 * the guest @opener, as ap_host_describe_user() tells; without a name: no guest, or not
 * known. */
gboolean
ap_guest_look(ApHost *host,
              const char *uuid,
              gboolean is_open,
              const ApVfioGuest *opener,
              ApGuestView *view);

/* The name of the guest that was started with the matrix @uuid, by what is written down
 * alone, which costs little; NULL for none.  Caller frees. */
char *
ap_guest_look_up_name(ApHost *host, const char *uuid);
