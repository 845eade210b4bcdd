// SPDX-License-Identifier: GPL-2.0
/*
 * Failures on demand.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "aps_fault.h"

#define MAX_ERRNO 133

static const char *const operation_names[] = {
	[APS_OPERATION_OPEN] = "open",
	[APS_OPERATION_READ] = "read",
	[APS_OPERATION_WRITE] = "write",
};

G_STATIC_ASSERT(G_N_ELEMENTS(operation_names) == APS_OPERATION_COUNT);

/* The @left-th @operation on @name (NULL for any) fails with @err. */
struct fault {
	enum aps_operation operation;
	char *name;
	guint64 left;
	int err;
};

/* @lock protects @list; nothing else is taken while it is held. */
struct aps_faults {
	GMutex lock;
	GPtrArray *list;
};

static void fault_free(gpointer data)
{
	struct fault *fault = data;

	g_free(fault->name);
	g_free(fault);
}

struct aps_faults *aps_faults_new(void)
{
	struct aps_faults *faults = g_new0(struct aps_faults, 1);

	g_mutex_init(&faults->lock);
	faults->list = g_ptr_array_new_with_free_func(fault_free);
	return faults;
}

void aps_faults_free(struct aps_faults *faults)
{
	if (!faults)
		return;
	g_ptr_array_unref(faults->list);
	g_mutex_clear(&faults->lock);
	g_free(faults);
}

static int parse_errno(const char *text)
{
	guint64 number;
	int err;

	if (g_ascii_string_to_unsigned(text, 10, 1, MAX_ERRNO, &number, NULL))
		return number;
	for (err = 1; err <= MAX_ERRNO; err++)
		if (!g_strcmp0(strerrorname_np(err), text))
			return err;
	return 0;
}

static bool parse_operation(const char *text, enum aps_operation *operation)
{
	int i;

	for (i = 0; i < APS_OPERATION_COUNT; i++) {
		if (strcmp(operation_names[i], text))
			continue;
		*operation = i;
		return true;
	}
	return false;
}

static struct fault *parse(const char *text)
{
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	guint count = g_strv_length(words);
	enum aps_operation operation;
	struct fault *fault;
	guint64 left = 1;
	int err;

	if (count < 3 || count > 4 || !parse_operation(words[0], &operation) ||
	    !*words[1])
		return NULL;
	if (count == 4 &&
	    !g_ascii_string_to_unsigned(words[2], 10, 1, G_MAXUINT32, &left, NULL))
		return NULL;
	err = parse_errno(words[count - 1]);
	if (!err)
		return NULL;
	fault = g_new0(struct fault, 1);
	fault->operation = operation;
	fault->name = strcmp(words[1], "*") ? g_strdup(words[1]) : NULL;
	fault->left = left;
	fault->err = err;
	return fault;
}

int aps_faults_add(struct aps_faults *faults, const char *text)
{
	bool clear = !strcmp(text, "clear");
	struct fault *fault = clear ? NULL : parse(text);

	if (!clear && !fault)
		return -EINVAL;
	g_mutex_lock(&faults->lock);
	if (clear)
		g_ptr_array_set_size(faults->list, 0);
	else
		g_ptr_array_add(faults->list, fault);
	g_mutex_unlock(&faults->lock);
	return 0;
}

static bool is_meant(const struct fault *fault, enum aps_operation operation,
		     const char *name)
{
	return fault->operation == operation &&
	       (!fault->name || !strcmp(fault->name, name));
}

int aps_faults_check(struct aps_faults *faults, enum aps_operation operation,
		     const char *name)
{
	int err = 0;
	guint i = 0;

	g_mutex_lock(&faults->lock);
	while (i < faults->list->len) {
		struct fault *fault = g_ptr_array_index(faults->list, i);

		if (is_meant(fault, operation, name) && !--fault->left) {
			if (!err)
				err = -fault->err;
			g_ptr_array_remove_index(faults->list, i);
		} else {
			i++;
		}
	}
	g_mutex_unlock(&faults->lock);
	return err;
}

char *aps_faults_text(struct aps_faults *faults)
{
	GString *text = g_string_new(NULL);
	guint i;

	g_mutex_lock(&faults->lock);
	for (i = 0; i < faults->list->len; i++) {
		const struct fault *fault = g_ptr_array_index(faults->list, i);

		g_string_append_printf(text, "%s %s %" G_GUINT64_FORMAT " %s\n",
				       operation_names[fault->operation],
				       fault->name ? fault->name : "*", fault->left,
				       strerrorname_np(fault->err));
	}
	g_mutex_unlock(&faults->lock);
	return g_string_free(text, FALSE);
}
