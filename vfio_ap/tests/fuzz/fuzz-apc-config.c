// SPDX-License-Identifier: GPL-2.0
/*
 * What is written to ap_config, and to an mdev that may have every queue.
 *
 * The file reads back as what was accepted; a refusal changes nothing.
 */
#include "apc_attr.h"
#include <fuzz.h>

static void check_read_back(const struct apc_mdev *mdev)
{
	char text[3 * (APC_MASK_CHARS + 1)];
	struct apc_mask masks[3];
	struct apc_out out;

	apc_out_init(&out, 0, text, sizeof(text));
	apc_print_masks(&mdev->assigned, &out);
	FUZZ_CHECK(out.pos == sizeof(text));
	FUZZ_CHECK(!apc_mask_parse_config(masks, text, sizeof(text)));
	FUZZ_CHECK(apc_mask_equal(&masks[0], &mdev->assigned.apm));
	FUZZ_CHECK(apc_mask_equal(&masks[1], &mdev->assigned.aqm));
	FUZZ_CHECK(apc_mask_equal(&masks[2], &mdev->assigned.adm));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct apc_matrix mx;
	static const struct apc_pool pool;
	const struct apc_qci qci = { .na = 255, .nd = 255, .flags = APC_QCI_APXA };
	struct apc_masks before;
	struct apc_mdev mdev;
	int rc;

	apc_matrix_init(&mx, NULL, &pool, &qci);
	FUZZ_CHECK(!apc_matrix_add(&mx, &mdev, "62177883-f1bb-47f0-914d-32a22e3a8804"));
	FUZZ_CHECK(!apc_mdev_assign_adapter(&mx, &mdev, "5", 1));
	FUZZ_CHECK(!apc_mdev_assign_domain(&mx, &mdev, "4", 1));
	before = mdev.assigned;
	rc = apc_mdev_set_config(&mx, &mdev, (const char *)data, size);
	FUZZ_CHECK(rc == 0 || rc == -EINVAL);
	if (rc)
		FUZZ_CHECK(!memcmp(&before, &mdev.assigned, sizeof(before)));
	check_read_back(&mdev);
	apc_matrix_remove(&mx, &mdev);
	FUZZ_CHECK(apc_mask_empty(&mx.owned[5]));
	return 0;
}
