/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Profiles: key files that describe a machine.  Their format is documented in
 * vfio_ap/README.rst.
 */
#ifndef APS_PROFILE_H
#define APS_PROFILE_H

#include <glib.h>
#include <stdbool.h>

#include "apc_bus.h"

/**
 * struct aps_profile - a machine before it is switched on
 * @name: as shown to the user
 * @description: one line
 * @hw: its hardware
 * @caps: of the kernel, APC_CAPS_6_12, APC_CAPS_6_1 or APC_CAPS_6_19
 * @pool: apmask and aqmask when the first command runs
 */
struct aps_profile {
	char *name;
	char *description;
	unsigned int caps;
	struct apc_hw hw;
	struct apc_pool pool;
};

/**
 * aps_profile_parse() - reads the text of a profile
 * @text: the text
 * @len: its length
 * @where: name of the file, for messages
 * @error: says where the fault is: file, group, key
 *
 * Return: the profile, or NULL.  Free it with aps_profile_free().
 */
struct aps_profile *aps_profile_parse(const char *text, gsize len, const char *where,
				      GError **error);

/**
 * aps_profile_load() - finds and reads a profile
 * @name: name of a profile that comes with the simulator, or path of a file
 *	  (anything with a slash in it or with .conf at its end)
 * @error: why not
 *
 * Return: the profile, or NULL
 */
struct aps_profile *aps_profile_load(const char *name, GError **error);

/**
 * aps_profile_names() - the profiles that come with the simulator
 *
 * Return: their names, sorted; free with g_strfreev()
 */
char **aps_profile_names(void);

void aps_profile_free(struct aps_profile *profile);
#endif
