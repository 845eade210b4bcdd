// SPDX-License-Identifier: GPL-2.0
/*
 * What a command on the simulated machine sees.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aps_copy.h"
#include "aps_error.h"
#include "aps_mount.h"

#define MIB (1024 * 1024)

/* Directories of which the machine has its own. */
static const struct private_dir {
	const char *path;
	struct aps_copy copy;
} private_dirs[] = {
	{ "/etc/mdevctl.d", { .depth = 0 } },
	{ "/etc/libvirt", { .depth = 8, .max_file = MIB, .budget = 16 * MIB } },
	{ "/etc/udev/rules.d", { .depth = 2, .max_file = MIB, .budget = 4 * MIB } },
	{ "/var/lib/libvirt", { .depth = 2 } },
	{ "/var/log/libvirt", { .depth = 2 } },
	{ "/var/cache/libvirt", { .depth = 3, .max_file = 2 * MIB, .budget = 16 * MIB } },
	{ "/run", { .depth = 1 } },
};

/* Directories that have to be there, whether the host has them or not. */
static const struct wanted_dir {
	const char *path;
	mode_t mode;
} wanted_dirs[] = {
	{ "/etc/mdevctl.d/scripts.d", 0755 },
	{ "/etc/mdevctl.d/scripts.d/callouts", 0755 },
	{ "/etc/mdevctl.d/scripts.d/notifiers", 0755 },
	{ "/run/lock", 01777 },
	{ "/run/udev", 0755 },
	{ "/run/udev/data", 0755 },
	{ "/run/udev/tags", 0755 },
	{ "/run/libvirt", 0755 },
	{ "/run/dbus", 0755 },
	{ "/run/user", 0755 },
	{ APS_CONTROL_DIR, 0755 },
};

static bool do_mount(const char *source, const char *target, const char *type,
		     unsigned long flags, const char *data, GError **error)
{
	if (!mount(source, target, type, flags, data))
		return true;
	return aps_error_set_errno(error, errno, "cannot mount %s on %s",
				   type ? type : source, target);
}

/*
 * In a chroot the mount that / belongs to cannot be named.  Entering a mount
 * namespace, be it the one we are in, leads to its real root; then back.
 */
static bool make_private_from_above(GError **error)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int here = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	bool done = root >= 0 && here >= 0 && !setns(here, CLONE_NEWNS) &&
		    !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
		    !fchdir(root) && !chroot(".");

	if (!done)
		aps_error_set_errno(error, errno, "cannot leave the mounts of the host");
	if (root >= 0)
		close(root);
	if (here >= 0)
		close(here);
	return done;
}

/* From here on no mount of ours is seen outside. */
static bool make_private(GError **error)
{
	if (!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return true;
	if (errno == EINVAL)
		return make_private_from_above(error);
	return aps_error_set_errno(error, errno, "cannot leave the mounts of the host");
}

bool aps_mount_begin(GError **error)
{
	if (unshare(CLONE_NEWNS))
		return aps_error_set_errno(error, errno, "cannot make a mount namespace");
	return make_private(error) &&
	       do_mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL,
			error);
}

static int open_sys(GError **error)
{
	int fd = open("/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		aps_error_set_errno(error, errno, "cannot open /sys");
	return fd;
}

bool aps_mount_fuse(int fuse_fd, struct aps_hidden_sys *sys, GError **error)
{
	g_autofree char *options = NULL;

	sys->host = open_sys(error);
	if (sys->host < 0)
		return false;
	/* Where that is not allowed, the host's interfaces are seen; so be it. */
	(void)mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	sys->network = open_sys(error);
	if (sys->network < 0)
		return false;
	options = g_strdup_printf("fd=%d,rootmode=40555,user_id=0,group_id=0,allow_other,"
				  "default_permissions",
				  fuse_fd);
	return do_mount("apsim", "/sys", "fuse.apsim", MS_NOSUID | MS_NOEXEC, options,
			error);
}

/* --- /sys ---------------------------------------------------------------- */

/* Whether a mixed directory leads to network interfaces. */
static bool shows_network(enum aps_mixed dir)
{
	switch (dir) {
	case APS_MIXED_BUS:
	case APS_MIXED_CLASS:
	case APS_MIXED_DEVICES:
	case APS_MIXED_VIRTUAL:
		return true;
	default:
		return false;
	}
}

/* Lets a real entry of a mixed directory show through. */
static int bind_host_entry(const struct aps_hidden_sys *sys, enum aps_mixed dir,
			   const struct aps_host_entry *entry)
{
	const char *path = aps_host_path(dir);
	g_autofree char *from = g_strdup_printf(
		"/proc/self/fd/%d/%s%s%s", shows_network(dir) ? sys->network : sys->host,
		path, *path ? "/" : "", entry->name);
	g_autofree char *to = g_build_filename("/sys", path, entry->name, NULL);

	return mount(from, to, NULL, MS_BIND | MS_REC, NULL) ? errno : 0;
}

/* One entry that cannot be had does not stop the machine; the user is told. */
static void bind_host_sys(const struct aps_host *host, const struct aps_hidden_sys *sys)
{
	const struct aps_host_entry *entry;
	unsigned int lost = 0;
	guint dir, i;
	int err;

	for (dir = 0; dir < APS_MIXED_COUNT; dir++) {
		for (i = 0; (entry = aps_host_entry(host, dir, i)); i++) {
			if (S_ISLNK(entry->mode))
				continue;
			err = bind_host_entry(sys, dir, entry);
			if (err && !lost++)
				fprintf(stderr,
					"apsim: /sys/%s/%s of the host is not visible: "
					"%s\n",
					aps_host_path(dir), entry->name, g_strerror(err));
		}
	}
	if (lost > 1)
		fprintf(stderr, "apsim: nor are %u other entries of its /sys\n",
			lost - 1);
}

/* --- /dev ---------------------------------------------------------------- */

static bool bind_dev_entry(int host_dev, const char *name, const char *path, mode_t mode,
			   GError **error)
{
	g_autofree char *from = g_strdup_printf("/proc/self/fd/%d/%s", host_dev, name);
	int fd;

	if (S_ISDIR(mode)) {
		if (mkdir(path, 0755))
			return aps_error_set_errno(error, errno, "cannot create %s",
						   path);
	} else {
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return aps_error_set_errno(error, errno, "cannot create %s",
						   path);
		close(fd);
	}
	return do_mount(from, path, NULL, MS_BIND | MS_REC, NULL, error);
}

static bool copy_dev_link(int host_dev, const char *name, const char *path,
			  GError **error)
{
	char target[4096];
	ssize_t len = readlinkat(host_dev, name, target, sizeof(target) - 1);

	if (len >= 0) {
		target[len] = '\0';
		if (!symlink(target, path))
			return true;
	}
	return aps_error_set_errno(error, errno, "cannot copy the link %s", path);
}

static bool copy_dev_node(const char *path, const struct stat *st)
{
	return !mknod(path, st->st_mode, st->st_rdev) &&
	       !chown(path, st->st_uid, st->st_gid) && !chmod(path, st->st_mode & 07777);
}

static bool copy_dev_entry(int host_dev, const char *name, GError **error)
{
	g_autofree char *path = g_build_filename("/dev", name, NULL);
	struct stat st;

	if (fstatat(host_dev, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ||
		       aps_error_set_errno(error, errno, "cannot look at %s", path);
	if (S_ISLNK(st.st_mode))
		return copy_dev_link(host_dev, name, path, error);
	if ((S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) && copy_dev_node(path, &st))
		return true;
	/* Containers may not make nodes, and a half-made one is bound over. */
	return bind_dev_entry(host_dev, name, path, st.st_mode, error);
}

/* A /dev of our own, as the host's must not get a directory from us. */
static bool compose_dev(GError **error)
{
	int host_dev = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;
	bool done;
	DIR *dir;

	if (host_dev < 0)
		return aps_error_set_errno(error, errno, "cannot open /dev");
	dir = fdopendir(host_dev);
	done = do_mount("apsim", "/dev", "tmpfs", MS_NOSUID, "mode=0755", error);
	while (done && (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		done = copy_dev_entry(host_dev, entry->d_name, error);
	}
	closedir(dir);
	if (done && mkdir("/dev/vfio", 0755))
		return aps_error_set_errno(error, errno, "cannot create /dev/vfio");
	return done;
}

static bool mount_vfio(GError **error)
{
	if (access("/dev/vfio", F_OK) && !compose_dev(error))
		return false;
	return do_mount("/sys/" APS_HIDDEN_DIR "/" APS_HIDDEN_VFIO, "/dev/vfio", NULL,
			MS_BIND, NULL, error);
}

/* --- private directories ------------------------------------------------- */

/* Lays a writable layer in memory over a directory of the host's. */
static bool lay_over(const char *path, GError **error)
{
	g_autofree char *options = NULL;

	if (!do_mount("apsim", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755", error))
		return false;
	if (mkdir("/tmp/upper", 0755) || mkdir("/tmp/work", 0755))
		return aps_error_set_errno(error, errno,
					   "cannot create a directory in memory");
	options = g_strdup_printf("lowerdir=%s,upperdir=/tmp/upper,workdir=/tmp/work",
				  path);
	if (!do_mount("overlay", path, "overlay", 0, options, error))
		return false;
	if (umount2("/tmp", MNT_DETACH))
		return aps_error_set_errno(error, errno, "cannot unmount a helper");
	return true;
}

/*
 * A directory that the host does not have needs a place to be mounted on that is
 * not on the host's disk: what there is above it gets a layer in memory, once.
 */
static bool make_mount_point(const char *path, GPtrArray *layers, GError **error)
{
	g_autofree char *above = g_path_get_dirname(path);

	while (access(above, F_OK)) {
		char *higher = g_path_get_dirname(above);

		g_free(above);
		above = higher;
	}
	if (!g_ptr_array_find_with_equal_func(layers, above, g_str_equal, NULL)) {
		if (!lay_over(above, error))
			return false;
		g_ptr_array_add(layers, g_steal_pointer(&above));
	}
	if (g_mkdir_with_parents(path, 0755))
		return aps_error_set_errno(error, errno, "cannot create %s", path);
	return true;
}

static bool copy_into(int from, const char *path, const struct aps_copy *what,
		      GError **error)
{
	int to = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct aps_copy copy = *what;
	bool done;

	if (to < 0)
		return aps_error_set_errno(error, errno, "cannot open the new %s", path);
	done = aps_copy_tree(from, to, &copy, error);
	close(to);
	if (!done)
		g_prefix_error(error, "%s: ", path);
	return done;
}

static bool mount_private(const struct private_dir *dir, GError **error)
{
	bool done;
	int from;

	from = open(dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (from < 0)
		return aps_error_set_errno(error, errno, "cannot open %s", dir->path);
	done = do_mount("apsim", dir->path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755",
			error) &&
	       copy_into(from, dir->path, &dir->copy, error);
	close(from);
	return done;
}

/*
 * What udevd knows about the host's own devices.  From /run/systemd nothing is
 * taken: no service manager answers inside.
 */
static bool fill_run(int host_run, GError **error)
{
	const struct aps_copy all = { .depth = 2, .max_file = MIB, .budget = 64 * MIB };
	int udev = openat(host_run, "udev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = true;

	if (rmdir("/run/systemd") && errno != ENOENT)
		return aps_error_set_errno(error, errno,
					   "cannot remove the new /run/systemd");
	if (udev >= 0) {
		done = copy_into(udev, "/run/udev", &all, error);
		close(udev);
	}
	return done;
}

static bool make_wanted_dirs(GError **error)
{
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(wanted_dirs); i++) {
		const struct wanted_dir *dir = &wanted_dirs[i];

		if (mkdir(dir->path, 0755) && errno != EEXIST)
			return aps_error_set_errno(error, errno, "cannot create %s",
						   dir->path);
		if (chmod(dir->path, dir->mode))
			return aps_error_set_errno(
				error, errno, "cannot set the mode of %s", dir->path);
	}
	return true;
}

/* All of them before the first is used: a layer hides what is mounted below it. */
static bool make_mount_points(GError **error)
{
	g_autoptr(GPtrArray) layers = g_ptr_array_new_with_free_func(g_free);
	bool done = true;
	size_t i;

	for (i = 0; done && i < G_N_ELEMENTS(private_dirs); i++)
		if (access(private_dirs[i].path, F_OK))
			done = make_mount_point(private_dirs[i].path, layers, error);
	return done;
}

static bool mount_private_dirs(GError **error)
{
	int host_run = open("/run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done;
	size_t i;

	if (host_run < 0)
		return aps_error_set_errno(error, errno, "cannot open /run");
	done = make_mount_points(error);
	for (i = 0; done && i < G_N_ELEMENTS(private_dirs); i++)
		done = mount_private(&private_dirs[i], error);
	done = done && fill_run(host_run, error) && make_wanted_dirs(error);
	close(host_run);
	return done;
}

bool aps_mount_rest(const struct aps_host *host, const struct aps_hidden_sys *sys,
		    GError **error)
{
	mode_t mask = umask(0);
	bool done;

	bind_host_sys(host, sys);
	close(sys->host);
	close(sys->network);
	done = mount_vfio(error) && mount_private_dirs(error) &&
	       do_mount("/sys/" APS_HIDDEN_DIR "/" APS_HIDDEN_CONTROL, APS_CONTROL_DIR,
			NULL, MS_BIND, NULL, error);
	umask(mask);
	return done;
}
