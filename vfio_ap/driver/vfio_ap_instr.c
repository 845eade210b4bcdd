// SPDX-License-Identifier: GPL-2.0
/*
 * The AP instructions that are needed here, with nothing but registers: the
 * kernel's own wrappers change their form from version to version.
 */
#include <linux/types.h>

#include "vfio_ap.h"

#define PQAP_TAPQ 0ULL
#define PQAP_ZAPQ 2ULL
#define PQAP_AQIC 3ULL

/* The low half of general register 1 afterwards is the status word. */
static u32 pqap(u64 gr0, u64 gr1, u64 gr2)
{
	asm volatile("	lgr	0,%[gr0]\n"
		     "	lgr	1,%[gr1]\n"
		     "	lgr	2,%[gr2]\n"
		     "	.insn	rre,0xb2af0000,0,0\n"
		     "	lgr	%[gr1],1\n"
		     : [gr1] "+&d"(gr1)
		     : [gr0] "d"(gr0), [gr2] "d"(gr2)
		     : "cc", "memory", "0", "1", "2");
	return gr1;
}

u32 vfio_ap_tapq(u16 apqn)
{
	return pqap(PQAP_TAPQ << 24 | apqn, 0, 0);
}

u32 vfio_ap_zapq(u16 apqn)
{
	return pqap(PQAP_ZAPQ << 24 | apqn, 0, 0);
}

u32 vfio_ap_aqic(u16 apqn, u64 control, phys_addr_t nib)
{
	return pqap(PQAP_AQIC << 24 | apqn, control, nib);
}
