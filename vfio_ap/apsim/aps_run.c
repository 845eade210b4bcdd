// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a command on a simulated machine: the supervisor.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aps_error.h"
#include "aps_fuse.h"
#include "aps_host.h"
#include "aps_init.h"
#include "aps_machine.h"
#include "aps_run.h"

/**
 * struct supervisor - the process that the user started
 * @profile: the machine to build
 * @host: the host's /sys
 * @machine: the machine
 * @fuse: serves its files
 * @fuse_fd: /dev/fuse
 * @init: process 1 of the machine
 * @report: from init, see APS_INIT_*
 * @go: to init
 * @signals: signalfd
 * @mask: signals that were blocked before
 */
struct supervisor {
	const struct aps_profile *profile;
	struct aps_host *host;
	struct aps_machine *machine;
	struct aps_fuse *fuse;
	int fuse_fd;
	pid_t init;
	int report;
	int go;
	int signals;
	sigset_t mask;
};

static bool check_host(struct supervisor *sup, GError **error)
{
	if (geteuid()) {
		g_set_error(error, APS_ERROR, APS_ERROR_SETUP,
			    "needs root, as it makes mount and network namespaces");
		return false;
	}
	sup->fuse_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (sup->fuse_fd < 0)
		return aps_error_set_errno(
			error, errno,
			"cannot open /dev/fuse, which serves the simulated "
			"/sys (try 'modprobe fuse')");
	return true;
}

static bool loopback_up(GError **error)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool done;

	if (fd < 0)
		return aps_error_set_errno(error, errno, "cannot open a socket");
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	done = !ioctl(fd, SIOCSIFFLAGS, &request) ||
	       aps_error_set_errno(error, errno, "cannot start the loopback interface");
	close(fd);
	return done;
}

/* From here on uevents that we send stay inside. */
static bool enter_network(GError **error)
{
	if (unshare(CLONE_NEWNET))
		return aps_error_set_errno(error, errno,
					   "cannot make a network namespace");
	return loopback_up(error);
}

static bool block_signals(struct supervisor *sup, GError **error)
{
	sigset_t set;

	sigfillset(&set);
	/* These tell of faults of our own. */
	sigdelset(&set, SIGSEGV);
	sigdelset(&set, SIGBUS);
	sigdelset(&set, SIGILL);
	sigdelset(&set, SIGFPE);
	sigdelset(&set, SIGABRT);
	/* And these belong to job control and to the threads of libraries. */
	sigdelset(&set, SIGTSTP);
	sigdelset(&set, SIGTTIN);
	sigdelset(&set, SIGTTOU);
	sigdelset(&set, SIGCONT);
	sigprocmask(SIG_SETMASK, &set, &sup->mask);
	sup->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return sup->signals >= 0 ||
	       aps_error_set_errno(error, errno, "cannot watch signals");
}

/*
 * Only the next child is to be in a process namespace of its own: without going
 * back the supervisor could have no threads.
 */
static pid_t fork_into_namespace(void)
{
	int here = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	pid_t pid;

	if (here < 0 || unshare(CLONE_NEWPID))
		return -1;
	pid = fork();
	if (pid > 0 && setns(here, CLONE_NEWPID))
		return -1;
	close(here);
	return pid;
}

static bool start_init(struct supervisor *sup, char **argv, GError **error)
{
	struct aps_init init = { .argv = argv,
				 .host = sup->host,
				 .fuse_fd = sup->fuse_fd,
				 .signals = sup->mask };
	int report[2], go[2];

	if (pipe2(report, O_CLOEXEC) || pipe2(go, O_CLOEXEC))
		return aps_error_set_errno(error, errno, "cannot make a pipe");
	sup->report = report[0];
	sup->go = go[1];
	init.report = report[1];
	init.go = go[0];
	init.supervisor_ends[0] = sup->report;
	init.supervisor_ends[1] = sup->go;
	sup->init = fork_into_namespace();
	if (!sup->init)
		aps_init_run(&init);
	close(report[1]);
	close(go[0]);
	return sup->init > 0 ||
	       aps_error_set_errno(error, errno, "cannot make a process namespace");
}

/* Waits for one word of init; its own words become ours when it failed. */
static bool await(struct supervisor *sup, char wanted, GError **error)
{
	char what = '\0', message[512];
	ssize_t len;

	do {
		len = read(sup->report, &what, 1);
	} while (len < 0 && errno == EINTR);
	if (len == 1 && what == wanted)
		return true;
	len = what == APS_INIT_FAILED ? read(sup->report, message, sizeof(message) - 1)
				      : 0;
	if (len <= 0)
		len = snprintf(message, sizeof(message),
			       "the machine died while it was made");
	message[len] = '\0';
	g_set_error(error, APS_ERROR, APS_ERROR_SETUP, "%s", message);
	return false;
}

static bool let_go(struct supervisor *sup, GError **error)
{
	return write(sup->go, "", 1) == 1 ||
	       aps_error_set_errno(error, errno, "the machine died while it was made");
}

static bool build(struct supervisor *sup, char **argv, GError **error)
{
	if (!check_host(sup, error) || !enter_network(error))
		return false;
	sup->host = aps_host_new();
	sup->machine = aps_machine_new(sup->profile, sup->host, error);
	if (!sup->machine)
		return false;
	if (!block_signals(sup, error) || !start_init(sup, argv, error) ||
	    !await(sup, APS_INIT_MOUNTED, error))
		return false;
	sup->fuse = aps_fuse_start(sup->machine, sup->fuse_fd, error);
	if (!sup->fuse || !let_go(sup, error) || !await(sup, APS_INIT_READY, error))
		return false;
	aps_machine_go_live(sup->machine);
	return let_go(sup, error);
}

/*
 * The supervisor's part of passing on: who sent it tells whether init has it too.
 * A terminal signals everybody, but tells of its end only the leader of the session.
 */
static void pass_on(struct supervisor *sup, const struct signalfd_siginfo *info)
{
	bool hung_up = info->ssi_signo == SIGHUP && getsid(0) == getpid();

	if (info->ssi_code <= 0 || hung_up)
		kill(sup->init, info->ssi_signo);
}

static bool init_ended(struct supervisor *sup, int *status)
{
	int how;

	if (waitpid(sup->init, &how, WNOHANG) != sup->init)
		return false;
	*status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
	return true;
}

static int wait_for_init(struct supervisor *sup)
{
	struct pollfd fds = { .fd = sup->signals, .events = POLLIN };
	struct signalfd_siginfo info;
	int status;

	while (!init_ended(sup, &status)) {
		if (poll(&fds, 1, -1) < 0 && errno != EINTR) {
			perror("apsim: cannot wait");
			return APS_EXIT_FAULT;
		}
		while (read(sup->signals, &info, sizeof(info)) == sizeof(info))
			if (info.ssi_signo != SIGCHLD)
				pass_on(sup, &info);
	}
	return status;
}

/* Nobody is served any more, or was yet. */
static void give_up(struct supervisor *sup)
{
	if (sup->init > 0) {
		kill(sup->init, SIGKILL);
		waitpid(sup->init, NULL, 0);
	}
	if (sup->fuse)
		return;
	aps_machine_free(sup->machine);
	aps_host_free(sup->host);
}

int aps_run(const struct aps_profile *profile, char **argv)
{
	struct supervisor sup = { .profile = profile, .init = -1 };
	g_autoptr(GError) error = NULL;

	if (build(&sup, argv, &error))
		return wait_for_init(&sup);
	fprintf(stderr, "apsim: %s\n", error->message);
	give_up(&sup);
	return APS_EXIT_FAULT;
}
