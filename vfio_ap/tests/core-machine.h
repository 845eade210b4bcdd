/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A machine for tests of the core: its callbacks write what they get into a log
 * that a test compares as text.
 */
#ifndef CORE_MACHINE_H
#define CORE_MACHINE_H

#include <glib.h>

#include "apc_attr.h"

/**
 * struct core_machine - bus with a log
 * @bus: first, so that a pointer to it is one to the machine
 * @log: one entry per callback, each with a newline
 * @log_events: whether uevents are logged, too
 */
struct core_machine {
	struct apc_bus bus;
	GString *log;
	bool log_events;
};

/*
 * Cards 5 (CEX5C) and 6 (CEX5A), domains 4, 0x47, 0xab, 0xff as usage and control
 * domains, scanned; every queue in the host pool.
 */
struct core_machine *core_machine_new(void);
/* The same with no queue in the host pool. */
struct core_machine *core_machine_new_free(void);
/* Without any hardware, before the first scan. */
struct core_machine *core_machine_new_empty(void);
void core_machine_free(struct core_machine *machine);

/* Adds an mdev whose UUID ends in @n. */
struct apc_mdev *core_mdev_new(struct core_machine *machine, unsigned int n);
/* Writes to an attribute: 0, APC_STORE_* or -errno. */
int core_bus_write(struct core_machine *machine, const char *attr, const char *text);
int core_mdev_write(struct core_machine *machine, struct apc_mdev *mdev, const char *attr,
		    const char *text);
/* Writes "attr=text attr=text …", all of which have to succeed. */
void core_mdev_setup(struct core_machine *machine, struct apc_mdev *mdev,
		     const char *writes);
/* Reads an attribute whole; !errno for an error. Caller frees. */
char *core_bus_read(struct core_machine *machine, const char *attr);
char *core_mdev_read(struct core_machine *machine, struct apc_mdev *mdev,
		     const char *attr);
/* @name is "card05" or "05.0004". */
char *core_device_read(struct core_machine *machine, const char *name, const char *attr);
int core_device_write(struct core_machine *machine, const char *name, const char *attr,
		      const char *text);

/* The log so far, which is empty afterwards. Caller frees. */
char *core_take_log(struct core_machine *machine);

/* Compares and empties the log. */
#define core_assert_log(machine, expected)                                               \
	do {                                                                             \
		g_autofree char *log_ = core_take_log(machine);                          \
		g_assert_cmpstr(log_, ==, (expected));                                   \
	} while (0)
/* Compares what is read. */
#define core_assert_mdev(machine, mdev, attr, expected)                                  \
	do {                                                                             \
		g_autofree char *text_ = core_mdev_read((machine), (mdev), (attr));      \
		g_assert_cmpstr(text_, ==, (expected));                                  \
	} while (0)
#define core_assert_bus(machine, attr, expected)                                         \
	do {                                                                             \
		g_autofree char *text_ = core_bus_read((machine), (attr));               \
		g_assert_cmpstr(text_, ==, (expected));                                  \
	} while (0)
#define core_assert_device(machine, name, attr, expected)                                \
	do {                                                                             \
		g_autofree char *text_ = core_device_read((machine), (name), (attr));    \
		g_assert_cmpstr(text_, ==, (expected));                                  \
	} while (0)

#endif
