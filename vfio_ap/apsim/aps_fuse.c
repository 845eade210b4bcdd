// SPDX-License-Identifier: GPL-2.0
/*
 * Serves the simulated tree through FUSE.
 *
 * Names and attributes stay in the kernel's cache as long as they mean the same;
 * contents of files never do.  Every answer is computed from the model under the
 * machine's lock.
 */
#include "aps_fuse_ops.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "aps_error.h"

/* Seconds. */
#define FOREVER	    (365 * 24 * 3600.0)
#define FOR_A_WHILE 10.0
#define BRIEFLY	    1.0
/* The largest size and offset in sysfs. */
#define MAX_SIZE 0x7fffffff
/* Offsets of "." and ".."; cursors are behind them. */
#define DOT	    1
#define DOT_DOT	    2
#define VFIO_MAJOR  10
#define VFIO_MINOR  196
#define MAX_THREADS 8

/* --- attributes ---------------------------------------------------------- */

void aps_fuse_stat(struct aps_fuse *fuse, const struct aps_node *node, struct stat *st)
{
	u64 ino = aps_node_ino(node);
	const struct stat *changed = g_hash_table_lookup(fuse->changed, &ino);

	memset(st, 0, sizeof(*st));
	st->st_ino = ino;
	st->st_mode = aps_node_mode(fuse->machine, node);
	st->st_blksize = APS_FILE_SIZE;
	st->st_atime = fuse->born;
	st->st_mtime = fuse->born;
	st->st_ctime = fuse->born;
	st->st_nlink = S_ISDIR(st->st_mode) ? aps_node_links(fuse->machine, node) : 1;
	if (S_ISREG(st->st_mode))
		st->st_size = APS_FILE_SIZE;
	if (S_ISCHR(st->st_mode))
		st->st_rdev = makedev(VFIO_MAJOR, VFIO_MINOR);
	if (!changed)
		return;
	st->st_mode = changed->st_mode;
	st->st_uid = changed->st_uid;
	st->st_gid = changed->st_gid;
	st->st_atime = changed->st_atime;
	st->st_mtime = changed->st_mtime;
}

/* Directories whose number of links changes with what comes and goes. */
static double attr_timeout(const struct aps_node *node)
{
	return node->leaf == APS_LEAF_SELF ? BRIEFLY : FOREVER;
}

/*
 * A removal is reported to the kernel, but an answer that is on its way meanwhile
 * may come to be cached after that; therefore not for ever.
 */
static double entry_timeout(const struct aps_node *node)
{
	static const double timeouts[] = {
		[APS_LIFE_NONE] = 0,
		[APS_LIFE_DEVICE] = FOR_A_WHILE,
		[APS_LIFE_EVER] = FOREVER,
	};

	return timeouts[aps_node_life(node)];
}

static void fill_entry(struct aps_fuse *fuse, const struct aps_node *node,
		       struct fuse_entry_param *entry)
{
	memset(entry, 0, sizeof(*entry));
	aps_fuse_stat(fuse, node, &entry->attr);
	entry->ino = entry->attr.st_ino;
	entry->attr_timeout = attr_timeout(node);
	entry->entry_timeout = entry_timeout(node);
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct aps_node dir = aps_node_of_ino(parent), found;
	struct aps_fuse *fuse = aps_fuse_of(req);
	struct fuse_entry_param entry;
	int err;

	aps_machine_lock(fuse->machine);
	err = aps_node_lookup(fuse->machine, &dir, name, &found);
	if (!err)
		fill_entry(fuse, &found, &entry);
	aps_machine_unlock(fuse->machine);
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_entry(req, &entry);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	struct aps_node node = aps_node_of_ino(ino);
	struct aps_fuse *fuse = aps_fuse_of(req);
	struct stat st;
	bool there;

	aps_machine_lock(fuse->machine);
	there = aps_node_exists(fuse->machine, &node) || aps_node_is_held(&node);
	if (there)
		aps_fuse_stat(fuse, &node, &st);
	aps_machine_unlock(fuse->machine);
	if (there)
		fuse_reply_attr(req, &st, attr_timeout(&node));
	else
		fuse_reply_err(req, ENOENT);
}

static void change_stat(struct stat *st, const struct stat *wanted, int what)
{
	if (what & FUSE_SET_ATTR_MODE)
		st->st_mode = (st->st_mode & S_IFMT) | (wanted->st_mode & ~S_IFMT);
	if (what & FUSE_SET_ATTR_UID)
		st->st_uid = wanted->st_uid;
	if (what & FUSE_SET_ATTR_GID)
		st->st_gid = wanted->st_gid;
	if (what & FUSE_SET_ATTR_ATIME)
		st->st_atime =
			what & FUSE_SET_ATTR_ATIME_NOW ? time(NULL) : wanted->st_atime;
	if (what & FUSE_SET_ATTR_MTIME)
		st->st_mtime =
			what & FUSE_SET_ATTR_MTIME_NOW ? time(NULL) : wanted->st_mtime;
}

/* As sysfs: mode, owner and times are kept, a new size is taken and ignored. */
static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *wanted, int what,
		       struct fuse_file_info *info)
{
	const int kept = FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID |
			 FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME;
	struct aps_node node = aps_node_of_ino(ino);
	struct aps_fuse *fuse = aps_fuse_of(req);
	struct stat st;
	bool there;

	if (what & FUSE_SET_ATTR_SIZE && wanted->st_size > MAX_SIZE) {
		fuse_reply_err(req, EFBIG);
		return;
	}
	aps_machine_lock(fuse->machine);
	there = aps_node_exists(fuse->machine, &node) || aps_node_is_held(&node);
	if (there) {
		aps_fuse_stat(fuse, &node, &st);
		change_stat(&st, wanted, what);
		if (what & kept)
			g_hash_table_replace(fuse->changed,
					     g_memdup2(&(u64){ ino }, sizeof(u64)),
					     g_memdup2(&st, sizeof(st)));
	}
	aps_machine_unlock(fuse->machine);
	if (there)
		fuse_reply_attr(req, &st, attr_timeout(&node));
	else
		fuse_reply_err(req, ENOENT);
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	g_autoptr(GString) target = g_string_new(NULL);
	struct aps_node node = aps_node_of_ino(ino);
	struct aps_fuse *fuse = aps_fuse_of(req);
	bool found;

	aps_machine_lock(fuse->machine);
	found = aps_node_exists(fuse->machine, &node) &&
		aps_node_readlink(fuse->machine, &node, target);
	aps_machine_unlock(fuse->machine);
	if (found)
		fuse_reply_readlink(req, target->str);
	else
		fuse_reply_err(req, ENOENT);
}

/* --- directories --------------------------------------------------------- */

/* What is being listed, and into what. */
struct listing {
	fuse_req_t req;
	struct aps_fuse *fuse;
	bool plus;
	char *buf;
	size_t size;
	size_t used;
};

/* False when there is no room for it. */
static bool add_entry(struct listing *list, const char *name,
		      struct fuse_entry_param *entry, off_t off)
{
	char *to = list->buf + list->used;
	size_t room = list->size - list->used;
	size_t need;

	if (list->plus)
		need = fuse_add_direntry_plus(list->req, to, room, name, entry, off);
	else
		need = fuse_add_direntry(list->req, to, room, name, &entry->attr, off);
	if (need > room)
		return false;
	list->used += need;
	return true;
}

static bool add_dots(struct listing *list, fuse_ino_t ino, off_t off)
{
	struct fuse_entry_param entry = { .attr = { .st_ino = ino, .st_mode = S_IFDIR } };

	return (off >= DOT || add_entry(list, ".", &entry, DOT)) &&
	       (off >= DOT_DOT || add_entry(list, "..", &entry, DOT_DOT));
}

static void add_nodes(struct listing *list, const struct aps_node *dir, off_t off)
{
	g_autoptr(GString) name = g_string_new(NULL);
	u64 cursor = off > DOT_DOT ? off - DOT_DOT : 0;
	struct fuse_entry_param entry;
	struct aps_node node;

	while (aps_node_next(list->fuse->machine, dir, &cursor, &node, name)) {
		if (list->plus) {
			fill_entry(list->fuse, &node, &entry);
		} else {
			memset(&entry, 0, sizeof(entry));
			entry.attr.st_ino = aps_node_ino(&node);
			entry.attr.st_mode = aps_node_mode(list->fuse->machine, &node);
		}
		if (!add_entry(list, name->str, &entry, cursor + DOT_DOT))
			return;
	}
}

static void list_dir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, bool plus)
{
	g_autofree char *buf = g_malloc(size);
	struct listing list = {
		.req = req,
		.fuse = aps_fuse_of(req),
		.plus = plus,
		.buf = buf,
		.size = size,
	};
	struct aps_node dir = aps_node_of_ino(ino);

	if (add_dots(&list, ino, off)) {
		aps_machine_lock(list.fuse->machine);
		if (aps_node_exists(list.fuse->machine, &dir))
			add_nodes(&list, &dir, off);
		aps_machine_unlock(list.fuse->machine);
	}
	fuse_reply_buf(req, buf, list.used);
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		       struct fuse_file_info *info)
{
	list_dir(req, ino, size, off, false);
}

static void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
			   struct fuse_file_info *info)
{
	list_dir(req, ino, size, off, true);
}

/* --- what sysfs does not let anybody do ---------------------------------- */

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		     dev_t rdev)
{
	fuse_reply_err(req, S_ISREG(mode) ? EACCES : EPERM);
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	fuse_reply_err(req, EPERM);
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	fuse_reply_err(req, EPERM);
}

static void op_symlink(fuse_req_t req, const char *link, fuse_ino_t parent,
		       const char *name)
{
	fuse_reply_err(req, EPERM);
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
		      fuse_ino_t newparent, const char *newname, unsigned int flags)
{
	fuse_reply_err(req, EPERM);
}

static void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent,
		    const char *newname)
{
	fuse_reply_err(req, EPERM);
}

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		      struct fuse_file_info *info)
{
	fuse_reply_err(req, EACCES);
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct statvfs st = { .f_bsize = APS_FILE_SIZE, .f_namemax = 255 };

	fuse_reply_statfs(req, &st);
}

static const struct fuse_lowlevel_ops operations = {
	.lookup = op_lookup,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.readlink = op_readlink,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.unlink = op_unlink,
	.rmdir = op_unlink,
	.symlink = op_symlink,
	.rename = op_rename,
	.link = op_link,
	.create = op_create,
	.open = aps_fuse_open,
	.read = aps_fuse_read,
	.write = aps_fuse_write,
	.release = aps_fuse_release,
	.poll = aps_fuse_poll,
	.readdir = op_readdir,
	.readdirplus = op_readdirplus,
	.statfs = op_statfs,
};

/* --- the server ---------------------------------------------------------- */

static void forget_name(struct aps_fuse *fuse, enum aps_dir_kind dir, u32 object,
			const char *name)
{
	struct aps_node node = { .dir = dir, .object = object };

	/* It fails when the kernel does not remember it anyway. */
	(void)fuse_lowlevel_notify_inval_entry(fuse->session, aps_node_ino(&node), name,
					       strlen(name));
}

static void on_forget(void *data, const struct aps_stale *stale, guint count)
{
	char name[16];
	guint i;

	for (i = 0; i < count; i++) {
		if (stale[i].apqi < 0) {
			snprintf(name, sizeof(name), "card%02x", (u8)stale[i].apid);
			forget_name(data, APS_DIR_AP, 0, name);
		} else {
			snprintf(name, sizeof(name), "%02x.%04x", (u8)stale[i].apid,
				 (u16)stale[i].apqi);
			forget_name(data, APS_DIR_CARD, aps_card_object(stale[i].apid),
				    name);
		}
		forget_name(data, APS_DIR_AP_BUS_DEVICES, 0, name);
	}
}

static gpointer serve(gpointer data)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	struct aps_fuse *fuse = data;
	int err;

	fuse_loop_cfg_set_clone_fd(config, 1);
	/* No request waits for anything but the lock: more of them only take turns. */
	fuse_loop_cfg_set_max_threads(config,
				      CLAMP(g_get_num_processors(), 2, MAX_THREADS));
	err = fuse_session_loop_mt(fuse->session, config);
	fuse_loop_cfg_destroy(config);
	return GINT_TO_POINTER(err);
}

struct aps_fuse *aps_fuse_start(struct aps_machine *machine, int fd, GError **error)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct aps_fuse *fuse = g_new0(struct aps_fuse, 1);
	g_autofree char *place = g_strdup_printf("/dev/fd/%d", fd);

	fuse->machine = machine;
	fuse->born = time(NULL);
	fuse->changed =
		g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	fuse_opt_add_arg(&args, "apsim");
	fuse->session = fuse_session_new(&args, &operations, sizeof(operations), fuse);
	fuse_opt_free_args(&args);
	if (!fuse->session || fuse_session_mount(fuse->session, place)) {
		g_set_error(error, APS_ERROR, APS_ERROR_SETUP,
			    "libfuse does not serve %s", place);
		g_hash_table_unref(fuse->changed);
		g_free(fuse);
		return NULL;
	}
	machine->forget = on_forget;
	machine->forget_data = fuse;
	fuse->thread = g_thread_new("fuse", serve, fuse);
	return fuse;
}
