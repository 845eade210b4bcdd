// SPDX-License-Identifier: GPL-2.0
/*
 * Copies a directory tree with owners and modes.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aps_copy.h"
#include "aps_error.h"

#define CHUNK (1024 * 1024)

/*
 * What vanished meanwhile need not be copied, and what even root may not look at
 * (somebody's FUSE file system below /run) cannot be.
 */
static bool may_skip(int err)
{
	return err == ENOENT || err == EACCES || err == EPERM;
}

static bool copy_owner(int to, const struct stat *st, GError **error)
{
	if (fchown(to, st->st_uid, st->st_gid) || fchmod(to, st->st_mode & 07777))
		return aps_error_set_errno(error, errno,
					   "cannot copy an owner or a mode");
	return true;
}

static bool copy_bytes(int from, int to, const char *name, GError **error)
{
	ssize_t len;

	do {
		len = sendfile(to, from, NULL, CHUNK);
	} while (len > 0);
	return !len || aps_error_set_errno(error, errno, "cannot copy %s", name);
}

static bool copy_file(int from_dir, int to_dir, const char *name, const struct stat *st,
		      GError **error)
{
	int from = openat(from_dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool done = false;
	int to;

	if (from < 0)
		return may_skip(errno) ||
		       aps_error_set_errno(error, errno, "cannot open %s", name);
	to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0) {
		aps_error_set_errno(error, errno, "cannot create %s", name);
	} else {
		done = copy_bytes(from, to, name, error) && copy_owner(to, st, error);
		close(to);
	}
	close(from);
	return done;
}

static bool copy_link(int from_dir, int to_dir, const char *name, GError **error)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(from_dir, name, target, sizeof(target) - 1);

	if (len < 0)
		return aps_error_set_errno(error, errno, "cannot read the link %s", name);
	target[len] = '\0';
	if (symlinkat(target, to_dir, name))
		return aps_error_set_errno(error, errno, "cannot create the link %s",
					   name);
	return true;
}

static bool copy_dir(int from_dir, int to_dir, const char *name, struct aps_copy *copy,
		     GError **error)
{
	struct aps_copy deeper = *copy;
	bool done = false;
	int from, to;

	if (!copy->depth)
		return true;
	deeper.depth--;
	from = openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (from < 0)
		return may_skip(errno) ||
		       aps_error_set_errno(error, errno, "cannot open %s", name);
	if (mkdirat(to_dir, name, 0700) && errno != EEXIST) {
		aps_error_set_errno(error, errno, "cannot create %s", name);
	} else {
		to = openat(to_dir, name,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (to < 0) {
			aps_error_set_errno(error, errno, "cannot open the new %s", name);
		} else {
			done = aps_copy_tree(from, to, &deeper, error);
			copy->budget = deeper.budget;
			close(to);
		}
	}
	close(from);
	return done;
}

static bool copy_entry(int from_dir, int to_dir, const char *name, struct aps_copy *copy,
		       GError **error)
{
	struct stat st;

	if (fstatat(from_dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return may_skip(errno) ||
		       aps_error_set_errno(error, errno, "cannot look at %s", name);
	if (S_ISDIR(st.st_mode))
		return copy_dir(from_dir, to_dir, name, copy, error);
	if (!copy->max_file)
		return true;
	if (S_ISLNK(st.st_mode))
		return copy_link(from_dir, to_dir, name, error);
	if (!S_ISREG(st.st_mode) || (gsize)st.st_size > copy->max_file ||
	    (gsize)st.st_size > copy->budget)
		return true;
	copy->budget -= st.st_size;
	return copy_file(from_dir, to_dir, name, &st, error);
}

bool aps_copy_tree(int from, int to, struct aps_copy *copy, GError **error)
{
	int list = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;
	bool done = true;
	struct stat st;
	DIR *dir;

	dir = list < 0 ? NULL : fdopendir(list);
	if (!dir) {
		aps_error_set_errno(error, errno, "cannot list a directory");
		if (list >= 0)
			close(list);
		return false;
	}
	while (done && (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		done = copy_entry(from, to, entry->d_name, copy, error);
	}
	closedir(dir);
	if (!done)
		return false;
	if (fstat(from, &st))
		return aps_error_set_errno(error, errno, "cannot look at a directory");
	return copy_owner(to, &st, error);
}
