/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reservation.c: helpers of the tests of reservation.
 */
#include <unistd.h>

#include "ap-device-priv.h"
#include "ap-host-priv.h"
#include "machine.h"
#include "reservation.h"
#include "sweep.h"

#define LOCK "/run/lock/s390apconfig.lock"

ApDevice *
reservation_try(ApHost *host,
                const char *uuid,
                const char *attrs,
                ApReserve how,
                GError **error)
{
    g_autoptr(ApDevice) wish = machine_wish(uuid, attrs);

    wish->reserve = how;
    return ap_host_create_matrix(host, wish, error);
}

void
reservation_make(ApHost *host, const char *uuid, const char *attrs, ApReserve how)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) device = reservation_try(host, uuid, attrs, how, &error);

    g_assert_no_error(error);
    g_assert_nonnull(device);
}

void
reservation_assert_driver(ApHost *host, const char *queue, const char *driver)
{
    g_autoptr(ApDevice) device = ap_host_lookup(host, queue, NULL);

    g_assert_cmpstr(ap_device_get_driver(device), ==, driver);
}

static void
work(gpointer data)
{
    const ReservationSweep *reservation = data;
    g_autoptr(ApHost) host = ap_host_new("/", NULL);

    ap_device_unref(reservation_try(host, reservation->uuid, reservation->attrs,
                                    reservation->how, NULL));
}

static gboolean
settle(gpointer data)
{
    const ReservationSweep *reservation = data;
    g_autoptr(GError) error = NULL;
    gboolean is_made;

    g_assert_true(ap_host_recover(reservation->host, &error));
    g_assert_no_error(error);
    unlink(LOCK);
    is_made = machine_count(reservation->host) > 0;
    if (is_made) {
        reservation_assert_driver(reservation->host, reservation->queue, "vfio_ap");
        machine_destroy(reservation->host, reservation->name);
    }
    reservation->assert_pool_whole(reservation->data);
    return is_made;
}

void
reservation_kill_everywhere(const ReservationSweep *reservation)
{
    static const Sweep sweep = { NULL, work, settle };

    sweep_kill_everywhere(&sweep, (gpointer)reservation);
}
