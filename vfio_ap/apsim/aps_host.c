// SPDX-License-Identifier: GPL-2.0
/*
 * The host's own /sys, as far as it shows through.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aps_host.h"

struct aps_host {
	GPtrArray *entries[APS_MIXED_COUNT];
};

/* Where the directory is, and which names in it are the simulated machine's. */
static const struct mixed {
	const char *path;
	const char *hidden[8];
} mixed[] = {
	[APS_MIXED_ROOT] = { "",
			     { "bus", "class", "dev", "devices", "kernel", "module" } },
	[APS_MIXED_BUS] = { "bus", { "ap", "matrix", "mdev" } },
	[APS_MIXED_CLASS] = { "class", { "mdev_bus", "vfio", "vfio-dev" } },
	[APS_MIXED_DEV] = { "dev", { "char" } },
	[APS_MIXED_DEV_CHAR] = { "dev/char", { NULL } },
	[APS_MIXED_DEVICES] = { "devices", { "ap", "vfio_ap", "virtual" } },
	[APS_MIXED_VIRTUAL] = { "devices/virtual", { "vfio" } },
	[APS_MIXED_KERNEL] = { "kernel", { "iommu_groups" } },
	[APS_MIXED_IOMMU_GROUPS] = { "kernel/iommu_groups", { NULL } },
	[APS_MIXED_MODULE] = { "module",
			       { "ap", "mdev", "vfio", "vfio_ap", "zcrypt",
				 "zcrypt_cex4" } },
};

G_STATIC_ASSERT(G_N_ELEMENTS(mixed) == APS_MIXED_COUNT);

static void entry_free(gpointer data)
{
	struct aps_host_entry *entry = data;

	g_free(entry->name);
	g_free(entry->target);
	g_free(entry);
}

static bool is_hidden(enum aps_mixed dir, const char *name)
{
	const char *const *hidden;

	for (hidden = mixed[dir].hidden; *hidden; hidden++)
		if (!strcmp(*hidden, name))
			return true;
	return false;
}

static char *read_target(int dirfd, const char *name)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(dirfd, name, target, sizeof(target) - 1);

	return len < 0 ? NULL : g_strndup(target, len);
}

/* An entry that vanishes or cannot be looked at is as good as not there. */
static struct aps_host_entry *read_entry(int dirfd, const char *name)
{
	struct aps_host_entry *entry;
	g_autofree char *target = NULL;
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
		return NULL;
	if (S_ISLNK(st.st_mode)) {
		target = read_target(dirfd, name);
		if (!target || strstr(target, "/virtual/vfio/"))
			return NULL;
	}
	entry = g_new0(struct aps_host_entry, 1);
	entry->name = g_strdup(name);
	entry->target = g_steal_pointer(&target);
	entry->mode = st.st_mode;
	return entry;
}

static int compare_entries(gconstpointer a, gconstpointer b)
{
	const struct aps_host_entry *x = *(struct aps_host_entry *const *)a;
	const struct aps_host_entry *y = *(struct aps_host_entry *const *)b;

	return strcmp(x->name, y->name);
}

static void read_dir(struct aps_host *host, enum aps_mixed which)
{
	g_autofree char *path = g_build_filename("/sys", mixed[which].path, NULL);
	DIR *dir = opendir(path);
	struct aps_host_entry *entry;
	struct dirent *dirent;

	if (!dir)
		return;
	while ((dirent = readdir(dir))) {
		if (dirent->d_name[0] == '.' || is_hidden(which, dirent->d_name))
			continue;
		entry = read_entry(dirfd(dir), dirent->d_name);
		if (entry)
			g_ptr_array_add(host->entries[which], entry);
	}
	closedir(dir);
	g_ptr_array_sort(host->entries[which], compare_entries);
}

struct aps_host *aps_host_new(void)
{
	struct aps_host *host = g_new0(struct aps_host, 1);
	int i;

	for (i = 0; i < APS_MIXED_COUNT; i++) {
		host->entries[i] = g_ptr_array_new_with_free_func(entry_free);
		read_dir(host, i);
	}
	return host;
}

void aps_host_free(struct aps_host *host)
{
	int i;

	if (!host)
		return;
	for (i = 0; i < APS_MIXED_COUNT; i++)
		g_ptr_array_unref(host->entries[i]);
	g_free(host);
}

const char *aps_host_path(enum aps_mixed dir)
{
	return mixed[dir].path;
}

guint aps_host_count(const struct aps_host *host, enum aps_mixed dir)
{
	return host->entries[dir]->len;
}

const struct aps_host_entry *aps_host_entry(const struct aps_host *host,
					    enum aps_mixed dir, guint index)
{
	if (index >= host->entries[dir]->len)
		return NULL;
	return g_ptr_array_index(host->entries[dir], index);
}

int aps_host_find(const struct aps_host *host, enum aps_mixed dir, const char *name)
{
	struct aps_host_entry wanted = { .name = (char *)name };
	gpointer wanted_pointer = &wanted;
	struct aps_host_entry *const *entries = (void *)host->entries[dir]->pdata;
	guint low = 0, high = host->entries[dir]->len;

	while (low < high) {
		guint middle = (low + high) / 2;
		int order = compare_entries(&wanted_pointer, &entries[middle]);

		if (!order)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}
