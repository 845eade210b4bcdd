/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later */
/*
 * A micro guest: a virtual machine of KVM with one processor that executes one
 * instruction at a time, in memory that this process sees, too.  s390x only.
 *
 * Functions return 0, or -errno when the kernel refuses.
 */
#ifndef UAPI_GUEST_H
#define UAPI_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Real addresses below this are the guest's. */
#define UAPI_GUEST_MEMORY (4ULL << 20)
/* Below this is what the guest needs for itself. */
#define UAPI_GUEST_FREE 0x10000ULL
#define UAPI_GPRS	16

struct uapi_guest;

/**
 * enum uapi_ended - how an instruction ended
 * @UAPI_ENDED_WELL: it is done; cc is set
 * @UAPI_ENDED_PROGRAM: a program interruption; code is set
 * @UAPI_ENDED_IO: an I/O interruption; code is the interruption word
 * @UAPI_ENDED_OUTSIDE: KVM leaves it to this process; code is KVM's exit reason
 * @UAPI_ENDED_LATE: it was given up
 */
enum uapi_ended {
	UAPI_ENDED_WELL,
	UAPI_ENDED_PROGRAM,
	UAPI_ENDED_IO,
	UAPI_ENDED_OUTSIDE,
	UAPI_ENDED_LATE,
};

/**
 * struct uapi_run - an instruction and what came of it
 * @text: the instruction, 2 to 6 bytes
 * @len: of it
 * @problem: executed in problem state
 * @gprs: general registers before and after; 14 is not the instruction's
 * @ended: how it ended
 * @cc: condition code
 * @code: see enum uapi_ended
 */
struct uapi_run {
	unsigned char text[6];
	size_t len;
	bool problem;
	uint64_t gprs[UAPI_GPRS];
	enum uapi_ended ended;
	unsigned int cc;
	uint32_t code;
};

/**
 * struct uapi_model - what a guest is to have
 * @ap: AP instructions at all
 * @aqic: those for interrupts
 */
struct uapi_model {
	bool ap;
	bool aqic;
};

int uapi_guest_new(const struct uapi_model *model, struct uapi_guest **guest);
/* Files that others have of it live on; NULL is none. */
void uapi_guest_free(struct uapi_guest *guest);
/* Tells KVM that the guest has a group or a device, or has it no more. */
int uapi_guest_tell(struct uapi_guest *guest, int fd, bool has);
/* Its memory from real address 0 on. */
unsigned char *uapi_guest_memory(struct uapi_guest *guest);

int uapi_guest_run(struct uapi_guest *guest, struct uapi_run *run, unsigned int seconds);
/* Waits with the interruption subclasses in @iscs (ISC 0 is the leftmost bit) enabled. */
int uapi_guest_wait(struct uapi_guest *guest, uint8_t iscs, struct uapi_run *run,
		    unsigned int seconds);

#endif
