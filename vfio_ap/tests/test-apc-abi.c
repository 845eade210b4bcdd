// SPDX-License-Identifier: GPL-2.0
/*
 * The documentation of the sysfs files and the attribute tables name the same
 * files, with the same access.
 */
#include <glib.h>

#include "apc_attr.h"

#define TYPE "/sys/devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/"

static const char *const documents[] = { "sysfs-bus-ap", "sysfs-devices-ap",
					 "sysfs-devices-vfio_ap" };

static const char *const places[] = {
	[APC_KIND_BUS] = "/sys/bus/ap/",
	[APC_KIND_CARD] = "/sys/devices/ap/cardXX/",
	[APC_KIND_QUEUE] = "/sys/devices/ap/cardXX/XX.YYYY/",
	[APC_KIND_MATRIX] = "/sys/devices/vfio_ap/matrix/",
	[APC_KIND_MDEV_TYPE] = TYPE,
	[APC_KIND_MDEV] = "/sys/devices/vfio_ap/matrix/UUID/",
};

static_assert(G_N_ELEMENTS(places) == APC_KIND_COUNT, "every kind has a place");

/* Path to access, as the document says. */
static void read_document(GHashTable *found, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	GPtrArray *paths = g_ptr_array_new();
	unsigned int i, path;

	for (i = 0; lines[i]; i++) {
		if (g_str_has_prefix(lines[i], "What:"))
			g_ptr_array_add(paths, g_strstrip(lines[i] + strlen("What:")));
		if (!g_str_has_prefix(lines[i], "Access:"))
			continue;
		for (path = 0; path < paths->len; path++)
			g_hash_table_insert(found, g_strdup(paths->pdata[path]),
					    g_strdup(g_strstrip(lines[i] + 7)));
		g_ptr_array_set_size(paths, 0);
	}
	g_assert_cmpuint(paths->len, ==, 0);
	g_ptr_array_unref(paths);
}

static GHashTable *read_documents(void)
{
	GHashTable *found =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(documents); i++) {
		char *path = g_test_build_filename(G_TEST_DIST, "..", "Documentation",
						   "ABI", documents[i], NULL);
		char *text;

		g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
		read_document(found, text);
		g_free(text);
		g_free(path);
	}
	return found;
}

static void check_attribute(GHashTable *found, enum apc_kind kind, unsigned int attr)
{
	g_autofree char *path =
		g_strconcat(places[kind], apc_attr_name(kind, attr), NULL);
	const char *access = g_hash_table_lookup(found, path);
	unsigned int mode = apc_attr_mode(kind, attr);

	g_test_message("%s", path);
	g_assert_nonnull(access);
	g_assert_cmpint(g_str_has_prefix(access, "read"), ==, !!(mode & 0444));
	g_assert_cmpint(!!strstr(access, "write"), ==, !!(mode & 0200));
	g_hash_table_remove(found, path);
}

static void documents_and_tables_agree(void)
{
	GHashTable *found = read_documents();
	unsigned int kind, attr;

	for (kind = 0; kind < APC_KIND_COUNT; kind++)
		for (attr = 0; attr < apc_attr_count(kind); attr++)
			check_attribute(found, kind, attr);
	/* These belong to the drivers, which are no objects of the core. */
	g_assert_true(g_hash_table_remove(found, "/sys/bus/ap/drivers/DRIVER/bind"));
	g_assert_true(g_hash_table_remove(found, "/sys/bus/ap/drivers/DRIVER/unbind"));
	g_assert_cmpuint(g_hash_table_size(found), ==, 0);
	g_hash_table_unref(found);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/abi/documents_and_tables_agree", documents_and_tables_agree);
	return g_test_run();
}
