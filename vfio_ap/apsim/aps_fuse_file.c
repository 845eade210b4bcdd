// SPDX-License-Identifier: GPL-2.0
/*
 * Files of the simulated tree: open, read, write, and poll, as sysfs does them.
 */
#include "aps_fuse_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

/**
 * struct handle - an open file
 * @text: what was last made of it, or NULL before the first read
 * @next: offset behind the last read
 * @era: which of the devices of that name it belongs to, see aps_machine_era()
 */
struct handle {
	GString *text;
	gsize next;
	guint era;
};

/* A write to remove that waits for a guest. */
struct pending {
	fuse_req_t req;
	size_t size;
};

static int check_fault(struct aps_fuse *fuse, const struct aps_node *node,
		       enum aps_operation operation)
{
	g_autoptr(GString) name = NULL;

	/* The means to ask for failures must not fail. */
	if (node->dir == APS_DIR_CONTROL)
		return 0;
	name = g_string_new(NULL);
	aps_node_name(fuse->machine, node, name);
	return aps_faults_check(fuse->machine->faults, operation, name->str);
}

/* sysfs asks for the permission bits even of root. */
static int check_access(mode_t mode, int flags)
{
	int access = flags & O_ACCMODE;

	if (access != O_RDONLY && !(mode & 0222))
		return -EACCES;
	return access != O_WRONLY && !(mode & 0444) ? -EACCES : 0;
}

/* A VFIO group serves one at a time, and not beside a guest. */
static int open_group(struct aps_machine *machine, const struct aps_node *node)
{
	struct aps_mdev *mdev = aps_machine_mdev(machine, node->object);

	if (mdev->group_opened || mdev->core.user)
		return -EBUSY;
	mdev->group_opened = true;
	return 0;
}

static bool is_group(const struct aps_node *node)
{
	return node->dir == APS_DIR_DEV_VFIO && node->leaf == APS_LEAF_DYNAMIC;
}

static int open_node(struct aps_fuse *fuse, const struct aps_node *node, int flags)
{
	struct stat st;
	int err;

	if (!aps_node_exists(fuse->machine, node))
		return -ENOENT;
	aps_fuse_stat(fuse, node, &st);
	err = check_access(st.st_mode, flags);
	if (!err && flags & O_DIRECT)
		err = -EINVAL;
	if (!err)
		err = check_fault(fuse, node, APS_OPERATION_OPEN);
	if (!err && is_group(node))
		err = open_group(fuse->machine, node);
	return err;
}

void aps_fuse_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	struct aps_node node = aps_node_of_ino(ino);
	struct aps_fuse *fuse = aps_fuse_of(req);
	struct handle *handle;
	guint era;
	int err;

	aps_machine_lock(fuse->machine);
	err = open_node(fuse, &node, info->flags);
	era = aps_node_era(fuse->machine, &node);
	aps_machine_unlock(fuse->machine);
	if (err) {
		fuse_reply_err(req, -err);
		return;
	}
	handle = g_new0(struct handle, 1);
	handle->era = era;
	info->fh = (uintptr_t)handle;
	info->direct_io = 1;
	info->noflush = 1;
	fuse_reply_open(req, info);
}

void aps_fuse_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	struct handle *handle = (struct handle *)(uintptr_t)info->fh;
	struct aps_node node = aps_node_of_ino(ino);
	struct aps_fuse *fuse = aps_fuse_of(req);
	struct aps_mdev *mdev;

	if (is_group(&node)) {
		aps_machine_lock(fuse->machine);
		mdev = aps_machine_mdev(fuse->machine, node.object);
		if (mdev)
			mdev->group_opened = false;
		aps_machine_unlock(fuse->machine);
	}
	if (handle->text)
		g_string_free(handle->text, TRUE);
	g_free(handle);
	fuse_reply_err(req, 0);
}

/* Whether the device that the file was opened for is gone. */
static bool is_over(struct aps_fuse *fuse, const struct aps_node *node,
		    const struct handle *handle)
{
	return !aps_node_exists(fuse->machine, node) ||
	       aps_node_era(fuse->machine, node) != handle->era;
}

/* As a sysfs file: made anew unless a read goes on where the last one ended. */
static int refresh(struct aps_fuse *fuse, const struct aps_node *node,
		   struct handle *handle)
{
	int err;

	if (handle->text)
		g_string_truncate(handle->text, 0);
	else
		handle->text = g_string_new(NULL);
	err = check_fault(fuse, node, APS_OPERATION_READ);
	if (!err && is_over(fuse, node, handle))
		err = -ENODEV;
	return err ? err : aps_node_read(fuse->machine, node, handle->text);
}

void aps_fuse_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		   struct fuse_file_info *info)
{
	struct handle *handle = (struct handle *)(uintptr_t)info->fh;
	struct aps_node node = aps_node_of_ino(ino);
	struct aps_fuse *fuse = aps_fuse_of(req);
	g_autofree char *text = NULL;
	gsize begin, len = 0;
	int err = 0;

	aps_machine_lock(fuse->machine);
	if (!off || !handle->text || (gsize)off != handle->next)
		err = refresh(fuse, &node, handle);
	if (!err) {
		/* A copy: the reader may have closed the file before the reply returns.
		 */
		begin = MIN((gsize)off, handle->text->len);
		len = MIN(size, handle->text->len - begin);
		handle->next = off + len;
		text = g_memdup2(handle->text->str + begin, len);
	}
	aps_machine_unlock(fuse->machine);
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_buf(req, text, len);
}

/* What has not been read yet counts as changed; nothing else ever does. */
void aps_fuse_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info,
		   struct fuse_pollhandle *waiter)
{
	struct handle *handle = (struct handle *)(uintptr_t)info->fh;
	struct aps_node node = aps_node_of_ino(ino);
	unsigned int events = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
	struct aps_fuse *fuse = aps_fuse_of(req);

	if (waiter)
		fuse_pollhandle_destroy(waiter);
	aps_machine_lock(fuse->machine);
	if (!handle->text || is_over(fuse, &node, handle))
		events |= POLLERR | POLLPRI;
	aps_machine_unlock(fuse->machine);
	fuse_reply_poll(req, events);
}

/* --- writes -------------------------------------------------------------- */

static void reply_write(fuse_req_t req, int err, size_t size)
{
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_write(req, size);
}

static void on_removed(void *data, int err)
{
	struct pending *pending = data;

	reply_write(pending->req, err, pending->size);
	g_free(pending);
}

static void on_interrupt(fuse_req_t req, void *data)
{
	struct aps_machine *machine = aps_fuse_of(req)->machine;

	aps_machine_lock(machine);
	aps_machine_interrupt(machine, data);
	aps_machine_unlock(machine);
}

/*
 * Called with the lock.  Returns true when the mdev is gone, else the answer comes
 * later.  A signal may have arrived before the removal began to wait.
 */
static bool remove_mdev(struct aps_fuse *fuse, const struct aps_node *node,
			struct pending *pending)
{
	struct aps_mdev *mdev = aps_machine_mdev(fuse->machine, node->object);

	if (aps_machine_remove_mdev(fuse->machine, mdev, on_removed, pending))
		return true;
	if (fuse_req_interrupted(pending->req))
		aps_machine_interrupt(fuse->machine, pending);
	return false;
}

void aps_fuse_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size,
		    off_t off, struct fuse_file_info *info)
{
	const struct handle *handle = (const struct handle *)(uintptr_t)info->fh;
	struct aps_node node = aps_node_of_ino(ino);
	struct aps_fuse *fuse = aps_fuse_of(req);
	struct pending *pending = NULL;
	bool later = false;
	int err;

	size = MIN(size, APS_FILE_SIZE);
	if (node.dir == APS_DIR_MDEV) {
		pending = g_new0(struct pending, 1);
		*pending = (struct pending){ .req = req, .size = size };
		fuse_req_interrupt_func(req, on_interrupt, pending);
	}
	aps_machine_lock(fuse->machine);
	err = check_fault(fuse, &node, APS_OPERATION_WRITE);
	if (!err && is_over(fuse, &node, handle))
		err = -ENODEV;
	if (!err)
		err = aps_node_write(fuse->machine, &node, buf, size);
	if (err == APS_WRITE_REMOVE && pending) {
		err = 0;
		later = !remove_mdev(fuse, &node, pending);
	}
	aps_machine_unlock(fuse->machine);
	if (later)
		return;
	reply_write(req, err, size);
	g_free(pending);
}
