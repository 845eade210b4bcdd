/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * serve-machine.h: a little machine of plain files below the entry points, a
 * stock driver of canned answers that counts how often it is asked, and access
 * control that a test can have say no.
 */
#pragma once

#include <libvirt/virterror.h>

#include "ap-driver.h"
#include "ap-root.h"
#include "ap-virt.h"

/* Card 5 with domains 4 and 0x47, card 6 with none, one matrix that exists, one
 * that is defined, and another parent of mediated devices. */
#define UUID         "11111111-2222-3333-4444-555555555555"
#define MATRIX_NAME  "mdev_11111111_2222_3333_4444_555555555555_matrix"
#define DEFINED_UUID "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
#define DEFINED_NAME "mdev_aaaaaaaa_bbbb_cccc_dddd_eeeeeeeeeeee_matrix"
#define OTHER_PARENT "sys/class/mdev_bus/0000:00:02.0"

/* What the stock driver lists, whatever it is asked for: others, and AP devices
 * as it sees them, one of which is gone. */
#define OTHERS      "computer pci_0000_00_00_0"
#define STOCK_NAMES "ap_05_0004 ap_card05 ap_card63 ap_matrix " OTHERS
/* The flag that it refuses. */
#define STOCK_REFUSED_FLAG (1U << 27)

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virNodeDevice, virNodeDeviceFree)

typedef struct {
    ApRoot *root;
    virConnectPtr conn;
} ServeMachine;

typedef void (*ServeTest)(ServeMachine *machine, gconstpointer data);

/* How often stock was asked. */
extern guint serve_stock_calls;
/* The device that nobody may see or touch, and whether anything is allowed. */
extern const char *serve_denied;
extern gboolean serve_all_denied;
/* What access control was asked about last. */
extern char *serve_asked_about;

/* Once, before any test. */
void
serve_machine_prepare(void);
/* Adds a test with a machine of its own. */
void
serve_machine_add(const char *path, ServeTest test);
