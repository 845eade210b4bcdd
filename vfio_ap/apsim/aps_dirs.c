// SPDX-License-Identifier: GPL-2.0
/*
 * The table of all kinds of directories.
 */
#include "aps_dirs.h"
#include "aps_mount.h"

#define DIR_MODE  (S_IFDIR | 0755)
#define LINK_MODE (S_IFLNK | 0777)
#define RO	  (S_IFREG | 0444)
#define WO	  (S_IFREG | 0200)
#define RW	  (S_IFREG | 0644)

#define SUBDIR(text, kind)                                                               \
	{                                                                                \
		.name = (text), .mode = DIR_MODE, .dir = (kind)                          \
	}
#define LINK(text, kind)                                                                 \
	{                                                                                \
		.name = (text), .mode = LINK_MODE, .dir = (kind)                         \
	}
#define LINK_IF(text, kind, condition)                                                   \
	{                                                                                \
		.name = (text), .mode = LINK_MODE, .dir = (kind), .visible = (condition) \
	}
#define READ(text, function)                                                             \
	{                                                                                \
		.name = (text), .mode = RO, .read = (function)                           \
	}
#define WRITE(text, function)                                                            \
	{                                                                                \
		.name = (text), .mode = WO, .write = (function)                          \
	}
/* The file uevent of a device, and that of a bus, driver or module. */
#define UEVENT                                                                           \
	{                                                                                \
		"uevent", RW, 0, NULL, aps_read_uevent, aps_write_uevent                 \
	}
#define BUS_UEVENT WRITE("uevent", aps_write_uevent)
#define AUTOPROBE                                                                        \
	{                                                                                \
		"drivers_autoprobe", RW, 0, NULL, aps_read_autoprobe,                    \
			aps_write_autoprobe                                              \
	}

static bool card_bound(const struct aps_machine *machine, u32 object)
{
	return apc_bus_card_driver(&machine->bus, aps_object_apid(object)) !=
	       APC_DRIVER_NONE;
}

static bool queue_bound_to(const struct aps_machine *machine, u32 object,
			   enum apc_driver driver)
{
	return apc_bus_queue_driver(&machine->bus, aps_object_apid(object),
				    aps_object_apqi(object)) == driver;
}

static bool queue_bound_to_host(const struct aps_machine *machine, u32 object)
{
	return queue_bound_to(machine, object, APC_DRIVER_CEX4QUEUE);
}

static bool queue_bound_to_vfio(const struct aps_machine *machine, u32 object)
{
	return queue_bound_to(machine, object, APC_DRIVER_VFIO_AP);
}

static bool has_groups(const struct aps_machine *machine)
{
	return machine->mdevs->len;
}

/* --- what is in them ----------------------------------------------------- */

/* The first entry is found, but not listed. */
static const struct aps_entry root[] = {
	{ .name = APS_HIDDEN_DIR, .mode = S_IFDIR | 0700, .dir = APS_DIR_HIDDEN },
	SUBDIR("bus", APS_DIR_BUS),
	SUBDIR("class", APS_DIR_CLASS),
	SUBDIR("dev", APS_DIR_DEV),
	SUBDIR("devices", APS_DIR_DEVICES),
	SUBDIR("kernel", APS_DIR_KERNEL),
	SUBDIR("module", APS_DIR_MODULE),
	{ .name = NULL },
};

static const struct aps_entry hidden[] = {
	SUBDIR(APS_HIDDEN_CONTROL, APS_DIR_CONTROL),
	SUBDIR(APS_HIDDEN_VFIO, APS_DIR_DEV_VFIO),
	{ .name = NULL },
};

static const struct aps_entry dev_vfio[] = {
	{ .name = "vfio", .mode = S_IFCHR | 0666 },
	{ .name = NULL },
};

static const struct aps_entry bus[] = {
	SUBDIR("ap", APS_DIR_AP_BUS),
	SUBDIR("matrix", APS_DIR_MATRIX_BUS),
	SUBDIR("mdev", APS_DIR_MDEV_BUS),
	{ .name = NULL },
};

static const struct aps_entry class[] = {
	SUBDIR("mdev_bus", APS_DIR_CLASS_MDEV_BUS),
	SUBDIR("vfio", APS_DIR_CLASS_VFIO),
	SUBDIR("vfio-dev", APS_DIR_CLASS_VFIO_DEV),
	{ .name = NULL },
};

static const struct aps_entry dev[] = {
	SUBDIR("char", APS_DIR_DEV_CHAR),
	{ .name = NULL },
};

static const struct aps_entry devices[] = {
	SUBDIR("ap", APS_DIR_AP),
	SUBDIR("vfio_ap", APS_DIR_VFIO_AP),
	SUBDIR("virtual", APS_DIR_VIRTUAL),
	{ .name = NULL },
};

static const struct aps_entry virtual[] = {
	SUBDIR("vfio", APS_DIR_VIRTUAL_VFIO),
	{ .name = NULL },
};

static const struct aps_entry kernel[] = {
	SUBDIR("iommu_groups", APS_DIR_IOMMU_GROUPS),
	{ .name = NULL },
};

static const struct aps_entry module[] = {
	SUBDIR("ap", APS_DIR_MODULE_AP),
	SUBDIR("mdev", APS_DIR_MODULE_MDEV),
	SUBDIR("vfio", APS_DIR_MODULE_VFIO),
	SUBDIR("vfio_ap", APS_DIR_MODULE_VFIO_AP),
	SUBDIR("zcrypt", APS_DIR_MODULE_ZCRYPT),
	SUBDIR("zcrypt_cex4", APS_DIR_MODULE_CEX4),
	{ .name = NULL },
};

static const struct aps_entry built_in[] = {
	BUS_UEVENT,
	{ .name = NULL },
};

static const struct aps_entry loaded[] = {
	READ("initstate", aps_read_live),
	READ("refcnt", aps_read_refcnt),
	BUS_UEVENT,
	{ .name = NULL },
};

static const struct aps_entry module_vfio_ap[] = {
	SUBDIR("drivers", APS_DIR_MODULE_VFIO_AP_DRIVERS),
	READ("initstate", aps_read_live),
	READ("refcnt", aps_read_refcnt),
	BUS_UEVENT,
	{ .name = NULL },
};

static const struct aps_entry module_vfio_ap_drivers[] = {
	LINK("ap:vfio_ap", APS_DIR_DRIVER_VFIO_AP),
	LINK("mdev:vfio_ap_mdev", APS_DIR_DRIVER_MDEV),
	{ .name = NULL },
};

static const struct aps_entry module_cex4[] = {
	SUBDIR("drivers", APS_DIR_MODULE_CEX4_DRIVERS),
	READ("initstate", aps_read_live),
	READ("refcnt", aps_read_refcnt),
	BUS_UEVENT,
	{ .name = NULL },
};

static const struct aps_entry module_cex4_drivers[] = {
	LINK("ap:cex4card", APS_DIR_DRIVER_CARD),
	LINK("ap:cex4queue", APS_DIR_DRIVER_QUEUE),
	{ .name = NULL },
};

static const struct aps_entry ap_bus[] = {
	SUBDIR("devices", APS_DIR_AP_BUS_DEVICES),
	SUBDIR("drivers", APS_DIR_AP_BUS_DRIVERS),
	BUS_UEVENT,
	{ .name = NULL },
};

static const struct aps_entry ap_bus_drivers[] = {
	SUBDIR("cex4card", APS_DIR_DRIVER_CARD),
	SUBDIR("cex4queue", APS_DIR_DRIVER_QUEUE),
	SUBDIR("vfio_ap", APS_DIR_DRIVER_VFIO_AP),
	{ .name = NULL },
};

static const struct aps_entry driver_cex4[] = {
	WRITE("bind", aps_write_bind),
	LINK("module", APS_DIR_MODULE_CEX4),
	BUS_UEVENT,
	WRITE("unbind", aps_write_unbind),
	{ .name = NULL },
};

static const struct aps_entry driver_vfio_ap[] = {
	WRITE("bind", aps_write_bind),
	LINK("module", APS_DIR_MODULE_VFIO_AP),
	BUS_UEVENT,
	WRITE("unbind", aps_write_unbind),
	{ .name = NULL },
};

static const struct aps_entry matrix_bus[] = {
	SUBDIR("devices", APS_DIR_MATRIX_BUS_DEVICES),
	SUBDIR("drivers", APS_DIR_MATRIX_BUS_DRIVERS),
	AUTOPROBE,
	WRITE("drivers_probe", aps_write_probe),
	BUS_UEVENT,
	{ .name = NULL },
};

static const struct aps_entry matrix_bus_devices[] = {
	LINK("matrix", APS_DIR_MATRIX),
	{ .name = NULL },
};

static const struct aps_entry matrix_bus_drivers[] = {
	SUBDIR("vfio_ap", APS_DIR_DRIVER_MATRIX),
	{ .name = NULL },
};

static const struct aps_entry driver_matrix[] = {
	LINK("matrix", APS_DIR_MATRIX),
	BUS_UEVENT,
	{ .name = NULL },
};

static const struct aps_entry mdev_bus[] = {
	SUBDIR("devices", APS_DIR_MDEV_BUS_DEVICES),
	SUBDIR("drivers", APS_DIR_MDEV_BUS_DRIVERS),
	AUTOPROBE,
	WRITE("drivers_probe", aps_write_probe),
	BUS_UEVENT,
	{ .name = NULL },
};

static const struct aps_entry mdev_bus_drivers[] = {
	SUBDIR("vfio_ap_mdev", APS_DIR_DRIVER_MDEV),
	{ .name = NULL },
};

static const struct aps_entry ap[] = {
	UEVENT,
	{ .name = NULL },
};

static const struct aps_entry card[] = {
	LINK_IF("driver", APS_DIR_DRIVER_CARD, card_bound),
	LINK("subsystem", APS_DIR_AP_BUS),
	UEVENT,
	{ .name = NULL },
};

static const struct aps_entry queue[] = {
	LINK_IF("driver", APS_DIR_DRIVER_QUEUE, queue_bound_to_host),
	LINK_IF("driver", APS_DIR_DRIVER_VFIO_AP, queue_bound_to_vfio),
	LINK("subsystem", APS_DIR_AP_BUS),
	UEVENT,
	{ .name = NULL },
};

static const struct aps_entry vfio_ap[] = {
	SUBDIR("matrix", APS_DIR_MATRIX),
	LINK("module", APS_DIR_MODULE_VFIO_AP),
	UEVENT,
	{ .name = NULL },
};

static const struct aps_entry matrix[] = {
	LINK("driver", APS_DIR_DRIVER_MATRIX),
	SUBDIR("mdev_supported_types", APS_DIR_MDEV_TYPES),
	LINK("subsystem", APS_DIR_MATRIX_BUS),
	UEVENT,
	{ .name = NULL },
};

static const struct aps_entry mdev_types[] = {
	SUBDIR("vfio_ap-passthrough", APS_DIR_MDEV_TYPE),
	{ .name = NULL },
};

static const struct aps_entry mdev_type[] = {
	SUBDIR("devices", APS_DIR_MDEV_TYPE_DEVICES),
	{ .name = NULL },
};

static const struct aps_entry mdev[] = {
	LINK("driver", APS_DIR_DRIVER_MDEV),
	LINK("iommu_group", APS_DIR_IOMMU_GROUP),
	LINK("mdev_type", APS_DIR_MDEV_TYPE),
	LINK("subsystem", APS_DIR_MDEV_BUS),
	UEVENT,
	SUBDIR("vfio-dev", APS_DIR_MDEV_VFIO_DEV),
	{ .name = NULL },
};

static const struct aps_entry vfio_dev[] = {
	LINK("device", APS_DIR_MDEV),
	LINK("subsystem", APS_DIR_CLASS_VFIO_DEV),
	UEVENT,
	{ .name = NULL },
};

static const struct aps_entry vfio_group[] = {
	READ("dev", aps_read_group_dev),
	LINK("subsystem", APS_DIR_CLASS_VFIO),
	UEVENT,
	{ .name = NULL },
};

static const struct aps_entry iommu_group[] = {
	SUBDIR("devices", APS_DIR_IOMMU_GROUP_DEVICES),
	READ("name", aps_read_group_name),
	READ("reserved_regions", aps_read_nothing),
	{ "type", RW, 0, NULL, aps_read_group_type, NULL },
	{ .name = NULL },
};

/* --- the directories ----------------------------------------------------- */

#define PLAIN(text, in) .name = (text), .parent = (in), .mixed = -1, .core = -1
#define MIXED(text, in, which)                                                           \
	.name = (text), .parent = (in), .mixed = APS_MIXED_##which, .core = -1
#define OF_OBJECT(in, what)                                                              \
	.parent = (in), .object = APS_OBJECT_##what, .mixed = -1, .core = -1
#define CHILDREN(whose, how, type, kind)                                                 \
	.family = APS_FAMILY_##whose, .naming = APS_NAMING_##how, .child_type = (type),  \
	.child = (kind)

static const struct aps_dir dirs[] = {
	[APS_DIR_ROOT] = { MIXED("", APS_DIR_NONE, ROOT), .entries = root },
	[APS_DIR_HIDDEN] = { PLAIN(APS_HIDDEN_DIR, APS_DIR_ROOT), .entries = hidden },
	[APS_DIR_DEV_VFIO] = { PLAIN(APS_HIDDEN_VFIO, APS_DIR_HIDDEN),
			       .entries = dev_vfio,
			       CHILDREN(MDEVS, GROUP, S_IFREG, APS_DIR_NONE) },
	[APS_DIR_CONTROL] = { PLAIN(APS_HIDDEN_CONTROL, APS_DIR_HIDDEN),
			      .entries = aps_control_entries },
	[APS_DIR_BUS] = { MIXED("bus", APS_DIR_ROOT, BUS), .entries = bus },
	[APS_DIR_CLASS] = { MIXED("class", APS_DIR_ROOT, CLASS), .entries = class },
	[APS_DIR_DEV] = { MIXED("dev", APS_DIR_ROOT, DEV), .entries = dev },
	[APS_DIR_DEV_CHAR] = { MIXED("char", APS_DIR_DEV, DEV_CHAR),
			       CHILDREN(MDEVS, CHAR, S_IFLNK, APS_DIR_VFIO_GROUP) },
	[APS_DIR_DEVICES] = { MIXED("devices", APS_DIR_ROOT, DEVICES),
			      .entries = devices },
	[APS_DIR_VIRTUAL] = { MIXED("virtual", APS_DIR_DEVICES, VIRTUAL),
			      .entries = virtual },
	[APS_DIR_KERNEL] = { MIXED("kernel", APS_DIR_ROOT, KERNEL), .entries = kernel },
	[APS_DIR_MODULE] = { MIXED("module", APS_DIR_ROOT, MODULE), .entries = module },
	[APS_DIR_AP_BUS] = { .name = "ap",
			     .parent = APS_DIR_BUS,
			     .mixed = -1,
			     .core = APC_KIND_BUS,
			     .entries = ap_bus,
			     .subsystem = "bus" },
	[APS_DIR_AP_BUS_DEVICES] = { PLAIN("devices", APS_DIR_AP_BUS),
				     CHILDREN(DEVICES, DEVICE, S_IFLNK, APS_DIR_NONE) },
	[APS_DIR_AP_BUS_DRIVERS] = { PLAIN("drivers", APS_DIR_AP_BUS),
				     .entries = ap_bus_drivers },
	[APS_DIR_DRIVER_CARD] = { PLAIN("cex4card", APS_DIR_AP_BUS_DRIVERS),
				  .entries = driver_cex4, .subsystem = "drivers",
				  CHILDREN(CARDS_BOUND, DEVICE, S_IFLNK, APS_DIR_NONE) },
	[APS_DIR_DRIVER_QUEUE] = { PLAIN("cex4queue", APS_DIR_AP_BUS_DRIVERS),
				   .entries = driver_cex4, .subsystem = "drivers",
				   CHILDREN(HOST_BOUND, DEVICE, S_IFLNK, APS_DIR_NONE) },
	[APS_DIR_DRIVER_VFIO_AP] = { PLAIN("vfio_ap", APS_DIR_AP_BUS_DRIVERS),
				     .entries = driver_vfio_ap, .subsystem = "drivers",
				     CHILDREN(VFIO_BOUND, DEVICE, S_IFLNK,
					      APS_DIR_NONE) },
	[APS_DIR_MATRIX_BUS] = { PLAIN("matrix", APS_DIR_BUS), .entries = matrix_bus,
				 .subsystem = "bus" },
	[APS_DIR_MATRIX_BUS_DEVICES] = { PLAIN("devices", APS_DIR_MATRIX_BUS),
					 .entries = matrix_bus_devices },
	[APS_DIR_MATRIX_BUS_DRIVERS] = { PLAIN("drivers", APS_DIR_MATRIX_BUS),
					 .entries = matrix_bus_drivers },
	[APS_DIR_DRIVER_MATRIX] = { PLAIN("vfio_ap", APS_DIR_MATRIX_BUS_DRIVERS),
				    .entries = driver_matrix, .subsystem = "drivers" },
	[APS_DIR_MDEV_BUS] = { PLAIN("mdev", APS_DIR_BUS), .entries = mdev_bus,
			       .subsystem = "bus" },
	[APS_DIR_MDEV_BUS_DEVICES] = { PLAIN("devices", APS_DIR_MDEV_BUS),
				       CHILDREN(MDEVS, UUID, S_IFLNK, APS_DIR_MDEV) },
	[APS_DIR_MDEV_BUS_DRIVERS] = { PLAIN("drivers", APS_DIR_MDEV_BUS),
				       .entries = mdev_bus_drivers },
	[APS_DIR_DRIVER_MDEV] = { PLAIN("vfio_ap_mdev", APS_DIR_MDEV_BUS_DRIVERS),
				  .entries = driver_vfio_ap, .subsystem = "drivers",
				  CHILDREN(MDEVS, UUID, S_IFLNK, APS_DIR_MDEV) },
	[APS_DIR_CLASS_MDEV_BUS] = { PLAIN("mdev_bus", APS_DIR_CLASS),
				     .entries = matrix_bus_devices },
	[APS_DIR_CLASS_VFIO] = { PLAIN("vfio", APS_DIR_CLASS),
				 CHILDREN(MDEVS, GROUP, S_IFLNK, APS_DIR_VFIO_GROUP) },
	[APS_DIR_CLASS_VFIO_DEV] = { PLAIN("vfio-dev", APS_DIR_CLASS),
				     CHILDREN(MDEVS, VFIO_DEV, S_IFLNK,
					      APS_DIR_VFIO_DEV) },
	[APS_DIR_AP] = { PLAIN("ap", APS_DIR_DEVICES), .entries = ap, .subsystem = "ap",
			 CHILDREN(CARDS, DEVICE, S_IFDIR, APS_DIR_CARD) },
	[APS_DIR_CARD] = { .parent = APS_DIR_AP,
			   .object = APS_OBJECT_CARD,
			   .mixed = -1,
			   .core = APC_KIND_CARD,
			   .entries = card,
			   .subsystem = "ap",
			   CHILDREN(QUEUES, DEVICE, S_IFDIR, APS_DIR_QUEUE) },
	[APS_DIR_QUEUE] = { .parent = APS_DIR_CARD,
			    .object = APS_OBJECT_QUEUE,
			    .mixed = -1,
			    .core = APC_KIND_QUEUE,
			    .entries = queue,
			    .subsystem = "ap" },
	[APS_DIR_VFIO_AP] = { PLAIN("vfio_ap", APS_DIR_DEVICES), .entries = vfio_ap },
	[APS_DIR_MATRIX] = { .name = "matrix",
			     .parent = APS_DIR_VFIO_AP,
			     .mixed = -1,
			     .core = APC_KIND_MATRIX,
			     .entries = matrix,
			     .subsystem = "matrix",
			     CHILDREN(MDEVS, UUID, S_IFDIR, APS_DIR_MDEV) },
	[APS_DIR_MDEV_TYPES] = { PLAIN("mdev_supported_types", APS_DIR_MATRIX),
				 .entries = mdev_types },
	[APS_DIR_MDEV_TYPE] = { .name = "vfio_ap-passthrough",
				.parent = APS_DIR_MDEV_TYPES,
				.mixed = -1,
				.core = APC_KIND_MDEV_TYPE,
				.entries = mdev_type },
	[APS_DIR_MDEV_TYPE_DEVICES] = { PLAIN("devices", APS_DIR_MDEV_TYPE),
					CHILDREN(MDEVS, UUID, S_IFLNK, APS_DIR_MDEV) },
	[APS_DIR_MDEV] = { .parent = APS_DIR_MATRIX,
			   .object = APS_OBJECT_MDEV,
			   .mixed = -1,
			   .core = APC_KIND_MDEV,
			   .entries = mdev,
			   .subsystem = "mdev" },
	[APS_DIR_MDEV_VFIO_DEV] = { .name = "vfio-dev",
				    OF_OBJECT(APS_DIR_MDEV, MDEV),
				    CHILDREN(MDEV_SELF, VFIO_DEV, S_IFDIR,
					     APS_DIR_VFIO_DEV) },
	[APS_DIR_VFIO_DEV] = { OF_OBJECT(APS_DIR_MDEV_VFIO_DEV, MDEV),
			       .entries = vfio_dev, .subsystem = "vfio-dev" },
	[APS_DIR_VIRTUAL_VFIO] = { PLAIN("vfio", APS_DIR_VIRTUAL), .there = has_groups,
				   CHILDREN(MDEVS, GROUP, S_IFDIR, APS_DIR_VFIO_GROUP) },
	[APS_DIR_VFIO_GROUP] = { OF_OBJECT(APS_DIR_VIRTUAL_VFIO, MDEV),
				 .entries = vfio_group, .subsystem = "vfio" },
	[APS_DIR_IOMMU_GROUPS] = { MIXED("iommu_groups", APS_DIR_KERNEL, IOMMU_GROUPS),
				   CHILDREN(MDEVS, GROUP, S_IFDIR, APS_DIR_IOMMU_GROUP) },
	[APS_DIR_IOMMU_GROUP] = { OF_OBJECT(APS_DIR_IOMMU_GROUPS, MDEV),
				  .entries = iommu_group },
	[APS_DIR_IOMMU_GROUP_DEVICES] = { .name = "devices",
					  OF_OBJECT(APS_DIR_IOMMU_GROUP, MDEV),
					  CHILDREN(MDEV_SELF, UUID, S_IFLNK,
						   APS_DIR_MDEV) },
	[APS_DIR_MODULE_AP] = { PLAIN("ap", APS_DIR_MODULE), .entries = built_in,
				.subsystem = "module" },
	[APS_DIR_MODULE_MDEV] = { PLAIN("mdev", APS_DIR_MODULE), .entries = loaded,
				  .subsystem = "module" },
	[APS_DIR_MODULE_VFIO] = { PLAIN("vfio", APS_DIR_MODULE), .entries = loaded,
				  .subsystem = "module" },
	[APS_DIR_MODULE_VFIO_AP] = { PLAIN("vfio_ap", APS_DIR_MODULE),
				     .entries = module_vfio_ap, .subsystem = "module" },
	[APS_DIR_MODULE_VFIO_AP_DRIVERS] = { PLAIN("drivers", APS_DIR_MODULE_VFIO_AP),
					     .entries = module_vfio_ap_drivers },
	[APS_DIR_MODULE_ZCRYPT] = { PLAIN("zcrypt", APS_DIR_MODULE), .entries = loaded,
				    .subsystem = "module" },
	[APS_DIR_MODULE_CEX4] = { PLAIN("zcrypt_cex4", APS_DIR_MODULE),
				  .entries = module_cex4, .subsystem = "module" },
	[APS_DIR_MODULE_CEX4_DRIVERS] = { PLAIN("drivers", APS_DIR_MODULE_CEX4),
					  .entries = module_cex4_drivers },
};

G_STATIC_ASSERT(G_N_ELEMENTS(dirs) == APS_DIR_COUNT);

const struct aps_dir *aps_dir(enum aps_dir_kind kind)
{
	return &dirs[kind];
}

const struct aps_entry *aps_dir_entry(enum aps_dir_kind kind, unsigned int index)
{
	const struct aps_entry *entry = dirs[kind].entries;

	while (entry && entry->name && index--)
		entry++;
	return entry && entry->name ? entry : NULL;
}

const struct aps_entry *aps_node_entry(const struct aps_node *node)
{
	if (node->leaf < APS_LEAF_STATIC)
		return NULL;
	return aps_dir_entry(node->dir, node->leaf - APS_LEAF_STATIC);
}
