// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target: text of a profile.  A profile that is taken keeps what it promises.
 */
#include <stdint.h>
#include <stdlib.h>

#include "aps_profile.h"

/* Called by libFuzzer, or by the driver of the unit suite. */
__attribute__((visibility("default"))) int LLVMFuzzerTestOneInput(const uint8_t *data,
								  size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GError) error = NULL;
	struct aps_profile *profile =
		aps_profile_parse((const char *)data, size, "fuzz.conf", &error);
	unsigned int id;

	if (!profile != !!error)
		abort();
	if (!profile)
		return 0;
	if (!profile->description || !profile->name)
		abort();
	apc_mask_for_each(id, &profile->hw.installed)
		if (id > profile->hw.qci.na || !profile->hw.card[id].depth)
			abort();
	aps_profile_free(profile);
	return 0;
}
