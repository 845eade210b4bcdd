/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private to the server: what its operations on names and on files share.
 */
#ifndef APS_FUSE_OPS_H
#define APS_FUSE_OPS_H

#define FUSE_USE_VERSION 312

#include <fuse_lowlevel.h>

#include "aps_fuse.h"
#include "aps_tree.h"

/* What sysfs shows as size, and what it takes of one write. */
#define APS_FILE_SIZE 4096

/**
 * struct aps_fuse - the server
 * @machine: the machine, whose lock also protects @changed
 * @session: libfuse's
 * @changed: struct stat by inode number: what chmod, chown and utime did
 * @born: time of all files
 * @thread: runs the loop
 */
struct aps_fuse {
	struct aps_machine *machine;
	struct fuse_session *session;
	GHashTable *changed;
	time_t born;
	GThread *thread;
};

static inline struct aps_fuse *aps_fuse_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

/* The lock is held. */
void aps_fuse_stat(struct aps_fuse *fuse, const struct aps_node *node, struct stat *st);

/* Operations of libfuse. */
void aps_fuse_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info);
void aps_fuse_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info);
void aps_fuse_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		   struct fuse_file_info *info);
void aps_fuse_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size,
		    off_t off, struct fuse_file_info *info);
void aps_fuse_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info,
		   struct fuse_pollhandle *waiter);

#endif
