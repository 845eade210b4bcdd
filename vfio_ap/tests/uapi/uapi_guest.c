// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later
/*
 * A micro guest under KVM.
 *
 * Every run ends in a disabled wait state, which KVM hands to user space; the address
 * in the PSW tells which one: behind the instruction, or one of those that its
 * interruptions lead to.
 */
#include "uapi_guest.h"
#include "uapi_vfio.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/kvm.h>

/* KVM wants it where a segment of storage begins. */
#define SEGMENT 0x100000UL

/* The guest's storage. */
#define PROGRAM_CODE 0x08e
#define IO_WORD	     0x0c0
#define EXTERNAL_NEW 0x1b0
#define SVC_NEW	     0x1c0
#define PROGRAM_NEW  0x1d0
#define MACHINE_NEW  0x1e0
#define IO_NEW	     0x1f0
#define DONE_PSW     0x400
#define CODE	     0x2000
#define CODE_ROOM    64
/* Where the disabled waits are that a run ends in. */
#define WAIT_DONE      0x10
#define WAIT_PROGRAM   0x20
#define WAIT_IO	       0x30
#define WAIT_ELSEWHERE 0x40

#define PSW_IO	    0x0200000000000000ULL
#define PSW_WAIT    0x0002000000000000ULL
#define PSW_PROBLEM 0x0001000000000000ULL
#define PSW_64BIT   0x0000000180000000ULL

/* ipm 14; lpswe DONE_PSW */
static const unsigned char epilogue[] = { 0xb2, 0x22, 0x00,	     0xe0,
					  0xb2, 0xb2, DONE_PSW >> 8, DONE_PSW & 0xff };
#define CC_REGISTER 14
#define CC_SHIFT    28

#define CR_IO_SUBCLASSES 6
#define ISCS_SHIFT	 24

#define FACILITIES    256
#define FACILITY_AQIC 65

struct uapi_guest {
	int vm;
	int vcpu;
	int vfio; /* the device that knows which groups the guest has, or -1 */
	struct kvm_run *shared;
	size_t shared_size;
	unsigned char *memory;
};

/* --- making one --- */

static void clear_facility(__u64 *list, unsigned int facility)
{
	list[facility / 64] &= ~(1ULL << (63 - facility % 64));
}

/* All that KVM has, which is more than it gives without being asked. */
static int set_facilities(int vm, const struct uapi_model *model)
{
	struct kvm_s390_vm_cpu_machine machine;
	struct kvm_s390_vm_cpu_processor processor = { 0 };
	struct kvm_device_attr attr = {
		.group = KVM_S390_VM_CPU_MODEL,
		.attr = KVM_S390_VM_CPU_MACHINE,
		.addr = (uintptr_t)&machine,
	};
	unsigned int i;
	int rc = uapi_ioctl(vm, KVM_GET_DEVICE_ATTR, &attr);

	if (rc)
		return rc;
	processor.cpuid = machine.cpuid;
	processor.ibc = machine.ibc & 0xfff;
	for (i = 0; i < FACILITIES; i++)
		processor.fac_list[i] = machine.fac_mask[i] & machine.fac_list[i];
	if (!model->aqic)
		clear_facility(processor.fac_list, FACILITY_AQIC);
	attr.attr = KVM_S390_VM_CPU_PROCESSOR;
	attr.addr = (uintptr_t)&processor;
	return uapi_ioctl(vm, KVM_SET_DEVICE_ATTR, &attr);
}

static int allow_ap(int vm)
{
	struct kvm_device_attr attr = {
		.group = KVM_S390_VM_CRYPTO,
		.attr = KVM_S390_VM_CRYPTO_ENABLE_APIE,
	};

	return uapi_ioctl(vm, KVM_SET_DEVICE_ATTR, &attr);
}

static int make_memory(struct uapi_guest *guest)
{
	struct kvm_userspace_memory_region region = { .memory_size = UAPI_GUEST_MEMORY };
	void *memory = mmap(NULL, UAPI_GUEST_MEMORY + SEGMENT, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t begin;

	if (memory == MAP_FAILED)
		return -errno;
	begin = ((uintptr_t)memory + SEGMENT - 1) & ~(SEGMENT - 1);
	munmap(memory, begin - (uintptr_t)memory);
	munmap((void *)(begin + UAPI_GUEST_MEMORY), (uintptr_t)memory + SEGMENT - begin);
	guest->memory = (unsigned char *)begin;
	region.userspace_addr = begin;
	return uapi_ioctl(guest->vm, KVM_SET_USER_MEMORY_REGION, &region);
}

static int make_vcpu(struct uapi_guest *guest, int kvm)
{
	int size = uapi_ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL);
	void *shared;

	if (size < 0)
		return size;
	guest->vcpu = uapi_ioctl(guest->vm, KVM_CREATE_VCPU, NULL);
	if (guest->vcpu < 0)
		return guest->vcpu;
	shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, guest->vcpu, 0);
	if (shared == MAP_FAILED)
		return -errno;
	guest->shared = shared;
	guest->shared_size = size;
	return 0;
}

static int make(struct uapi_guest *guest, int kvm, const struct uapi_model *model)
{
	int rc;

	guest->vm = uapi_ioctl(kvm, KVM_CREATE_VM, NULL);
	if (guest->vm < 0)
		return guest->vm;
	rc = set_facilities(guest->vm, model);
	if (!rc && model->ap)
		rc = allow_ap(guest->vm);
	if (!rc)
		rc = make_memory(guest);
	return rc ? rc : make_vcpu(guest, kvm);
}

int uapi_guest_new(const struct uapi_model *model, struct uapi_guest **guest)
{
	struct uapi_guest *made = calloc(1, sizeof(*made));
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int rc = kvm < 0 ? -errno : 0;

	if (!made)
		rc = -ENOMEM;
	if (!rc) {
		made->vm = -1;
		made->vcpu = -1;
		made->vfio = -1;
		rc = make(made, kvm, model);
		if (rc)
			uapi_guest_free(made);
	} else {
		free(made);
	}
	if (kvm >= 0)
		close(kvm);
	if (!rc)
		*guest = made;
	return rc;
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

void uapi_guest_free(struct uapi_guest *guest)
{
	if (!guest)
		return;
	if (guest->shared)
		munmap(guest->shared, guest->shared_size);
	close_if_open(guest->vcpu);
	close_if_open(guest->vfio);
	close_if_open(guest->vm);
	if (guest->memory)
		munmap(guest->memory, UAPI_GUEST_MEMORY);
	free(guest);
}

int uapi_guest_tell(struct uapi_guest *guest, int fd, bool has)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO };
	struct kvm_device_attr attr = {
		.group = KVM_DEV_VFIO_GROUP,
		.attr = has ? KVM_DEV_VFIO_GROUP_ADD : KVM_DEV_VFIO_GROUP_DEL,
		.addr = (uintptr_t)&fd,
	};
	int rc;

	if (guest->vfio < 0) {
		rc = uapi_ioctl(guest->vm, KVM_CREATE_DEVICE, &device);
		if (rc)
			return rc;
		guest->vfio = device.fd;
	}
	return uapi_ioctl(guest->vfio, KVM_SET_DEVICE_ATTR, &attr);
}

unsigned char *uapi_guest_memory(struct uapi_guest *guest)
{
	return guest->memory;
}

/* --- running --- */

static void store(unsigned char *to, uint64_t value)
{
	memcpy(to, &value, sizeof(value));
}

static uint32_t load(const unsigned char *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return value;
}

static void put_psw(struct uapi_guest *guest, unsigned int where, uint64_t address)
{
	store(guest->memory + where, PSW_WAIT | PSW_64BIT);
	store(guest->memory + where + sizeof(uint64_t), address);
}

static void put_psws(struct uapi_guest *guest)
{
	put_psw(guest, DONE_PSW, WAIT_DONE);
	put_psw(guest, PROGRAM_NEW, WAIT_PROGRAM);
	put_psw(guest, IO_NEW, WAIT_IO);
	put_psw(guest, EXTERNAL_NEW, WAIT_ELSEWHERE);
	put_psw(guest, SVC_NEW, WAIT_ELSEWHERE);
	put_psw(guest, MACHINE_NEW, WAIT_ELSEWHERE);
}

/* Whose run a timer ends: there is one at a time. */
static struct kvm_run *running;

static void give_up(int signal)
{
	(void)signal;
	if (running)
		running->immediate_exit = 1;
}

/* It strikes again and again: once might be before the run has begun. */
static void set_timer(unsigned int seconds)
{
	struct itimerval timer = {
		.it_value.tv_sec = seconds,
		.it_interval.tv_usec = seconds ? 100000 : 0,
	};
	struct sigaction action = { .sa_handler = give_up };

	if (seconds)
		sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* KVM_RUN until something is worth telling; @code is KVM's exit reason. */
static int go(struct uapi_guest *guest, unsigned int seconds, bool *late)
{
	int rc;

	guest->shared->immediate_exit = 0;
	running = guest->shared;
	set_timer(seconds);
	do {
		rc = uapi_ioctl(guest->vcpu, KVM_RUN, NULL);
	} while (rc == -EINTR && !guest->shared->immediate_exit);
	set_timer(0);
	running = NULL;
	*late = rc == -EINTR;
	return *late ? 0 : rc;
}

static void tell_end(struct uapi_guest *guest, struct uapi_run *run)
{
	const struct kvm_run *shared = guest->shared;

	memcpy(run->gprs, shared->s.regs.gprs, sizeof(run->gprs));
	run->cc = run->gprs[CC_REGISTER] >> CC_SHIFT & 3;
	run->ended = UAPI_ENDED_OUTSIDE;
	run->code = shared->exit_reason;
	if (shared->exit_reason != KVM_EXIT_S390_SIEIC || !(shared->psw_mask & PSW_WAIT))
		return;
	switch (shared->psw_addr) {
	case WAIT_DONE:
		run->ended = UAPI_ENDED_WELL;
		break;
	case WAIT_PROGRAM:
		run->ended = UAPI_ENDED_PROGRAM;
		run->code = load(guest->memory + PROGRAM_CODE - 2) & 0xffff;
		break;
	case WAIT_IO:
		run->ended = UAPI_ENDED_IO;
		run->code = load(guest->memory + IO_WORD);
		break;
	}
}

static int run_from(struct uapi_guest *guest, uint64_t mask, uint8_t iscs,
		    struct uapi_run *run, unsigned int seconds)
{
	struct kvm_run *shared = guest->shared;
	bool late;
	int rc;

	put_psws(guest);
	shared->psw_mask = mask;
	shared->psw_addr = CODE;
	memcpy(shared->s.regs.gprs, run->gprs, sizeof(run->gprs));
	shared->s.regs.crs[CR_IO_SUBCLASSES] = (uint64_t)iscs << ISCS_SHIFT;
	shared->kvm_dirty_regs = KVM_SYNC_CRS;
	rc = go(guest, seconds, &late);
	if (rc)
		return rc;
	if (late)
		run->ended = UAPI_ENDED_LATE;
	else
		tell_end(guest, run);
	return 0;
}

int uapi_guest_run(struct uapi_guest *guest, struct uapi_run *run, unsigned int seconds)
{
	unsigned char *code = guest->memory + CODE;

	memset(code, 0, CODE_ROOM);
	memcpy(code, run->text, run->len);
	memcpy(code + run->len, epilogue, sizeof(epilogue));
	return run_from(guest, PSW_64BIT | (run->problem ? PSW_PROBLEM : 0), 0, run,
			seconds);
}

int uapi_guest_wait(struct uapi_guest *guest, uint8_t iscs, struct uapi_run *run,
		    unsigned int seconds)
{
	memset(run, 0, sizeof(*run));
	return run_from(guest, PSW_64BIT | PSW_WAIT | PSW_IO, iscs, run, seconds);
}
