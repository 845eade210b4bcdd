/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private to the core: the shape of the attribute tables.
 */
#ifndef APC_ATTR_TABLE_H
#define APC_ATTR_TABLE_H

#include "apc_attr.h"

#define APC_RO 0444
#define APC_RW 0644
#define APC_WO 0200

/**
 * struct apc_attr - one file
 * @name: its name
 * @mode: APC_RO, APC_RW or APC_WO
 * @visible: whether the object has it now; NULL when it always has
 * @show: prints it; -errno or 0
 * @store: takes what was written; as apc_attr_store()
 */
struct apc_attr {
	const char *name;
	unsigned int mode;
	bool (*visible)(const struct apc_bus *bus, const struct apc_object *object);
	int (*show)(const struct apc_bus *bus, const struct apc_object *object,
		    struct apc_out *out);
	int (*store)(struct apc_bus *bus, const struct apc_object *object,
		     const char *text, size_t len);
};

struct apc_attr_table {
	const struct apc_attr *attrs;
	unsigned int count;
};

extern const struct apc_attr_table apc_attrs_of_bus;
extern const struct apc_attr_table apc_attrs_of_card;
extern const struct apc_attr_table apc_attrs_of_queue;
extern const struct apc_attr_table apc_attrs_of_matrix;
extern const struct apc_attr_table apc_attrs_of_mdev_type;
extern const struct apc_attr_table apc_attrs_of_mdev;

/* For what Linux has only had since it learned of APC_CAP_ATTRIBUTES. */
bool apc_has_newer_attributes(const struct apc_bus *bus, const struct apc_object *object);
/* And APC_CAP_OVERRIDE. */
bool apc_has_override(const struct apc_bus *bus, const struct apc_object *object);
void apc_print_mask(const struct apc_mask *mask, char end, struct apc_out *out);

#endif
