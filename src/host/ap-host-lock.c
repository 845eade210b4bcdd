/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-lock.c: what is allowed is read, then the lock is taken that s390-tools take.
 */
#include "ap-host-priv.h"

static ApLock *
acquire(ApHost *host, const ApConfig *config, GError **error)
{
    gint64 timeout = config->deadline * G_USEC_PER_SEC;

    return ap_lock_acquire(host->root, host->lock_timeout ? host->lock_timeout : timeout,
                           error);
}

ApLock *
ap_host_lock(ApHost *host, ApConfig *config, GError **error)
{
    return ap_config_read(host->root, config, error) ? acquire(host, config, error)
                                                     : NULL;
}

ApLock *
ap_host_begin_change(ApHost *host, GError **error)
{
    ApConfig config;
    ApLock *lock = ap_host_lock(host, &config, error);

    if (lock)
        ap_host_clean_up(host);
    return lock;
}

ApLock *
ap_host_lock_to_recover(ApHost *host, GError **error)
{
    ApConfig config;

    ap_config_read(host->root, &config, NULL);
    return acquire(host, &config, error);
}

gboolean
ap_host_shows_extensions(ApHost *host)
{
    ApConfig config;

    ap_config_read(host->root, &config, NULL);
    return config.show_extensions;
}
