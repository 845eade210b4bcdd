// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to one queue costs the same on a machine with 16 times as many queues and
 * matrices.  Instructions are counted, one by one, in a child process: time would depend
 * on whatever else this machine does.
 */
#include <glib.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apc_matrix.h"

/* Ids that matrices in a machine of many have of either kind. */
#define BLOCK 4
/* Machines of so many adapters and domains each: once, 4 and 16 times as many queues. */
static const unsigned int sizes[] = { 16, 32, 64 };

struct machine {
	struct apc_matrix mx;
	struct apc_pool pool;
	struct apc_mdev *mdevs;
	unsigned int size;
};

static void all_below(struct apc_mask *mask, unsigned int first, unsigned int count)
{
	apc_mask_zero(mask);
	while (count--)
		apc_mask_set(mask, first + count);
}

static void add_matrix(struct machine *machine, unsigned int number, unsigned int apid,
		       unsigned int apqi, unsigned int count)
{
	struct apc_mdev *mdev = &machine->mdevs[number];
	struct apc_masks masks = { 0 };
	char uuid[APC_UUID_CHARS + 1];

	g_snprintf(uuid, sizeof(uuid), "%08x-0000-4000-8000-000000000000", number);
	g_assert_cmpint(apc_matrix_add(&machine->mx, mdev, uuid), ==, 0);
	all_below(&masks.apm, apid, count);
	all_below(&masks.aqm, apqi, count);
	g_assert_cmpint(apc_mdev_set_masks(&machine->mx, mdev, &masks), ==, 0);
}

/* All of it is configured, and bound to vfio_ap. */
static struct machine *machine_new(unsigned int size)
{
	struct machine *machine = g_new0(struct machine, 1);
	struct apc_qci qci = { .flags = APC_QCI_APXA, .na = 255, .nd = 255 };
	struct apc_mask all;
	unsigned int apid;

	machine->size = size;
	all_below(&all, 0, size);
	qci.config.apm = all;
	qci.config.aqm = all;
	apc_matrix_init(&machine->mx, NULL, &machine->pool, &qci);
	for (apid = 0; apid < size; apid++)
		apc_matrix_bind(&machine->mx, apid, &all);
	machine->mdevs = g_new0(struct apc_mdev, size * size);
	return machine;
}

/* Matrices that have all of its queues, each the same number. */
static struct machine *machine_new_of_many(unsigned int size)
{
	struct machine *machine = machine_new(size);
	unsigned int number = 0, apid, apqi;

	for (apid = 0; apid < size; apid += BLOCK)
		for (apqi = 0; apqi < size; apqi += BLOCK)
			add_matrix(machine, number++, apid, apqi, BLOCK);
	return machine;
}

static struct machine *machine_new_of_one(unsigned int size)
{
	struct machine *machine = machine_new(size);

	add_matrix(machine, 0, 0, 0, size);
	return machine;
}

static void machine_free(struct machine *machine)
{
	g_free(machine->mdevs);
	g_free(machine);
}

static void nothing(struct machine *machine)
{
	(void)machine;
}

static void unbind(struct machine *machine)
{
	struct apc_mask one = { { 0 } };

	apc_mask_set(&one, 1);
	apc_matrix_unbind(&machine->mx, 1, &one);
}

static void bind(struct machine *machine)
{
	struct apc_mask one = { { 0 } };

	apc_mask_set(&one, 1);
	apc_matrix_bind(&machine->mx, 1, &one);
	apc_matrix_settle(&machine->mx);
}

static void reset(struct machine *machine)
{
	apc_matrix_reset_done(&machine->mx, 1, 1, APC_RC_NORMAL);
}

static void be_counted(void (*step)(struct machine *machine), struct machine *machine)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(1);
	raise(SIGSTOP);
	step(machine);
	raise(SIGSTOP);
	_exit(0);
}

/* Between the two signals; what sending them takes is in it. */
static long count_child(pid_t child)
{
	long count = -1;
	int status;

	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	if (WIFEXITED(status))
		return -1;
	do {
		count++;
		g_assert_cmpint(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL), ==, 0);
		g_assert_cmpint(waitpid(child, &status, 0), ==, child);
		g_assert_true(WIFSTOPPED(status));
	} while (WSTOPSIG(status) != SIGSTOP);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return count;
}

/* Instructions of @step, which changes nothing here; -1 where they cannot be counted. */
static long count_step(void (*step)(struct machine *machine), struct machine *machine)
{
	pid_t child = fork();

	g_assert_cmpint(child, >=, 0);
	if (!child)
		be_counted(step, machine);
	return count_child(child);
}

static long cost_of(void (*step)(struct machine *machine), struct machine *machine)
{
	long idle = count_step(nothing, machine);

	return idle < 0 ? -1 : count_step(step, machine) - idle;
}

/* On each machine, with the queue bound or not; false where it cannot be counted. */
static bool costs_of(void (*step)(struct machine *machine), bool bound,
		     struct machine *(*new)(unsigned int size), long costs[])
{
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(sizes); i++) {
		struct machine *machine = new (sizes[i]);

		if (!bound)
			unbind(machine);
		costs[i] = cost_of(step, machine);
		machine_free(machine);
		if (costs[i] < 0)
			return false;
	}
	g_test_message("%ld, %ld, %ld instructions", costs[0], costs[1], costs[2]);
	return true;
}

static void does_not_grow(void (*step)(struct machine *machine), bool bound,
			  struct machine *(*new)(unsigned int size))
{
	long costs[G_N_ELEMENTS(sizes)];

	if (!costs_of(step, bound, new, costs)) {
		g_test_skip("nobody may count instructions here");
		return;
	}
	g_assert_cmpint(costs[0], >, 10);
	g_assert_cmpint(costs[2], <=, costs[0] + costs[0] / 4);
}

static void probe_does_not_grow_with_matrices(void)
{
	does_not_grow(bind, false, machine_new_of_many);
}

static void probe_does_not_grow_with_matrix(void)
{
	does_not_grow(bind, false, machine_new_of_one);
}

/* All queues of the matrix and the adapter are reset: here they are always the same. */
static void removal_does_not_grow_with_matrices(void)
{
	does_not_grow(unbind, true, machine_new_of_many);
}

static void end_of_reset_does_not_grow_with_matrices(void)
{
	does_not_grow(reset, true, machine_new_of_many);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/steps/probe_does_not_grow_with_matrices",
			probe_does_not_grow_with_matrices);
	g_test_add_func("/steps/probe_does_not_grow_with_matrix",
			probe_does_not_grow_with_matrix);
	g_test_add_func("/steps/removal_does_not_grow_with_matrices",
			removal_does_not_grow_with_matrices);
	g_test_add_func("/steps/end_of_reset_does_not_grow_with_matrices",
			end_of_reset_does_not_grow_with_matrices);
	return g_test_run();
}
