/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text forms that profiles and control files share: lists of ids, queue names,
 * card types.
 */
#ifndef APS_IDS_H
#define APS_IDS_H

#include <stdbool.h>

#include "apc_hw.h"

/* "5,0x10-0x1f" to a mask; every id at most once or more, at least one id. */
bool aps_ids_parse_list(const char *text, struct apc_mask *mask);
/* One id, decimal, 0x hex or 0 octal. */
bool aps_ids_parse_one(const char *text, unsigned int *id);
/* "05.0004" as sysfs has it. */
bool aps_ids_parse_queue(const char *text, unsigned int *apid, unsigned int *apqi);
/* "CEX5C" to type and mode. */
bool aps_ids_parse_type(const char *text, u8 *type, enum apc_mode *mode);
/* The other way round; 8 bytes are enough. */
void aps_ids_print_type(const struct apc_hw_card *card, char *buf, size_t size);

#endif
