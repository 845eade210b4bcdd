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

#define SUBDIR(text, kind) { .name = (text), .mode = DIR_MODE, .dir = (kind) }
#define LINK(text, kind)   { .name = (text), .mode = LINK_MODE, .dir = (kind) }
#define LINK_IF(text, kind, condition) \
	{ .name = (text), .mode = LINK_MODE, .dir = (kind), .visible = (condition) }
#define READ(text, function)  { .name = (text), .mode = RO, .read = (function) }
#define WRITE(text, function) { .name = (text), .mode = WO, .write = (function) }
/* The file uevent of a device, and that of a bus, driver or module. */
#define UEVENT	   { "uevent", RW, 0, NULL, aps_read_uevent, aps_write_uevent }
#define BUS_UEVENT WRITE("uevent", aps_write_uevent)
#define AUTOPROBE  { "drivers_autoprobe", RW, 0, NULL, aps_read_one, aps_write_ignored }

static bool card_bound(const struct aps_machine *machine, u32 object)
{
	return apc_bus_card_driver(&machine->bus, aps_object_apid(object)) != APC_DRIVER_NONE;
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

/* --- what is in them ---------------------------------------------------------------- */

/* The first entry is found, but not listed. */
static const struct aps_entry root[] = {
	{ .name = APS_HIDDEN_DIR, .mode = S_IFDIR | 0700, .dir = APS_DIR_HIDDEN },
	SUBDIR("bus", APS_DIR_BUS),
	SUBDIR("class", APS_DIR_CLASS),
	SUBDIR("dev", APS_DIR_DEV),
	SUBDIR("devices", APS_DIR_DEVICES),
	SUBDIR("kernel", APS_DIR_KERNEL),
	SUBDIR("module", APS_DIR_MODULE),
};

static const struct aps_entry hidden[] = {
	SUBDIR(APS_HIDDEN_CONTROL, APS_DIR_CONTROL),
	SUBDIR(APS_HIDDEN_VFIO, APS_DIR_DEV_VFIO),
};

static const struct aps_entry dev_vfio[] = {
	{ .name = "vfio", .mode = S_IFCHR | 0666 },
};

static const struct aps_entry bus[] = {
	SUBDIR("ap", APS_DIR_AP_BUS),
	SUBDIR("matrix", APS_DIR_MATRIX_BUS),
	SUBDIR("mdev", APS_DIR_MDEV_BUS),
};

static const struct aps_entry class[] = {
	SUBDIR("mdev_bus", APS_DIR_CLASS_MDEV_BUS),
	SUBDIR("vfio", APS_DIR_CLASS_VFIO),
	SUBDIR("vfio-dev", APS_DIR_CLASS_VFIO_DEV),
};

static const struct aps_entry dev[] = {
	SUBDIR("char", APS_DIR_DEV_CHAR),
};

static const struct aps_entry devices[] = {
	SUBDIR("ap", APS_DIR_AP),
	SUBDIR("vfio_ap", APS_DIR_VFIO_AP),
	SUBDIR("virtual", APS_DIR_VIRTUAL),
};

static const struct aps_entry virtual[] = {
	SUBDIR("vfio", APS_DIR_VIRTUAL_VFIO),
};

static const struct aps_entry kernel[] = {
	SUBDIR("iommu_groups", APS_DIR_IOMMU_GROUPS),
};

static const struct aps_entry module[] = {
	SUBDIR("ap", APS_DIR_MODULE_AP),
	SUBDIR("mdev", APS_DIR_MODULE_MDEV),
	SUBDIR("vfio", APS_DIR_MODULE_VFIO),
	SUBDIR("vfio_ap", APS_DIR_MODULE_VFIO_AP),
	SUBDIR("zcrypt", APS_DIR_MODULE_ZCRYPT),
	SUBDIR("zcrypt_cex4", APS_DIR_MODULE_CEX4),
};

static const struct aps_entry built_in[] = {
	BUS_UEVENT,
};

static const struct aps_entry loaded[] = {
	READ("initstate", aps_read_live),
	READ("refcnt", aps_read_refcnt),
	BUS_UEVENT,
};

static const struct aps_entry module_vfio_ap[] = {
	SUBDIR("drivers", APS_DIR_MODULE_VFIO_AP_DRIVERS),
	READ("initstate", aps_read_live),
	READ("refcnt", aps_read_refcnt),
	BUS_UEVENT,
};

static const struct aps_entry module_vfio_ap_drivers[] = {
	LINK("ap:vfio_ap", APS_DIR_DRIVER_VFIO_AP),
	LINK("mdev:vfio_ap_mdev", APS_DIR_DRIVER_MDEV),
};

static const struct aps_entry module_cex4[] = {
	SUBDIR("drivers", APS_DIR_MODULE_CEX4_DRIVERS),
	READ("initstate", aps_read_live),
	READ("refcnt", aps_read_refcnt),
	BUS_UEVENT,
};

static const struct aps_entry module_cex4_drivers[] = {
	LINK("ap:cex4card", APS_DIR_DRIVER_CARD),
	LINK("ap:cex4queue", APS_DIR_DRIVER_QUEUE),
};

static const struct aps_entry ap_bus[] = {
	SUBDIR("devices", APS_DIR_AP_BUS_DEVICES),
	SUBDIR("drivers", APS_DIR_AP_BUS_DRIVERS),
	BUS_UEVENT,
};

static const struct aps_entry ap_bus_drivers[] = {
	SUBDIR("cex4card", APS_DIR_DRIVER_CARD),
	SUBDIR("cex4queue", APS_DIR_DRIVER_QUEUE),
	SUBDIR("vfio_ap", APS_DIR_DRIVER_VFIO_AP),
};

static const struct aps_entry driver_cex4[] = {
	WRITE("bind", aps_write_bind),
	LINK("module", APS_DIR_MODULE_CEX4),
	BUS_UEVENT,
	WRITE("unbind", aps_write_unbind),
};

static const struct aps_entry driver_vfio_ap[] = {
	WRITE("bind", aps_write_bind),
	LINK("module", APS_DIR_MODULE_VFIO_AP),
	BUS_UEVENT,
	WRITE("unbind", aps_write_unbind),
};

static const struct aps_entry matrix_bus[] = {
	SUBDIR("devices", APS_DIR_MATRIX_BUS_DEVICES),
	SUBDIR("drivers", APS_DIR_MATRIX_BUS_DRIVERS),
	AUTOPROBE,
	WRITE("drivers_probe", aps_write_probe),
	BUS_UEVENT,
};

static const struct aps_entry matrix_bus_devices[] = {
	LINK("matrix", APS_DIR_MATRIX),
};

static const struct aps_entry matrix_bus_drivers[] = {
	SUBDIR("vfio_ap", APS_DIR_DRIVER_MATRIX),
};

static const struct aps_entry driver_matrix[] = {
	LINK("matrix", APS_DIR_MATRIX),
	BUS_UEVENT,
};

static const struct aps_entry mdev_bus[] = {
	SUBDIR("devices", APS_DIR_MDEV_BUS_DEVICES),
	SUBDIR("drivers", APS_DIR_MDEV_BUS_DRIVERS),
	AUTOPROBE,
	WRITE("drivers_probe", aps_write_probe),
	BUS_UEVENT,
};

static const struct aps_entry mdev_bus_drivers[] = {
	SUBDIR("vfio_ap_mdev", APS_DIR_DRIVER_MDEV),
};

static const struct aps_entry ap[] = {
	UEVENT,
};

static const struct aps_entry card[] = {
	LINK_IF("driver", APS_DIR_DRIVER_CARD, card_bound),
	LINK("subsystem", APS_DIR_AP_BUS),
	UEVENT,
};

static const struct aps_entry queue[] = {
	LINK_IF("driver", APS_DIR_DRIVER_QUEUE, queue_bound_to_host),
	LINK_IF("driver", APS_DIR_DRIVER_VFIO_AP, queue_bound_to_vfio),
	LINK("subsystem", APS_DIR_AP_BUS),
	UEVENT,
};

static const struct aps_entry vfio_ap[] = {
	SUBDIR("matrix", APS_DIR_MATRIX),
	LINK("module", APS_DIR_MODULE_VFIO_AP),
	UEVENT,
};

static const struct aps_entry matrix[] = {
	LINK("driver", APS_DIR_DRIVER_MATRIX),
	SUBDIR("mdev_supported_types", APS_DIR_MDEV_TYPES),
	LINK("subsystem", APS_DIR_MATRIX_BUS),
	UEVENT,
};

static const struct aps_entry mdev_types[] = {
	SUBDIR("vfio_ap-passthrough", APS_DIR_MDEV_TYPE),
};

static const struct aps_entry mdev_type[] = {
	SUBDIR("devices", APS_DIR_MDEV_TYPE_DEVICES),
};

static const struct aps_entry mdev[] = {
	LINK("driver", APS_DIR_DRIVER_MDEV),
	LINK("iommu_group", APS_DIR_IOMMU_GROUP),
	LINK("mdev_type", APS_DIR_MDEV_TYPE),
	LINK("subsystem", APS_DIR_MDEV_BUS),
	UEVENT,
	SUBDIR("vfio-dev", APS_DIR_MDEV_VFIO_DEV),
};

static const struct aps_entry vfio_dev[] = {
	LINK("device", APS_DIR_MDEV),
	LINK("subsystem", APS_DIR_CLASS_VFIO_DEV),
	UEVENT,
};

static const struct aps_entry vfio_group[] = {
	READ("dev", aps_read_group_dev),
	LINK("subsystem", APS_DIR_CLASS_VFIO),
	UEVENT,
};

static const struct aps_entry iommu_group[] = {
	SUBDIR("devices", APS_DIR_IOMMU_GROUP_DEVICES),
	READ("name", aps_read_group_name),
	READ("reserved_regions", aps_read_nothing),
	{ "type", RW, 0, NULL, aps_read_group_type, NULL },
};

/* --- the directories ------------------------------------------------------------------ */

#define ENTRIES(array) .entries = (array), .count = G_N_ELEMENTS(array)
#define PLAIN(text, in) .name = (text), .parent = (in), .mixed = -1, .core = -1
#define MIXED(text, in, which) \
	.name = (text), .parent = (in), .mixed = APS_MIXED_##which, .core = -1
#define OF_OBJECT(in, what) .parent = (in), .object = APS_OBJECT_##what, .mixed = -1, .core = -1
#define CHILDREN(whose, how, type, kind) \
	.family = APS_FAMILY_##whose, .naming = APS_NAMING_##how, .child_type = (type), \
	.child = (kind)

static const struct aps_dir dirs[] = {
	[APS_DIR_ROOT] = { MIXED("", APS_DIR_NONE, ROOT), ENTRIES(root) },
	[APS_DIR_HIDDEN] = { PLAIN(APS_HIDDEN_DIR, APS_DIR_ROOT), ENTRIES(hidden) },
	[APS_DIR_DEV_VFIO] = { PLAIN(APS_HIDDEN_VFIO, APS_DIR_HIDDEN), ENTRIES(dev_vfio),
			       CHILDREN(MDEVS, GROUP, S_IFREG, APS_DIR_NONE) },
	[APS_DIR_CONTROL] = { PLAIN(APS_HIDDEN_CONTROL, APS_DIR_HIDDEN),
			      .entries = aps_control_entries, .count = APS_CONTROL_COUNT },
	[APS_DIR_BUS] = { MIXED("bus", APS_DIR_ROOT, BUS), ENTRIES(bus) },
	[APS_DIR_CLASS] = { MIXED("class", APS_DIR_ROOT, CLASS), ENTRIES(class) },
	[APS_DIR_DEV] = { MIXED("dev", APS_DIR_ROOT, DEV), ENTRIES(dev) },
	[APS_DIR_DEV_CHAR] = { MIXED("char", APS_DIR_DEV, DEV_CHAR),
			       CHILDREN(MDEVS, CHAR, S_IFLNK, APS_DIR_VFIO_GROUP) },
	[APS_DIR_DEVICES] = { MIXED("devices", APS_DIR_ROOT, DEVICES), ENTRIES(devices) },
	[APS_DIR_VIRTUAL] = { MIXED("virtual", APS_DIR_DEVICES, VIRTUAL), ENTRIES(virtual) },
	[APS_DIR_KERNEL] = { MIXED("kernel", APS_DIR_ROOT, KERNEL), ENTRIES(kernel) },
	[APS_DIR_MODULE] = { MIXED("module", APS_DIR_ROOT, MODULE), ENTRIES(module) },
	[APS_DIR_AP_BUS] = { .name = "ap", .parent = APS_DIR_BUS, .mixed = -1,
			     .core = APC_KIND_BUS, ENTRIES(ap_bus), .subsystem = "bus" },
	[APS_DIR_AP_BUS_DEVICES] = { PLAIN("devices", APS_DIR_AP_BUS),
				     CHILDREN(DEVICES, DEVICE, S_IFLNK, APS_DIR_NONE) },
	[APS_DIR_AP_BUS_DRIVERS] = { PLAIN("drivers", APS_DIR_AP_BUS), ENTRIES(ap_bus_drivers) },
	[APS_DIR_DRIVER_CARD] = { PLAIN("cex4card", APS_DIR_AP_BUS_DRIVERS),
				  ENTRIES(driver_cex4), .subsystem = "drivers",
				  CHILDREN(CARDS_BOUND, DEVICE, S_IFLNK, APS_DIR_NONE) },
	[APS_DIR_DRIVER_QUEUE] = { PLAIN("cex4queue", APS_DIR_AP_BUS_DRIVERS),
				   ENTRIES(driver_cex4), .subsystem = "drivers",
				   CHILDREN(HOST_BOUND, DEVICE, S_IFLNK, APS_DIR_NONE) },
	[APS_DIR_DRIVER_VFIO_AP] = { PLAIN("vfio_ap", APS_DIR_AP_BUS_DRIVERS),
				     ENTRIES(driver_vfio_ap), .subsystem = "drivers",
				     CHILDREN(VFIO_BOUND, DEVICE, S_IFLNK, APS_DIR_NONE) },
	[APS_DIR_MATRIX_BUS] = { PLAIN("matrix", APS_DIR_BUS), ENTRIES(matrix_bus),
				 .subsystem = "bus" },
	[APS_DIR_MATRIX_BUS_DEVICES] = { PLAIN("devices", APS_DIR_MATRIX_BUS),
					 ENTRIES(matrix_bus_devices) },
	[APS_DIR_MATRIX_BUS_DRIVERS] = { PLAIN("drivers", APS_DIR_MATRIX_BUS),
					 ENTRIES(matrix_bus_drivers) },
	[APS_DIR_DRIVER_MATRIX] = { PLAIN("vfio_ap", APS_DIR_MATRIX_BUS_DRIVERS),
				    ENTRIES(driver_matrix), .subsystem = "drivers" },
	[APS_DIR_MDEV_BUS] = { PLAIN("mdev", APS_DIR_BUS), ENTRIES(mdev_bus),
			       .subsystem = "bus" },
	[APS_DIR_MDEV_BUS_DEVICES] = { PLAIN("devices", APS_DIR_MDEV_BUS),
				       CHILDREN(MDEVS, UUID, S_IFLNK, APS_DIR_MDEV) },
	[APS_DIR_MDEV_BUS_DRIVERS] = { PLAIN("drivers", APS_DIR_MDEV_BUS),
				       ENTRIES(mdev_bus_drivers) },
	[APS_DIR_DRIVER_MDEV] = { PLAIN("vfio_ap_mdev", APS_DIR_MDEV_BUS_DRIVERS),
				  ENTRIES(driver_vfio_ap), .subsystem = "drivers",
				  CHILDREN(MDEVS, UUID, S_IFLNK, APS_DIR_MDEV) },
	[APS_DIR_CLASS_MDEV_BUS] = { PLAIN("mdev_bus", APS_DIR_CLASS),
				     ENTRIES(matrix_bus_devices) },
	[APS_DIR_CLASS_VFIO] = { PLAIN("vfio", APS_DIR_CLASS),
				 CHILDREN(MDEVS, GROUP, S_IFLNK, APS_DIR_VFIO_GROUP) },
	[APS_DIR_CLASS_VFIO_DEV] = { PLAIN("vfio-dev", APS_DIR_CLASS),
				     CHILDREN(MDEVS, VFIO_DEV, S_IFLNK, APS_DIR_VFIO_DEV) },
	[APS_DIR_AP] = { PLAIN("ap", APS_DIR_DEVICES), ENTRIES(ap), .subsystem = "ap",
			 CHILDREN(CARDS, DEVICE, S_IFDIR, APS_DIR_CARD) },
	[APS_DIR_CARD] = { .parent = APS_DIR_AP, .object = APS_OBJECT_CARD, .mixed = -1,
			   .core = APC_KIND_CARD, ENTRIES(card), .subsystem = "ap",
			   CHILDREN(QUEUES, DEVICE, S_IFDIR, APS_DIR_QUEUE) },
	[APS_DIR_QUEUE] = { .parent = APS_DIR_CARD, .object = APS_OBJECT_QUEUE, .mixed = -1,
			    .core = APC_KIND_QUEUE, ENTRIES(queue), .subsystem = "ap" },
	[APS_DIR_VFIO_AP] = { PLAIN("vfio_ap", APS_DIR_DEVICES), ENTRIES(vfio_ap) },
	[APS_DIR_MATRIX] = { .name = "matrix", .parent = APS_DIR_VFIO_AP, .mixed = -1,
			     .core = APC_KIND_MATRIX, ENTRIES(matrix), .subsystem = "matrix",
			     CHILDREN(MDEVS, UUID, S_IFDIR, APS_DIR_MDEV) },
	[APS_DIR_MDEV_TYPES] = { PLAIN("mdev_supported_types", APS_DIR_MATRIX),
				 ENTRIES(mdev_types) },
	[APS_DIR_MDEV_TYPE] = { .name = "vfio_ap-passthrough", .parent = APS_DIR_MDEV_TYPES,
				.mixed = -1, .core = APC_KIND_MDEV_TYPE, ENTRIES(mdev_type) },
	[APS_DIR_MDEV_TYPE_DEVICES] = { PLAIN("devices", APS_DIR_MDEV_TYPE),
					CHILDREN(MDEVS, UUID, S_IFLNK, APS_DIR_MDEV) },
	[APS_DIR_MDEV] = { .parent = APS_DIR_MATRIX, .object = APS_OBJECT_MDEV, .mixed = -1,
			   .core = APC_KIND_MDEV, ENTRIES(mdev), .subsystem = "mdev" },
	[APS_DIR_MDEV_VFIO_DEV] = { .name = "vfio-dev", OF_OBJECT(APS_DIR_MDEV, MDEV),
				    CHILDREN(MDEV_SELF, VFIO_DEV, S_IFDIR, APS_DIR_VFIO_DEV) },
	[APS_DIR_VFIO_DEV] = { OF_OBJECT(APS_DIR_MDEV_VFIO_DEV, MDEV), ENTRIES(vfio_dev),
			       .subsystem = "vfio-dev" },
	[APS_DIR_VIRTUAL_VFIO] = { PLAIN("vfio", APS_DIR_VIRTUAL),
				   CHILDREN(MDEVS, GROUP, S_IFDIR, APS_DIR_VFIO_GROUP) },
	[APS_DIR_VFIO_GROUP] = { OF_OBJECT(APS_DIR_VIRTUAL_VFIO, MDEV), ENTRIES(vfio_group),
				 .subsystem = "vfio" },
	[APS_DIR_IOMMU_GROUPS] = { MIXED("iommu_groups", APS_DIR_KERNEL, IOMMU_GROUPS),
				   CHILDREN(MDEVS, GROUP, S_IFDIR, APS_DIR_IOMMU_GROUP) },
	[APS_DIR_IOMMU_GROUP] = { OF_OBJECT(APS_DIR_IOMMU_GROUPS, MDEV), ENTRIES(iommu_group) },
	[APS_DIR_IOMMU_GROUP_DEVICES] = { .name = "devices",
					  OF_OBJECT(APS_DIR_IOMMU_GROUP, MDEV),
					  CHILDREN(MDEV_SELF, UUID, S_IFLNK, APS_DIR_MDEV) },
	[APS_DIR_MODULE_AP] = { PLAIN("ap", APS_DIR_MODULE), ENTRIES(built_in),
				.subsystem = "module" },
	[APS_DIR_MODULE_MDEV] = { PLAIN("mdev", APS_DIR_MODULE), ENTRIES(loaded),
				  .subsystem = "module" },
	[APS_DIR_MODULE_VFIO] = { PLAIN("vfio", APS_DIR_MODULE), ENTRIES(loaded),
				  .subsystem = "module" },
	[APS_DIR_MODULE_VFIO_AP] = { PLAIN("vfio_ap", APS_DIR_MODULE), ENTRIES(module_vfio_ap),
				     .subsystem = "module" },
	[APS_DIR_MODULE_VFIO_AP_DRIVERS] = { PLAIN("drivers", APS_DIR_MODULE_VFIO_AP),
					     ENTRIES(module_vfio_ap_drivers) },
	[APS_DIR_MODULE_ZCRYPT] = { PLAIN("zcrypt", APS_DIR_MODULE), ENTRIES(loaded),
				    .subsystem = "module" },
	[APS_DIR_MODULE_CEX4] = { PLAIN("zcrypt_cex4", APS_DIR_MODULE), ENTRIES(module_cex4),
				  .subsystem = "module" },
	[APS_DIR_MODULE_CEX4_DRIVERS] = { PLAIN("drivers", APS_DIR_MODULE_CEX4),
					  ENTRIES(module_cex4_drivers) },
};

G_STATIC_ASSERT(G_N_ELEMENTS(dirs) == APS_DIR_COUNT);

const struct aps_dir *aps_dir(enum aps_dir_kind kind)
{
	return &dirs[kind];
}

const struct aps_entry *aps_node_entry(const struct aps_node *node)
{
	const struct aps_dir *dir = aps_dir(node->dir);
	unsigned int index = node->leaf - APS_LEAF_STATIC;

	return node->leaf >= APS_LEAF_STATIC && index < dir->count ? &dir->entries[index] : NULL;
}
