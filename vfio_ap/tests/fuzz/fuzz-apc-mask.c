// SPDX-License-Identifier: GPL-2.0
/*
 * Masks as written to apmask and aqmask: a hex mask or a modification.
 *
 * What is accepted survives being printed and read again; what is refused leaves
 * the mask alone.
 */
#include "apc_mask.h"
#include <fuzz.h>

static void check_round_trip(const struct apc_mask *mask)
{
	char text[APC_MASK_CHARS + 1];
	struct apc_mask again;

	FUZZ_CHECK(apc_mask_print(mask, text, sizeof(text)) == APC_MASK_CHARS);
	FUZZ_CHECK(text[APC_MASK_CHARS] == '\0');
	FUZZ_CHECK(!apc_mask_parse_hex(&again, text, APC_MASK_CHARS));
	FUZZ_CHECK(apc_mask_equal(mask, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct apc_mask before, mask;
	int rc;

	apc_mask_zero(&before);
	apc_mask_set(&before, 3);
	apc_mask_set(&before, 200);
	mask = before;
	rc = apc_mask_parse(&mask, text, size);
	FUZZ_CHECK(rc == 0 || rc == -EINVAL);
	if (rc)
		FUZZ_CHECK(apc_mask_equal(&mask, &before));
	check_round_trip(&mask);
	return 0;
}
