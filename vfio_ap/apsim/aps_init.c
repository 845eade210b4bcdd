// SPDX-License-Identifier: GPL-2.0
/*
 * Process 1 of the simulated machine: makes its places, starts the command, and
 * then collects the dead, passes signals on and stands in for udevd.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aps_error.h"
#include "aps_init.h"
#include "aps_mount.h"
#include "aps_run.h"
#include "aps_udevd.h"

static bool report(const struct aps_init *init, char what)
{
	return write(init->report, &what, 1) == 1;
}

static int give_up(const struct aps_init *init, GError *error)
{
	/* When the supervisor is gone nobody is left to tell. */
	if (report(init, APS_INIT_FAILED))
		(void)!write(init->report, error->message, strlen(error->message));
	g_error_free(error);
	return APS_EXIT_FAULT;
}

/* Also tells whether the supervisor died before we asked to die with it. */
static bool wait_for_go(const struct aps_init *init)
{
	ssize_t len;
	char byte;

	do {
		len = read(init->go, &byte, 1);
	} while (len < 0 && errno == EINTR);
	return len == 1;
}

/*
 * To where the user was, in the tree that is in its place now; a directory that has
 * no path, or none in that tree, is kept.
 */
static void return_to(const char *path, int directory)
{
	if ((!path || chdir(path)) && directory >= 0)
		(void)!fchdir(directory);
	if (directory >= 0)
		close(directory);
}

static bool set_up(const struct aps_init *init, int *udev, GError **error)
{
	struct aps_hidden_sys sys;

	if (!aps_mount_begin(error) || !aps_mount_fuse(init->fuse_fd, &sys, error))
		return false;
	/* When the supervisor dies no process may keep the connection alive. */
	close(init->fuse_fd);
	if (!report(init, APS_INIT_MOUNTED) || !wait_for_go(init))
		return aps_error_set_errno(error, ECONNRESET, "the supervisor is gone");
	if (!aps_mount_rest(init->host, &sys, error))
		return false;
	*udev = aps_udevd_listen(error);
	return *udev >= 0;
}

/* In the child: becomes the command. */
static void G_GNUC_NORETURN become(char **argv, const sigset_t *signals)
{
	int err;

	sigprocmask(SIG_SETMASK, signals, NULL);
	/* libudev takes only a real sysfs for one, unless it is told not to look. */
	setenv("SYSTEMD_DEVICE_VERIFY_SYSFS", "0", 1);
	execvp(argv[0], argv);
	err = errno;
	fprintf(stderr, "apsim: cannot run %s: %s\n", argv[0], strerror(err));
	_exit(err == ENOENT || err == ENOTDIR ? APS_EXIT_NO_FOUND : APS_EXIT_NO_EXEC);
}

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Collects the dead; true when the command is among them. */
static bool reap(pid_t command, int *status)
{
	bool ended = false;
	int how;
	pid_t pid;

	while ((pid = waitpid(-1, &how, WNOHANG)) > 0) {
		if (pid != command)
			continue;
		*status = exit_status(how);
		ended = true;
	}
	return ended;
}

/* Signals from outside are for the command; a terminal signals everybody itself. */
static void pass_on(const struct signalfd_siginfo *info, pid_t command)
{
	if (info->ssi_code <= 0 && !info->ssi_pid)
		kill(command, info->ssi_signo);
}

static int serve(int signals, int udev, pid_t command)
{
	struct aps_udevd *udevd = aps_udevd_new(udev);
	struct signalfd_siginfo info;
	struct pollfd fds[1 + APS_UDEVD_MAX_FDS];
	int status = APS_EXIT_FAULT;
	nfds_t count;

	fds[0] = (struct pollfd){ .fd = signals, .events = POLLIN };
	for (;;) {
		count = 1 + aps_udevd_fds(udevd, fds + 1);
		if (poll(fds, count, -1) < 0 && errno != EINTR)
			break;
		aps_udevd_handle(udevd, fds + 1);
		if (!(fds[0].revents & POLLIN))
			continue;
		if (read(signals, &info, sizeof(info)) != sizeof(info))
			break;
		if (info.ssi_signo != SIGCHLD)
			pass_on(&info, command);
		else if (reap(command, &status))
			break;
	}
	return status;
}

static int run_command(const struct aps_init *init, int udev)
{
	sigset_t all;
	pid_t command;
	int signals;

	sigfillset(&all);
	signals = signalfd(-1, &all, SFD_CLOEXEC);
	command = signals < 0 ? -1 : fork();
	if (command < 0) {
		perror("apsim: cannot start a process");
		return APS_EXIT_FAULT;
	}
	if (!command)
		become(init->argv, &init->signals);
	return serve(signals, udev, command);
}

void aps_init_run(const struct aps_init *init)
{
	int directory = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *path = getcwd(NULL, 0);
	GError *error = NULL;
	int udev = -1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "apsim-init");
	close(init->supervisor_ends[0]);
	close(init->supervisor_ends[1]);
	if (!set_up(init, &udev, &error))
		_exit(give_up(init, error));
	return_to(path, directory);
	free(path);
	if (!report(init, APS_INIT_READY) || !wait_for_go(init))
		_exit(APS_EXIT_FAULT);
	_exit(run_command(init, udev));
}
