/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * machine.h: what the tests of the host library on a simulated machine share.
 * They run as the command of "apsim run" and work on "/".
 */
#pragma once

#include <libvirt-ap/ap-host.h>

/* Writes @text to a control file of the machine, such as "guest_open". */
void
machine_control(const char *file, const char *text);
/* Writes @text to an absolute path; returns 0 or errno. */
int
machine_write(const char *path, const char *text);
/* Makes the file @path anew. */
void
machine_make_file(const char *path, const char *text);
/* Content of an absolute path; caller frees. */
char *
machine_read(const char *path);

/* A wish: attributes as "assign_adapter=5 assign_domain=4"; @uuid may be NULL. */
ApDevice *
machine_wish(const char *uuid, const char *attrs);
/* Creates it, or fails the test. */
ApDevice *
machine_create(ApHost *host, const char *uuid, const char *attrs);
/* The matrix is refused with @code and a message that has @message in it, and
 * nothing of it is left. */
void
machine_assert_refused(ApHost *host,
                       const char *uuid,
                       const char *attrs,
                       ApError code,
                       const char *message);
void
machine_destroy(ApHost *host, const char *name);
/* Destroys and undefines it, as far as there is anything of it. */
void
machine_remove(ApHost *host, const char *name);
/* Attributes of @device in the form of machine_wish(); caller frees. */
char *
machine_print_attrs(const ApDevice *device);
/* Number of matrices that exist. */
guint
machine_count(ApHost *host);
/* No queue is in two matrices or in a matrix and the host pool, and no lock is
 * left behind. */
void
machine_assert_sound(ApHost *host);
