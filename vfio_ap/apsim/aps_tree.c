// SPDX-License-Identifier: GPL-2.0
/*
 * The simulated tree: inode numbers, names, paths and links.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aps_dirs.h"
#include "aps_objects.h"

/* Parts of a cursor: which source of entries, and how far in it. */
#define CURSOR_SHIFT 48
#define CURSOR_MASK  ((1ULL << CURSOR_SHIFT) - 1)

enum source {
	SOURCE_STATIC,
	SOURCE_CORE,
	SOURCE_HOST,
	SOURCE_DYNAMIC,
	SOURCE_COUNT,
};

u64 aps_node_ino(const struct aps_node *node)
{
	if (node->dir == APS_DIR_ROOT && node->leaf == APS_LEAF_SELF)
		return APS_ROOT_INO;
	return (u64)node->dir << 48 | (u64)node->leaf << 32 | node->object;
}

struct aps_node aps_node_of_ino(u64 ino)
{
	if (ino == APS_ROOT_INO)
		return (struct aps_node){ .dir = APS_DIR_ROOT };
	return (struct aps_node){ .dir = ino >> 48, .leaf = ino >> 32, .object = ino };
}

/* --- what a node is ------------------------------------------------------ */

struct apc_object aps_node_object(const struct aps_machine *machine,
				  const struct aps_node *node)
{
	struct apc_object object = { .kind = aps_dir(node->dir)->core };
	struct aps_mdev *mdev;

	if (aps_dir(node->dir)->object == APS_OBJECT_MDEV) {
		mdev = aps_machine_mdev(machine, node->object);
		object.mdev = mdev ? &mdev->core : NULL;
	} else {
		object.apid = aps_object_apid(node->object);
		object.apqi = aps_object_apqi(node->object);
	}
	return object;
}

static bool core_visible(const struct aps_machine *machine, const struct aps_node *node)
{
	struct apc_object object = aps_node_object(machine, node);

	return apc_attr_visible(&machine->bus, &object, node->leaf - APS_LEAF_CORE);
}

static bool static_visible(const struct aps_machine *machine, const struct aps_node *node)
{
	const struct aps_entry *entry = aps_node_entry(node);

	return entry && (!entry->visible || entry->visible(machine, node->object));
}

static bool is_there(const struct aps_machine *machine, enum aps_dir_kind kind)
{
	const struct aps_dir *dir = aps_dir(kind);

	return !dir->there || dir->there(machine);
}

bool aps_node_exists(const struct aps_machine *machine, const struct aps_node *node)
{
	const struct aps_dir *dir;

	if (node->dir <= APS_DIR_NONE || node->dir >= APS_DIR_COUNT)
		return false;
	dir = aps_dir(node->dir);
	if (node->leaf == APS_LEAF_DYNAMIC)
		return aps_family_has(machine, dir->family, node->object);
	if (!aps_object_exists(machine, dir->object, node->object))
		return false;
	if (node->leaf == APS_LEAF_SELF)
		return is_there(machine, node->dir);
	if (node->leaf >= APS_LEAF_HOST)
		return aps_host_entry(machine->host, dir->mixed,
				      node->leaf - APS_LEAF_HOST);
	if (node->leaf >= APS_LEAF_CORE)
		return core_visible(machine, node);
	return static_visible(machine, node);
}

bool aps_node_is_held(const struct aps_node *node)
{
	return node->dir > APS_DIR_NONE && node->dir < APS_DIR_COUNT &&
	       aps_dir(node->dir)->object == APS_OBJECT_MDEV &&
	       (node->leaf == APS_LEAF_SELF || node->leaf >= APS_LEAF_CORE ||
		aps_node_entry(node));
}

guint aps_node_era(const struct aps_machine *machine, const struct aps_node *node)
{
	switch (aps_dir(node->dir)->object) {
	case APS_OBJECT_CARD:
	case APS_OBJECT_QUEUE:
		return GPOINTER_TO_UINT(g_hash_table_lookup(
			machine->eras, GUINT_TO_POINTER(node->object)));
	case APS_OBJECT_MDEV:
	case APS_OBJECT_NONE:
		break;
	}
	return 0;
}

static mode_t self_mode(enum aps_dir_kind kind)
{
	switch (kind) {
	case APS_DIR_ROOT:
		return S_IFDIR | 0555;
	case APS_DIR_HIDDEN:
		return S_IFDIR | 0700;
	default:
		return S_IFDIR | 0755;
	}
}

mode_t aps_node_mode(const struct aps_machine *machine, const struct aps_node *node)
{
	const struct aps_dir *dir = aps_dir(node->dir);

	if (node->leaf == APS_LEAF_SELF)
		return self_mode(node->dir);
	if (node->leaf == APS_LEAF_DYNAMIC)
		return dir->child_type == S_IFLNK ? S_IFLNK | 0777 : S_IFREG | 0600;
	if (node->leaf >= APS_LEAF_HOST)
		return aps_host_entry(machine->host, dir->mixed,
				      node->leaf - APS_LEAF_HOST)
			->mode;
	if (node->leaf >= APS_LEAF_CORE)
		return S_IFREG | apc_attr_mode(dir->core, node->leaf - APS_LEAF_CORE);
	return aps_node_entry(node)->mode;
}

static unsigned int host_subdirs(const struct aps_machine *machine,
				 const struct aps_dir *dir)
{
	const struct aps_host_entry *entry;
	unsigned int count = 0;
	guint i;

	if (dir->mixed < 0)
		return 0;
	for (i = 0; (entry = aps_host_entry(machine->host, dir->mixed, i)); i++)
		count += S_ISDIR(entry->mode);
	return count;
}

unsigned int aps_node_links(const struct aps_machine *machine,
			    const struct aps_node *node)
{
	const struct aps_dir *dir = aps_dir(node->dir);
	const struct aps_entry *entry;
	unsigned int count = 2, i;

	if (!aps_node_exists(machine, node))
		return count;
	for (i = 0; (entry = aps_dir_entry(node->dir, i)); i++)
		count += S_ISDIR(entry->mode) && entry->dir != APS_DIR_HIDDEN &&
			 is_there(machine, entry->dir);
	if (dir->child_type == S_IFDIR)
		count += aps_family_count(machine, dir->family, node->object);
	return count + host_subdirs(machine, dir);
}

void aps_node_name(const struct aps_machine *machine, const struct aps_node *node,
		   GString *name)
{
	const struct aps_dir *dir = aps_dir(node->dir);

	if (node->leaf == APS_LEAF_DYNAMIC)
		aps_object_name(machine, dir->naming, node->object, name);
	else if (node->leaf >= APS_LEAF_HOST)
		g_string_append(name, aps_host_entry(machine->host, dir->mixed,
						     node->leaf - APS_LEAF_HOST)
					      ->name);
	else if (node->leaf >= APS_LEAF_CORE)
		g_string_append(name,
				apc_attr_name(dir->core, node->leaf - APS_LEAF_CORE));
	else if (node->leaf >= APS_LEAF_STATIC)
		g_string_append(name, aps_node_entry(node)->name);
	else if (dir->name)
		g_string_append(name, dir->name);
	else
		aps_object_name(machine, aps_dir(dir->parent)->naming, node->object,
				name);
}

static enum aps_life life_in_device(const struct aps_node *node)
{
	if (node->leaf == APS_LEAF_SELF)
		return APS_LIFE_DEVICE;
	/* Some files and the link driver come and go with the driver. */
	if (node->leaf >= APS_LEAF_CORE || aps_node_entry(node)->visible)
		return APS_LIFE_NONE;
	return APS_LIFE_EVER;
}

static enum aps_life life_in_mdev(const struct aps_node *node)
{
	/* The name of an mdev may return with another one behind it. */
	if (node->leaf == APS_LEAF_SELF || node->leaf == APS_LEAF_DYNAMIC)
		return APS_LIFE_NONE;
	if (node->leaf >= APS_LEAF_CORE &&
	    !apc_attr_lasts(aps_dir(node->dir)->core, node->leaf - APS_LEAF_CORE))
		return APS_LIFE_NONE;
	return APS_LIFE_EVER;
}

enum aps_life aps_node_life(const struct aps_node *node)
{
	const struct aps_dir *dir = aps_dir(node->dir);

	switch (dir->object) {
	case APS_OBJECT_CARD:
	case APS_OBJECT_QUEUE:
		return life_in_device(node);
	case APS_OBJECT_MDEV:
		return life_in_mdev(node);
	case APS_OBJECT_NONE:
		break;
	}
	if (node->leaf != APS_LEAF_DYNAMIC)
		return dir->there ? APS_LIFE_NONE : APS_LIFE_EVER;
	return dir->family == APS_FAMILY_DEVICES ? APS_LIFE_DEVICE : APS_LIFE_NONE;
}

/* --- paths and links ----------------------------------------------------- */

static struct aps_node parent_of(const struct aps_node *node)
{
	struct aps_node parent = { .dir = aps_dir(node->dir)->parent };

	switch (aps_dir(parent.dir)->object) {
	case APS_OBJECT_CARD:
		parent.object = aps_card_object(aps_object_apid(node->object));
		break;
	case APS_OBJECT_MDEV:
		parent.object = node->object;
		break;
	case APS_OBJECT_QUEUE:
	case APS_OBJECT_NONE:
		break;
	}
	return parent;
}

void aps_node_path(const struct aps_machine *machine, const struct aps_node *node,
		   GString *path)
{
	struct aps_node self = { .dir = node->dir, .object = node->object };
	struct aps_node parent;

	if (node->dir == APS_DIR_ROOT)
		return;
	parent = parent_of(&self);
	aps_node_path(machine, &parent, path);
	if (path->len)
		g_string_append_c(path, '/');
	aps_node_name(machine, &self, path);
}

/* Where a simulated link leads. */
static struct aps_node link_target(const struct aps_node *node)
{
	const struct aps_dir *dir = aps_dir(node->dir);
	struct aps_node to = { .object = node->object };

	if (node->leaf != APS_LEAF_DYNAMIC)
		to.dir = aps_node_entry(node)->dir;
	else if (dir->child != APS_DIR_NONE)
		to.dir = dir->child;
	else
		to.dir = aps_object_apqi(node->object) < 0 ? APS_DIR_CARD : APS_DIR_QUEUE;
	if (aps_dir(to.dir)->object == APS_OBJECT_NONE)
		to.object = 0;
	return to;
}

/*
 * As sysfs: up from the directory of the link to the first one that the target
 * is below, then down.  The target's own name always shows.
 */
static void relative_path(const char *from, const char *to, GString *target)
{
	const char *last = strrchr(to, '/');
	gsize limit = last ? last - to : 0;
	gsize common = 0, i;

	for (i = 0; i <= limit; i++) {
		bool from_ends = from[i] == '\0' || from[i] == '/';
		bool to_ends = i == limit || to[i] == '/';

		if (from_ends && to_ends)
			common = i;
		if (from[i] == '\0' || from[i] != to[i])
			break;
	}
	for (i = common; from[i]; i++)
		if (from[i] == '/' || (i == 0 && common == 0))
			g_string_append(target, "../");
	g_string_append(target, to + common + (to[common] == '/'));
}

bool aps_node_readlink(const struct aps_machine *machine, const struct aps_node *node,
		       GString *target)
{
	g_autoptr(GString) from = NULL;
	g_autoptr(GString) to = NULL;
	struct aps_node here, there;

	if (!S_ISLNK(aps_node_mode(machine, node)))
		return false;
	if (node->leaf >= APS_LEAF_HOST && node->leaf != APS_LEAF_DYNAMIC) {
		g_string_append(target,
				aps_host_entry(machine->host, aps_dir(node->dir)->mixed,
					       node->leaf - APS_LEAF_HOST)
					->target);
		return true;
	}
	from = g_string_new(NULL);
	to = g_string_new(NULL);
	here = (struct aps_node){ .dir = node->dir, .object = node->object };
	there = link_target(node);
	aps_node_path(machine, &here, from);
	aps_node_path(machine, &there, to);
	relative_path(from->str, to->str, target);
	return true;
}

/* --- finding and walking ------------------------------------------------- */

static int find_static(const struct aps_machine *machine, const struct aps_node *in,
		       const char *name, struct aps_node *found)
{
	const struct aps_entry *entry;
	unsigned int i;

	for (i = 0; (entry = aps_dir_entry(in->dir, i)); i++) {
		if (strcmp(entry->name, name) ||
		    (entry->visible && !entry->visible(machine, in->object)))
			continue;
		*found = (struct aps_node){ .dir = in->dir, .object = in->object };
		found->leaf = APS_LEAF_STATIC + i;
		if (S_ISDIR(entry->mode)) {
			found->dir = entry->dir;
			found->leaf = APS_LEAF_SELF;
		}
		return aps_node_exists(machine, found) ? 0 : -ENOENT;
	}
	return -ENOENT;
}

static int find_core(const struct aps_machine *machine, const struct aps_node *in,
		     const char *name, struct aps_node *found)
{
	const struct aps_dir *dir = aps_dir(in->dir);
	int attr = dir->core < 0 ? -ENOENT : apc_attr_find(dir->core, name);

	if (attr < 0)
		return -ENOENT;
	*found = (struct aps_node){ .dir = in->dir, .object = in->object };
	found->leaf = APS_LEAF_CORE + attr;
	return core_visible(machine, found) ? 0 : -ENOENT;
}

static int find_host(const struct aps_machine *machine, const struct aps_node *in,
		     const char *name, struct aps_node *found)
{
	const struct aps_dir *dir = aps_dir(in->dir);
	int index = dir->mixed < 0 ? -1 : aps_host_find(machine->host, dir->mixed, name);

	if (index < 0)
		return -ENOENT;
	*found = (struct aps_node){ .dir = in->dir, .leaf = APS_LEAF_HOST + index };
	return 0;
}

static struct aps_node dynamic_node(const struct aps_node *in, u32 object)
{
	const struct aps_dir *dir = aps_dir(in->dir);

	if (dir->child_type == S_IFDIR)
		return (struct aps_node){ .dir = dir->child, .object = object };
	return (struct aps_node){ .dir = in->dir,
				  .leaf = APS_LEAF_DYNAMIC,
				  .object = object };
}

static int find_dynamic(const struct aps_machine *machine, const struct aps_node *in,
			const char *name, struct aps_node *found)
{
	const struct aps_dir *dir = aps_dir(in->dir);
	u32 object;

	if (dir->family == APS_FAMILY_NONE ||
	    !aps_object_find(machine, dir->naming, name, &object) ||
	    !aps_family_has(machine, dir->family, object) ||
	    !aps_family_belongs(dir->family, in->object, object))
		return -ENOENT;
	*found = dynamic_node(in, object);
	return 0;
}

int aps_node_lookup(const struct aps_machine *machine, const struct aps_node *dir,
		    const char *name, struct aps_node *found)
{
	if (dir->leaf != APS_LEAF_SELF || !aps_node_exists(machine, dir))
		return -ENOENT;
	if (find_static(machine, dir, name, found) &&
	    find_core(machine, dir, name, found) && find_host(machine, dir, name, found))
		return find_dynamic(machine, dir, name, found);
	return 0;
}

/* Entry number @index of a source; moves @index on to the one after it. */
static bool entry_of(const struct aps_machine *machine, const struct aps_node *in,
		     enum source source, u64 *index, struct aps_node *found)
{
	const struct aps_dir *dir = aps_dir(in->dir);
	const struct aps_entry *entry;
	u64 i = *index;
	u32 object;

	*index = i + 1;
	*found = (struct aps_node){ .dir = in->dir, .object = in->object };
	switch (source) {
	case SOURCE_STATIC:
		entry = aps_dir_entry(in->dir, i);
		found->leaf = APS_LEAF_STATIC + i;
		if (entry && S_ISDIR(entry->mode)) {
			found->dir = entry->dir;
			found->leaf = APS_LEAF_SELF;
		}
		return entry;
	case SOURCE_CORE:
		found->leaf = APS_LEAF_CORE + i;
		return dir->core >= 0 && i < apc_attr_count(dir->core);
	case SOURCE_HOST:
		found->leaf = APS_LEAF_HOST + i;
		return dir->mixed >= 0 && i < aps_host_count(machine->host, dir->mixed);
	case SOURCE_DYNAMIC:
		if (!aps_family_next(machine, dir->family, in->object, i, &object))
			return false;
		*index = (u64)object + 1;
		*found = dynamic_node(in, object);
		return true;
	case SOURCE_COUNT:
		break;
	}
	return false;
}

bool aps_node_next(const struct aps_machine *machine, const struct aps_node *dir,
		   u64 *cursor, struct aps_node *found, GString *name)
{
	u64 source = *cursor >> CURSOR_SHIFT;
	u64 index = *cursor & CURSOR_MASK;

	for (; source < SOURCE_COUNT; source++, index = 0) {
		while (entry_of(machine, dir, source, &index, found)) {
			if (!aps_node_exists(machine, found) ||
			    found->dir == APS_DIR_HIDDEN)
				continue;
			*cursor = source << CURSOR_SHIFT | index;
			g_string_truncate(name, 0);
			aps_node_name(machine, found, name);
			return true;
		}
	}
	return false;
}
