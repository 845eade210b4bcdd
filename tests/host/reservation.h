/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reservation.h: what the tests of reservation share, by whichever way a queue leaves
 * the host pool.
 */
#pragma once

#include <libvirt-ap/ap-host.h>

/* Creates a matrix that reserves its queues; its owner is the caller. */
ApDevice *
reservation_try(ApHost *host,
                const char *uuid,
                const char *attrs,
                ApReserve how,
                GError **error);
/* Creates it, or fails the test. */
void
reservation_make(ApHost *host, const char *uuid, const char *attrs, ApReserve how);
/* Which driver has the queue, such as "ap_05_0047". */
void
reservation_assert_driver(ApHost *host, const char *queue, const char *driver);

/* What is tried with a kill at every system call. */
typedef struct {
    ApHost *host;
    const char *uuid;
    const char *name;
    const char *attrs;
    ApReserve how;
    /* One of its queues. */
    const char *queue;
    /* Fails where anything is out of the pool; gets @data. */
    void (*assert_pool_whole)(gconstpointer data);
    gconstpointer data;
} ReservationSweep;

/* There is the matrix and its queues are out, or neither. */
void
reservation_kill_everywhere(const ReservationSweep *reservation);
