/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sends uevents to the monitors of a network namespace: as the kernel does, and
 * then once more as udevd does when it has worked through its rules.
 */
#ifndef APS_UEVENT_H
#define APS_UEVENT_H

#include <glib.h>
#include <stdbool.h>

struct aps_uevents;

/**
 * aps_uevents_new() - opens the sockets in the present network namespace
 * @error: why not
 *
 * Return: the sender, or NULL
 */
struct aps_uevents *aps_uevents_new(GError **error);
void aps_uevents_free(struct aps_uevents *uevents);

/**
 * aps_uevents_queue() - takes an uevent for the next flush; any thread
 * @uevents: the sender
 * @action: add, remove, change, ...
 * @devpath: path below /sys, with a slash in front
 * @subsystem: subsystem
 * @env: further "KEY=value", a NUL behind each
 * @env_len: length of that
 */
void aps_uevents_queue(struct aps_uevents *uevents, const char *action,
		       const char *devpath, const char *subsystem, const char *env,
		       gsize env_len);

/*
 * Sends all that was queued, in that order; when it returns, whatever the
 * caller queued is on its way.  Any thread.
 */
void aps_uevents_flush(struct aps_uevents *uevents);

/* How many are queued; the sender stays in bounds when somebody flushes at times. */
gsize aps_uevents_pending(struct aps_uevents *uevents);

/* The hash of libudev's message header, which its filters compare. */
guint32 aps_uevent_hash(const char *text);

#endif
