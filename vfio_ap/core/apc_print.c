// SPDX-License-Identifier: GPL-2.0
/*
 * What is read from the files of mdevs and of queues bound to vfio_ap.
 */
#include "apc_attr_table.h"

void apc_print_mask(const struct apc_mask *mask, char end, struct apc_out *out)
{
	unsigned int i;

	apc_out_text(out, "0x");
	for (i = 0; i < APC_MASK_WORDS; i++)
		apc_out_hex(out, mask->word[i], 16);
	apc_out_char(out, end);
}

/* Lengths of "05.0004\n", "05.\n" and ".0004\n". */
#define APC_QUEUE_LINE 8

static void apc_print_row(unsigned int apid, const struct apc_mask *domains,
			  struct apc_out *out)
{
	unsigned int apqi;

	apc_mask_for_each(apqi, domains) {
		if (apc_out_full(out))
			return;
		if (apc_out_pass(out, APC_QUEUE_LINE))
			continue;
		apc_out_queue(out, apid, apqi);
		apc_out_char(out, '\n');
	}
}

/* Rows before the window are passed over: a read costs what it returns. */
static void apc_print_queues(const struct apc_masks *masks, struct apc_out *out)
{
	size_t row = (size_t)APC_QUEUE_LINE * apc_mask_weight(&masks->aqm);
	unsigned int apid;

	apc_mask_for_each(apid, &masks->apm)
		if (!apc_out_pass(out, row))
			apc_print_row(apid, &masks->aqm, out);
}

static void apc_print_adapters(const struct apc_mask *apm, struct apc_out *out)
{
	unsigned int apid;

	apc_mask_for_each(apid, apm) {
		apc_out_hex(out, apid, 2);
		apc_out_text(out, ".\n");
	}
}

static void apc_print_domains(const struct apc_mask *aqm, const char *before,
			      struct apc_out *out)
{
	unsigned int apqi;

	apc_mask_for_each(apqi, aqm) {
		apc_out_text(out, before);
		apc_out_hex(out, apqi, 4);
		apc_out_char(out, '\n');
	}
}

void apc_print_matrix(const struct apc_masks *masks, struct apc_out *out)
{
	if (apc_mask_empty(&masks->apm))
		apc_print_domains(&masks->aqm, ".", out);
	else if (apc_mask_empty(&masks->aqm))
		apc_print_adapters(&masks->apm, out);
	else
		apc_print_queues(masks, out);
}

void apc_print_control_domains(const struct apc_masks *masks, struct apc_out *out)
{
	apc_print_domains(&masks->adm, "", out);
}

void apc_print_masks(const struct apc_masks *masks, struct apc_out *out)
{
	apc_print_mask(&masks->apm, ',', out);
	apc_print_mask(&masks->aqm, ',', out);
	apc_print_mask(&masks->adm, '\n', out);
}

void apc_print_status(const struct apc_matrix *mx, unsigned int apid, unsigned int apqi,
		      struct apc_out *out)
{
	const struct apc_mdev *mdev = apc_matrix_holder(mx, apid, apqi);

	if (!mdev)
		apc_out_text(out, "unassigned\n");
	else if (mdev->user && apc_mask_test(&mdev->guest.apm, apid) &&
		 apc_mask_test(&mdev->guest.aqm, apqi))
		apc_out_text(out, "in use\n");
	else
		apc_out_text(out, "assigned\n");
}
