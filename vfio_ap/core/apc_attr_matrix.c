// SPDX-License-Identifier: GPL-2.0
/*
 * The files of the matrix device, of its mdev type and of the mdevs.
 */
#include "apc_attr_table.h"

/* --- matrix device and mdev type ------------------------------------------------- */

static int apc_show_features(const struct apc_bus *bus, const struct apc_object *object,
			     struct apc_out *out)
{
	apc_out_text(out, "guest_matrix hotplug ap_config\n");
	return 0;
}

static int apc_show_available(const struct apc_bus *bus, const struct apc_object *object,
			      struct apc_out *out)
{
	apc_out_dec_line(out, apc_matrix_available(&bus->matrix));
	return 0;
}

static int apc_show_device_api(const struct apc_bus *bus, const struct apc_object *object,
			       struct apc_out *out)
{
	apc_out_text(out, "vfio-ap\n");
	return 0;
}

static int apc_show_type_name(const struct apc_bus *bus, const struct apc_object *object,
			      struct apc_out *out)
{
	apc_out_text(out, "VFIO AP Passthrough Device\n");
	return 0;
}

static int apc_store_create(struct apc_bus *bus, const struct apc_object *object,
			    const char *text, size_t len)
{
	char uuid[APC_UUID_CHARS + 1];
	int rc = apc_uuid_parse(uuid, text, len);

	if (!rc)
		rc = apc_matrix_may_add(&bus->matrix, uuid);
	return rc ? rc : APC_STORE_CREATE;
}

static const struct apc_attr apc_matrix_attrs[] = {
	{ "features", APC_RO, apc_has_newer_attributes, apc_show_features, NULL },
};

static const struct apc_attr apc_mdev_type_attrs[] = {
	{ "available_instances", APC_RO, NULL, apc_show_available, NULL },
	{ "create", APC_WO, NULL, NULL, apc_store_create },
	{ "device_api", APC_RO, NULL, apc_show_device_api, NULL },
	{ "name", APC_RO, NULL, apc_show_type_name, NULL },
};

const struct apc_attr_table apc_attrs_of_matrix = {
	.attrs = apc_matrix_attrs,
	.count = APC_ARRAY_SIZE(apc_matrix_attrs),
};

const struct apc_attr_table apc_attrs_of_mdev_type = {
	.attrs = apc_mdev_type_attrs,
	.count = APC_ARRAY_SIZE(apc_mdev_type_attrs),
};

/* --- mdevs ------------------------------------------------------------------ */

/* The file goes before the mdev does. */
static bool apc_is_staying(const struct apc_bus *bus, const struct apc_object *object)
{
	return !object->mdev->removing;
}

static int apc_show_matrix(const struct apc_bus *bus, const struct apc_object *object,
			   struct apc_out *out)
{
	apc_print_matrix(&object->mdev->assigned, out);
	return 0;
}

static int apc_show_guest_matrix(const struct apc_bus *bus,
				 const struct apc_object *object, struct apc_out *out)
{
	apc_print_matrix(&object->mdev->guest, out);
	return 0;
}

static int apc_show_control_domains(const struct apc_bus *bus,
				    const struct apc_object *object, struct apc_out *out)
{
	apc_print_control_domains(&object->mdev->assigned, out);
	return 0;
}

static int apc_show_ap_config(const struct apc_bus *bus, const struct apc_object *object,
			      struct apc_out *out)
{
	apc_print_masks(&object->mdev->assigned, out);
	return 0;
}

static int apc_store_ap_config(struct apc_bus *bus, const struct apc_object *object,
			       const char *text, size_t len)
{
	return apc_mdev_set_config(&bus->matrix, object->mdev, text, len);
}

static int apc_store_assign_adapter(struct apc_bus *bus, const struct apc_object *object,
				    const char *text, size_t len)
{
	return apc_mdev_assign_adapter(&bus->matrix, object->mdev, text, len);
}

static int apc_store_assign_domain(struct apc_bus *bus, const struct apc_object *object,
				   const char *text, size_t len)
{
	return apc_mdev_assign_domain(&bus->matrix, object->mdev, text, len);
}

static int apc_store_assign_control(struct apc_bus *bus, const struct apc_object *object,
				    const char *text, size_t len)
{
	return apc_mdev_assign_control_domain(&bus->matrix, object->mdev, text, len);
}

static int apc_store_unassign_adapter(struct apc_bus *bus,
				      const struct apc_object *object, const char *text,
				      size_t len)
{
	return apc_mdev_unassign_adapter(&bus->matrix, object->mdev, text, len);
}

static int apc_store_unassign_domain(struct apc_bus *bus, const struct apc_object *object,
				     const char *text, size_t len)
{
	return apc_mdev_unassign_domain(&bus->matrix, object->mdev, text, len);
}

static int apc_store_unassign_control(struct apc_bus *bus,
				      const struct apc_object *object, const char *text,
				      size_t len)
{
	return apc_mdev_unassign_control_domain(&bus->matrix, object->mdev, text, len);
}

static int apc_store_remove(struct apc_bus *bus, const struct apc_object *object,
			    const char *text, size_t len)
{
	int rc = apc_mdev_want_remove(object->mdev, text, len);

	return rc > 0 ? APC_STORE_REMOVE : rc;
}

static const struct apc_attr apc_mdev_attrs[] = {
	{ "ap_config", APC_RW, apc_has_newer_attributes, apc_show_ap_config,
	  apc_store_ap_config },
	{ "assign_adapter", APC_WO, NULL, NULL, apc_store_assign_adapter },
	{ "assign_control_domain", APC_WO, NULL, NULL, apc_store_assign_control },
	{ "assign_domain", APC_WO, NULL, NULL, apc_store_assign_domain },
	{ "control_domains", APC_RO, NULL, apc_show_control_domains, NULL },
	{ "guest_matrix", APC_RO, NULL, apc_show_guest_matrix, NULL },
	{ "matrix", APC_RO, NULL, apc_show_matrix, NULL },
	{ "remove", APC_WO, apc_is_staying, NULL, apc_store_remove },
	{ "unassign_adapter", APC_WO, NULL, NULL, apc_store_unassign_adapter },
	{ "unassign_control_domain", APC_WO, NULL, NULL, apc_store_unassign_control },
	{ "unassign_domain", APC_WO, NULL, NULL, apc_store_unassign_domain },
};

const struct apc_attr_table apc_attrs_of_mdev = {
	.attrs = apc_mdev_attrs,
	.count = APC_ARRAY_SIZE(apc_mdev_attrs),
};
