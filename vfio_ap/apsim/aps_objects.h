/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cards, queues and mdevs as the tree numbers them: which are there, how they
 * are called, which come next.
 */
#ifndef APS_OBJECTS_H
#define APS_OBJECTS_H

#include "aps_dirs.h"

bool aps_object_exists(const struct aps_machine *machine, enum aps_object_kind kind,
		       u32 object);
/* Appends the name of an object that is there. */
void aps_object_name(const struct aps_machine *machine, enum aps_naming naming,
		     u32 object, GString *name);
/* The object of that name; for cards and queues whether it is there or not. */
bool aps_object_find(const struct aps_machine *machine, enum aps_naming naming,
		     const char *name, u32 *object);

/* Whether an object is there and one of the family; says nothing of the directory. */
bool aps_family_has(const struct aps_machine *machine, enum aps_family family,
		    u32 object);
/* Whether the directory of object @in is the right one for it. */
bool aps_family_belongs(enum aps_family family, u32 in, u32 object);
/* The first of the family in the directory of object @in that is @from or above. */
bool aps_family_next(const struct aps_machine *machine, enum aps_family family, u32 in,
		     u64 from, u32 *object);
/* How many there are, for families that consist of directories. */
unsigned int aps_family_count(const struct aps_machine *machine, enum aps_family family,
			      u32 in);

#endif
