// SPDX-License-Identifier: GPL-2.0
/*
 * Text forms that profiles and control files share.
 */
#include <stdio.h>

#include "apc_bus.h"
#include "apc_text.h"
#include "aps_ids.h"

#define TYPE_NAME_LENGTH 5

static bool take_id(struct apc_in *in, unsigned int *id)
{
	bool overflow = false;
	u64 value;

	if (!apc_in_number(in, &value, &overflow) || overflow || value >= APC_IDS)
		return false;
	*id = value;
	return true;
}

static bool take_range(struct apc_in *in, struct apc_mask *mask)
{
	unsigned int first, last, id;

	if (!take_id(in, &first))
		return false;
	last = first;
	if (apc_in_peek(in) == '-') {
		in->pos++;
		if (!take_id(in, &last) || last < first)
			return false;
	}
	for (id = first; id <= last; id++)
		apc_mask_set(mask, id);
	return true;
}

bool aps_ids_parse_list(const char *text, struct apc_mask *mask)
{
	struct apc_in in;

	apc_in_init(&in, text, strlen(text));
	apc_mask_zero(mask);
	while (take_range(&in, mask)) {
		if (apc_in_peek(&in) == '\0')
			return true;
		if (apc_in_peek(&in) != ',')
			return false;
		in.pos++;
	}
	return false;
}

bool aps_ids_parse_one(const char *text, unsigned int *id)
{
	struct apc_in in;

	apc_in_init(&in, text, strlen(text));
	return take_id(&in, id) && apc_in_peek(&in) == '\0';
}

bool aps_ids_parse_queue(const char *text, unsigned int *apid, unsigned int *apqi)
{
	int domain;

	if (apc_bus_parse_name(text, strlen(text), apid, &domain) || domain < 0)
		return false;
	*apqi = domain;
	return true;
}

static bool mode_of_letter(char letter, enum apc_mode *mode)
{
	switch (letter) {
	case 'A':
		*mode = APC_MODE_ACCEL;
		return true;
	case 'C':
		*mode = APC_MODE_CCA;
		return true;
	case 'P':
		*mode = APC_MODE_EP11;
		return true;
	default:
		return false;
	}
}

bool aps_ids_parse_type(const char *text, u8 *type, enum apc_mode *mode)
{
	if (strlen(text) != TYPE_NAME_LENGTH || strncmp(text, "CEX", 3) ||
	    text[3] < '4' || text[3] > '8')
		return false;
	*type = APC_TYPE_CEX4 + (text[3] - '4');
	return mode_of_letter(text[4], mode);
}

void aps_ids_print_type(const struct apc_hw_card *card, char *buf, size_t size)
{
	static const char letters[] = {
		[APC_MODE_NONE] = '?',
		[APC_MODE_ACCEL] = 'A',
		[APC_MODE_CCA] = 'C',
		[APC_MODE_EP11] = 'P',
	};

	snprintf(buf, size, "CEX%d%c", card->type - APC_TYPE_CEX4 + 4,
		 letters[apc_hw_card_mode(card)]);
}
